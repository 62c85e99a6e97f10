"""Measure what accounts watched within a span of time, by the law: streams inside it, parts of those at its borders."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from server.actions.watchtime.recount import book_of, quorum_of, together_with, until_of
from server.domain.instants import micros
from server.domain.watchtime.law import watch
from server.domain.watchtime.values import Live, RuleBook, settle_lives
from server.events.raffle import WatchTimeMeasured, WatchTimeWanted
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import channels, communities, watchtime


async def after_wanted(tx: Tx, scope: Scope, wanted: Sequence[WatchTimeWanted]) -> list[WatchTimeMeasured]:
    """Answer whoever wants to know."""
    return [
        WatchTimeMeasured(period_id=one.period_id, households=one.households, watched=await watched(tx, scope, one))
        for one in wanted
    ]


async def watched(tx: Tx, scope: Scope, wanted: WatchTimeWanted) -> Counter[int]:
    """What each account watched within the span, with the adjustments made in it, in microseconds."""
    everybody = [account for household in wanted.households for account in household]
    book = await book_of(tx, scope.community_id)
    edges = await at_the_borders(tx, scope, wanted, book)
    cut = {live.stream for live in edges}
    sums: Counter[int] = Counter()
    seen: set[tuple[int, int]] = set()
    for stream, account, total in await watchtime.totals_between(
        tx, scope.community_id, everybody, wanted.since, wanted.until
    ):
        if stream not in cut:
            sums[account] += total
    for live in edges:
        tallied = await watchtime.tallies(tx, scope.community_id, [(live.stream, account) for account in everybody])
        seen.update(key for key, tally in tallied.items() if tally.total)
    for live in edges:
        households = [one for one in wanted.households if any((live.stream, account) in seen for account in one)]
        if households:
            sums.update(await part(tx, scope, live, households, (wanted.since, wanted.until), book))
    sums.update(await watchtime.adjusted_between(tx, scope.community_id, everybody, wanted.since, wanted.until))
    return sums


async def at_the_borders(tx: Tx, scope: Scope, wanted: WatchTimeWanted, book: RuleBook) -> list[Live]:
    """The streams that began before the span, or may be watched beyond its end."""
    counted = await channels.counted(tx, scope.community_id)
    near = await channels.lives_between(tx, counted, wanted.since, wanted.until)
    latest = micros(scope.now) + book.longest_window
    return [
        live for live in settle_lives(near) if live.starts < wanted.since or min(until_of(live), latest) > wanted.until
    ]


async def part(
    tx: Tx, scope: Scope, live: Live, households: Sequence[Sequence[int]], span: tuple[int, int], book: RuleBook
) -> Counter[int]:
    """What accounts watched of one stream within a span, by the whole law."""
    community = await communities.by_id(tx, scope.community_id)
    zone = ZoneInfo(community.timezone if community else "UTC")
    together = await together_with(tx, scope.community_id, live, book)
    quorum = await quorum_of(tx, together)
    crowd = sorted({account for household in households for account in household})
    evidence = await watchtime.evidence_of(tx, crowd, together.channel_ids, together.since, together.until)
    sums: Counter[int] = Counter()
    since, until = span
    for household in households:
        messages = [message for account in household for message in evidence[account]]
        for one in watch(messages, together.context, together.rules, zone=zone, quorum=quorum).spans:
            if one.stream == live.stream:
                sums[one.account] += max(0, min(one.ends, until) - max(one.starts, since))
        await asyncio.sleep(0)
    return sums
