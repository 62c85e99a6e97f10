"""Accounts are linked or unlinked: their watch time goes with them, and what they watched at once is counted anew."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter

from server.actions.watchtime.recount import LATEST, LONGEST_DAY, UNRESUMABLE, book_of, save, until_of
from server.domain.watchtime.tally import Tally
from server.domain.watchtime.values import Live, RuleBook
from server.events.linking import ViewerLinked, ViewerUnlinked
from server.events.watchtime import RecountNeeded, WatchTimeChanged
from server.jobs.unit import Scope
from server.ports import Reader, Tx
from server.store import channels, watchtime

Moved = WatchTimeChanged | RecountNeeded


async def after_linked(tx: Tx, scope: Scope, links: Sequence[ViewerLinked]) -> list[Moved]:
    """Give the viewer what the accounts bring, and have the streams that both sides watched counted anew.

    Until that is done, time of these streams counts for one side only: for a moment the viewer may have less than the
    law gives him, and never more.
    """
    changes: list[Moved] = []
    for link in links:
        balances = await moved(tx, scope, link)
        shared = await watched_by_both(tx, scope, link)
        balances |= await put_aside(tx, scope, link, shared)
        changes += [WatchTimeChanged(balances=balances), *anew(link, shared)]
    return changes


async def after_unlinked(tx: Tx, scope: Scope, unlinked: Sequence[ViewerUnlinked]) -> list[Moved]:
    """Let the accounts that go take what is theirs, and have the streams that both sides watched counted anew.

    Until that is done each has what was attributed to it while they were one, which is never more than it gets.
    """
    changes: list[Moved] = []
    for parting in unlinked:
        balances = await moved(tx, scope, parting)
        shared = await watched_by_both(tx, scope, parting)
        changes += [WatchTimeChanged(balances=balances), *anew(parting, shared)]
    return changes


async def moved(tx: Tx, scope: Scope, change: ViewerLinked | ViewerUnlinked) -> dict[int, int]:
    """Move what accounts have from one viewer to the other; the new balances of both."""
    worth = sum((await watchtime.worth_of(tx, scope.community_id, change.moved)).values())
    return await watchtime.move_balances(tx, dict(sorted({change.from_id: -worth, change.to_id: worth}.items())))


async def put_aside(tx: Tx, scope: Scope, link: ViewerLinked, shared: Sequence[Live]) -> dict[int, int]:
    """Set the tallies of the side that has less in shared streams to nothing; the balance if that changed it."""
    everybody = (*link.moved, *link.others)
    keys = [(live.stream, account) for live in shared for account in everybody]
    old = await watchtime.tallies(tx, scope.community_id, keys)
    had: Counter[int] = Counter()
    for (_, account), tally in old.items():
        had[account] += tally.total
    less = min((link.moved, link.others), key=lambda side: sum(had[account] for account in side))
    nothing = {key: Tally(last_at=UNRESUMABLE) for key, tally in old.items() if key[1] in less and tally.total}
    return await save(tx, scope, dict.fromkeys(everybody, link.to_id), old, nothing)


def anew(change: ViewerLinked | ViewerUnlinked, shared: Iterable[Live]) -> list[RecountNeeded]:
    """The need to count everybody concerned anew in some streams."""
    accounts = tuple(sorted((*change.moved, *change.others)))
    return [RecountNeeded(stream_id=live.stream, cause=f"link:{change.link_id}", accounts=accounts) for live in shared]


async def watched_by_both(tx: Tx, scope: Scope, change: ViewerLinked | ViewerUnlinked) -> list[Live]:
    """The streams in which being one viewer or two makes a difference.

    Those are the ones that one side wrote in, and that share time (under a daily cap: a day) with one that the other
    side wrote in.
    """
    book = await book_of(tx, scope.community_id)
    reach = LONGEST_DAY if book.caps_days else 0
    lives = await every_stream(tx, scope.community_id)
    one = await wrote_in(tx, change.moved, lives, book)
    other = await wrote_in(tx, change.others, sharing(lives, one, reach), book)
    both = {*sharing(one, other, reach), *sharing(other, one, reach)}
    return sorted(both, key=lambda live: (live.starts, live.stream))


async def every_stream(reader: Reader, community_id: int) -> list[Live]:
    """The streams of a community's channels that lasted at all."""
    return [live for live in await channels.streams_counted(reader, community_id, 0) if live.starts < live.until]


async def wrote_in(tx: Tx, accounts: Sequence[int], lives: Sequence[Live], book: RuleBook) -> list[Live]:
    """Those of some streams that accounts have evidence in."""
    seen = await watchtime.seen_in(tx, accounts, lives, book.longest_window, LATEST)
    return [live for live in lives if live.stream in seen]


def stretches(lives: Iterable[Live], reach: int) -> list[tuple[int, int]]:
    """The time of some streams, and `reach` before and after them: in order, and not touching each other."""
    found: list[tuple[int, int]] = []
    for starts, ends in sorted((live.starts - reach, until_of(live) + reach) for live in lives):
        if found and starts <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((starts, ends))
    return found


def sharing(lives: Iterable[Live], others: Iterable[Live], reach: int) -> list[Live]:
    """Those of `lives` that share time with `others`, or are no further than `reach` from them."""
    near = stretches(others, reach)
    shared: list[Live] = []
    for live in lives:
        following = bisect_right(near, live.starts, key=itemgetter(1))
        if following < len(near) and near[following][0] < until_of(live):
            shared.append(live)
    return shared
