"""What the rules of a giveaway ask of somebody: for its list when that is closed, and for whoever asks before."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from server.domain.giveaways import Candidate
from server.domain.instants import SECOND
from server.ports import Reader
from server.store.giveaways import candidates, exclusions, giveaways
from server.store.giveaways.giveaways import GiveawayRow


async def judged(
    reader: Reader,
    row: GiveawayRow,
    people: Mapping[int, int],
    households: Mapping[int, Sequence[int]],
    now: datetime,
) -> dict[int, Candidate]:
    """What is known of some viewers, who have so many tickets and these accounts."""
    rules, everybody = row.rules, [account for accounts in households.values() for account in accounts]
    community_id = row.community_id
    staff = await candidates.hosts_among(reader, community_id, everybody)
    staff |= await candidates.staff_among(reader, community_id, everybody)
    removed = await exclusions.excluded_among(reader, row.id, everybody)
    banned = await candidates.banned_among(reader, community_id, everybody)
    subscribed = frozenset[int]()
    if rules.asks_subscription:
        subscribed = await candidates.subscribers(reader, row.id, everybody)
    since = now - timedelta(days=rules.rest_days)
    won = frozenset[int]()
    if rules.rest_days:
        won = await giveaways.winners_since(reader, community_id, everybody, since)
    watched = await candidates.watched(reader, sorted(people)) if rules.watch_s else {}
    return {
        viewer: Candidate(
            removed=next((removed[account] for account in accounts if account in removed), None),
            is_staff=any_of(accounts, staff),
            is_banned=any_of(accounts, banned),
            has_won=any_of(accounts, won),
            is_subscriber=any_of(accounts, subscribed),
            is_linked=len(accounts) > 1,
            watch_s=watched.get(viewer, 0) // SECOND,
            tickets=people[viewer],
        )
        for viewer, accounts in households.items()
    }


def any_of(accounts: Sequence[int], found: Collection[int]) -> bool:
    """Whether one of a person's accounts is among those found."""
    return any(account in found for account in accounts)
