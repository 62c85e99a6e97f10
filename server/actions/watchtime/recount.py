"""Count evidence anew: the whole law, for accounts of one stream and whatever must be looked at together with it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from server.actions.watchtime.everybody import quorum_among
from server.domain.instants import DAY, HOUR, MINUTE
from server.domain.watchtime.law import watch
from server.domain.watchtime.quorum import Quorum
from server.domain.watchtime.settings import during, restored, rule_book
from server.domain.watchtime.tally import Tally, resume
from server.domain.watchtime.values import FOREVER, Live, Message, RuleBook, settle_lives
from server.jobs.unit import Scope
from server.ports import Reader, Tx
from server.store import channels, communities, linking, totals, watchtime
from server.store.watchtime import TallyKey

LONGEST_DAY = DAY + HOUR
LATEST = FOREVER - 4 * DAY
"""As late as a column can say, with room to add."""

UNRESUMABLE = 2**62
"""The `last_at` of a tally that the whole law made: it is never resumed, always counted anew."""


async def book_of(reader: Reader, community_id: int) -> RuleBook:
    """A community's watch time rules through time."""
    versions = await communities.setting_versions(reader, community_id, "watchtime")
    hosts = await linking.hosts(reader, community_id)
    return rule_book(((version.effective_from, restored(version.data)) for version in versions), hosts)


def simple(rules: RuleBook) -> bool:
    """Whether one account's watch time depends on nothing but its own evidence in one stream."""
    return not rules.asks_quorum and not rules.caps_days


def folded(tally: Tally, messages: Iterable[Message], live: Live, book: RuleBook) -> Tally:
    """`tally` after more messages, in order."""
    for message in messages:
        tally = resume(tally, message, live, book)
    return tally


async def save(
    tx: Tx, scope: Scope, viewers: Mapping[int, int], old: Mapping[TallyKey, Tally], new: Mapping[TallyKey, Tally]
) -> dict[int, int]:
    """Save tallies that changed; move balances, and the sums of streams, by the difference. The new ones by viewer."""
    changed = {key: tally for key, tally in new.items() if old.get(key) != tally}
    await watchtime.save_tallies(tx, scope.community_id, changed)
    gains: defaultdict[int, int] = defaultdict(int)
    watched: defaultdict[int, int] = defaultdict(int)
    for (stream, account), tally in changed.items():
        gain = tally.total - old.get((stream, account), Tally()).total
        gains[viewers[account]] += gain
        watched[stream] += gain
    await totals.move_watched(tx, scope.community_id, watched)
    return await watchtime.move_balances(tx, {viewer: gain for viewer, gain in sorted(gains.items()) if gain})


@dataclass(frozen=True, slots=True)
class Together:
    """A stream with what the law looks at together with it.

    What changes in the stream may change `targets`; to count those, `context` is needed. `since` and `until` bound the
    messages that matter.
    """

    targets: Sequence[Live]
    context: Sequence[Live]
    channel_ids: Sequence[int]
    rules: RuleBook
    since: int
    until: int


async def together_with(
    reader: Reader, community_id: int, live: Live, book: RuleBook, until_before: int = 0
) -> Together:
    """The streams that share time with `live`, under a daily cap a day with it, and those that do so with them.

    `live` is looked at as far as it reaches, or was thought to reach before. Under a quorum a minute shared is enough.
    """
    counted = await channels.counted(reader, community_id)
    reach = LONGEST_DAY if book.caps_days else max(book.longest_window, MINUTE)
    targets = await around(reader, counted, live.starts, reaching(live, until_before), reach)
    since = min([live.starts, *(one.starts for one in targets)])
    until = max([reaching(live, until_before), *map(until_of, targets)])
    context = await around(reader, counted, since, until, reach)
    since = min([since, *(one.starts for one in context)]) - book.longest_window
    until = max([until, *map(until_of, context)])
    return Together(targets, context, list(counted), during(book, since - LONGEST_DAY, until), since, until)


async def around(reader: Reader, counted: Mapping[int, int], since: int, until: int, reach: int) -> list[Live]:
    """The streams of counted channels no further than `reach` from `[since, until)`."""
    return settle_lives(await channels.lives_between(reader, counted, since - reach, until + reach))


def until_of(live: Live) -> int:
    """A stream's end as a bound for queries."""
    return min(live.until, LATEST)


def reaching(live: Live, until_before: int) -> int:
    """How far a stream reaches, or was thought to reach before; no less than its start, whatever end was told."""
    return max(live.starts, until_of(live), until_before)


def rules_around(book: RuleBook, live: Live, until_before: int = 0) -> RuleBook:
    """The rules that decide what evidence in a stream is worth: from the day it begins in until its end."""
    return during(book, live.starts - LONGEST_DAY, reaching(live, until_before))


