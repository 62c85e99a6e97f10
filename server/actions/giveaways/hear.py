"""Chat enters people into giveaways, and lets winners claim."""

from collections.abc import Sequence

from server.actions.giveaways.known import changed
from server.domain.chat.commands import BADGES, Level
from server.domain.draws.plan import DrawState, DrawSubject
from server.domain.giveaways import ENTERABLE, GiveawayKind, GiveawayState, claim_ends, keyword_in
from server.events.chat import ChatSpoken
from server.events.draws import DrawChanged
from server.events.giveaways import GiveawayChanged
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import channels, communities, linking
from server.store.draws import entrants
from server.store.giveaways import entries, giveaways
from server.store.giveaways.entries import NewEntry
from server.store.giveaways.giveaways import GiveawayRow

CHAT = "chat"


async def hear(tx: Tx, scope: Scope, spoken: Sequence[ChatSpoken]) -> list[GiveawayChanged | DrawChanged]:
    """Enter whoever wrote a keyword, and confirm winners who wrote anything; nothing is answered."""
    running = await giveaways.in_states(tx, scope.community_id, {*ENTERABLE, GiveawayState.DRAWN})
    if not running:
        return []
    await communities.lock(tx, scope.community_id)
    attached = {(one.platform, one.external_id) for one in await channels.attached(tx, scope.community_id)}
    people = [
        one for one in spoken if one.sender.id is not None and (one.platform, str(one.broadcaster.id)) in attached
    ]
    enterable = [row for row in running if row.state in ENTERABLE]
    return [*await entered(tx, scope, enterable, people), *await claimed(tx, scope, people)]


async def entered(
    tx: Tx, scope: Scope, running: Sequence[GiveawayRow], people: Sequence[ChatSpoken]
) -> list[GiveawayChanged]:
    """Keep the entries that some lines are, and tell of each giveaway that has more of them."""
    found = [(row, one) for row in running for one in people if is_entry(row, one)]
    accounts: dict[tuple[str, str], int] = {}
    for platform in sorted({one.platform for _, one in found}):
        senders = [(one.sender, one.at) for _, one in found if one.platform == platform]
        known = await linking.accounts_of(tx, platform, senders)
        accounts |= {(platform, external_id): account for external_id, account in known.items()}
    if not found:
        return []
    await linking.viewers_of(tx, scope.community_id, accounts.values())
    before = await entries.counts(tx, [row.id for row, _ in found])
    made = [
        NewEntry(
            giveaway_id=row.id,
            account_id=accounts[one.platform, str(one.sender.id)],
            is_subscriber=any(BADGES.get(badge.kind) is Level.SUBSCRIBER for badge in one.badges),
            at=one.at,
        )
        for row, one in found
    ]
    await entries.add(tx, scope.community_id, made)
    told = [await changed(tx, row, row.state) for row in running]
    return [one for one in told if one.entries > before.get(one.giveaway_id, 0)]


def is_entry(row: GiveawayRow, spoken: ChatSpoken) -> bool:
    """Whether a line enters whoever wrote it; of chatters it is kept who subscribes, where that matters."""
    if not row.opened_at <= spoken.at or (row.ends_at is not None and spoken.at >= row.ends_at):
        return False
    if row.rules.kind is GiveawayKind.KEYWORD:
        return keyword_in(spoken.text) == row.rules.keyword
    return row.rules.kind is GiveawayKind.CHATTERS and row.rules.asks_subscription


async def claimed(tx: Tx, scope: Scope, people: Sequence[ChatSpoken]) -> list[DrawChanged]:
    """Confirm the winners who wrote something in time."""
    done: dict[tuple[int, int], DrawChanged] = {}
    for claim in await giveaways.claimable(tx, scope.community_id):
        until = claim_ends(claim.since, claim.claim_s)
        spoke = any(
            (one.platform, str(one.sender.id)) == claim.account and claim.since <= one.at < until for one in people
        )
        if not spoke or (claim.draw_id, claim.position) in done:
            continue
        await entrants.settle_place(tx, claim.draw_id, claim.position, "confirmed", scope.now, actor=CHAT, reason=None)
        done[claim.draw_id, claim.position] = DrawChanged(
            draw_id=claim.draw_id,
            subject=DrawSubject.GIVEAWAY.value,
            subject_id=claim.giveaway_id,
            number=1,
            state=DrawState.DRAWN.value,
        )
    return list(done.values())