async def quorum_of(reader: Reader, together: Together) -> Quorum | None:
    """The minutes that met the quorum in streams counted together, or None when no rule asks."""
    return await quorum_among(reader, together.context, together.rules) if together.rules.asks_quorum else None


async def recount_stream(
    tx: Tx,
    scope: Scope,
    live: Live,
    accounts: Sequence[int],
    book: RuleBook,
    quorum: Quorum | None = None,
    until_before: int = 0,
) -> dict[int, int]:
    """Count accounts anew in one stream, with their companions and the streams counted together with it.

    Returns the balances that changed, by viewer. `quorum` spares computing it again. `until_before` is how far the
    stream was thought to reach when it was counted last.
    """
    viewers = await linking.viewers_of(tx, scope.community_id, accounts)
    companions = await linking.companions(tx, scope.community_id, viewers.values())
    owners = {account: viewer for viewer, theirs in companions.items() for account in theirs}
    alone = await alone_in(tx, scope.community_id, live, companions.values(), book, until_before)
    crowd = {viewer: theirs for viewer, theirs in companions.items() if alone.isdisjoint(theirs)}
    new = await folded_anew(tx, live, sorted(alone), book)
    keys = [(live.stream, account) for account in sorted(alone)]
    if crowd:
        together = await together_with(tx, scope.community_id, live, book, until_before)
        new |= await watched_anew(tx, scope, crowd, together, quorum or await quorum_of(tx, together))
        streams = sorted({live.stream, *(target.stream for target in together.targets)})
        keys += [(stream, account) for stream in streams for theirs in crowd.values() for account in theirs]
    old = await watchtime.tallies(tx, scope.community_id, keys)
    gone = {key: Tally(last_at=UNRESUMABLE) for key in old if key not in new}
    return await save(tx, scope, owners, old, new | gone)


async def alone_in(
    tx: Tx,
    community_id: int,
    live: Live,
    households: Iterable[Sequence[int]],
    book: RuleBook,
    until_before: int = 0,
) -> frozenset[int]:
    """The accounts whose watch time in a stream hangs on nothing but their own evidence there.

    They are their viewer's only one, wrote in no other channel that was live meanwhile, and are under simple rules.
    """
    single = sorted(household[0] for household in households if len(household) == 1)
    if not single or not simple(rules_around(book, live, until_before)):
        return frozenset()
    until = reaching(live, until_before)
    return frozenset(single) - await seen_elsewhere(tx, community_id, live, single, (live.starts, until), book)


async def seen_elsewhere(
    tx: Tx, community_id: int, live: Live, accounts: Sequence[int], span: tuple[int, int], book: RuleBook
) -> frozenset[int]:
    """Those of `accounts` who wrote, within a span of time, in another channel that counts and was live then."""
    since, until = span
    others = await channels.counted(tx, community_id)
    others.pop(live.channel, None)
    seen: set[int] = set()
    for other in await channels.lives_between(tx, others, since, until):
        begins, ends = max(other.starts, since) - book.longest_window, min(until_of(other), until)
        written = await watchtime.evidence_of(tx, accounts, [other.channel], begins, ends)
        seen.update(account for account, messages in written.items() if messages)
    return frozenset(seen)


async def folded_anew(tx: Tx, live: Live, accounts: Sequence[int], book: RuleBook) -> dict[TallyKey, Tally]:
    """The tallies of accounts without company in one stream, folded from their first message."""
    if live.starts >= live.until:
        return {}
    since = live.starts - book.longest_window
    evidence = await watchtime.evidence_of(tx, accounts, [live.channel], since, until_of(live))
    tallied = {(live.stream, account): folded(Tally(), messages, live, book) for account, messages in evidence.items()}
    return {key: tally for key, tally in tallied.items() if tally.last_at >= 0}


async def watched_anew(
    tx: Tx, scope: Scope, companions: Mapping[int, Sequence[int]], together: Together, quorum: Quorum | None
) -> dict[TallyKey, Tally]:
    """The tallies of viewers in the target streams, by the whole law."""
    community = await communities.by_id(tx, scope.community_id)
    zone = ZoneInfo(community.timezone if community else "UTC")
    crowd = sorted(account for theirs in companions.values() for account in theirs)
    evidence = await watchtime.evidence_of(tx, crowd, together.channel_ids, together.since, together.until)
    targets = {target.stream for target in together.targets}
    new: dict[TallyKey, Tally] = {}
    for accounts in companions.values():
        messages = [message for account in accounts for message in evidence[account]]
        watched = watch(messages, together.context, together.rules, zone=zone, quorum=quorum)
        new |= {
            (stream, account): Tally(total=total, covered_until=UNRESUMABLE, last_at=UNRESUMABLE)
            for (account, stream), total in watched.totals.items()
            if stream in targets
        }
        await asyncio.sleep(0)
    return new
