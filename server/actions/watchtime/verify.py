"""Hold a stream's tallies against its evidence, without changing anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.actions.watchtime.recount import (
    alone_in,
    book_of,
    folded_anew,
    quorum_of,
    together_with,
    until_of,
    watched_anew,
)
from server.actions.watchtime.request import RECOUNT, counted_live
from server.domain.watchtime.quorum import Quorum
from server.domain.watchtime.tally import Tally
from server.domain.watchtime.values import Live, RuleBook
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, health, watchtime
from server.store.watchtime import TallyKey

ACCOUNTS_AT_ONCE = 150


@dataclass(frozen=True, slots=True)
class Wrong:
    """An account's tally in a stream, in microseconds, and what its evidence gives."""

    stream_id: int
    account_id: int
    tallied_us: int
    due_us: int


@dataclass(frozen=True, slots=True)
class Verified:
    """Of the next accounts of a stream: the last one, or None after all of them, and the wrong tallies.

    `waiting` says that deliveries or recounts wait, so that a difference may yet be mended by them.
    """

    last: int | None
    wrong: Sequence[Wrong]
    waiting: bool


async def verify_chunk(tx: Tx, scope: Scope, *, stream_id: int, after: int, quorum: Quorum | None) -> Done[Verified]:
    """Compare the tallies of a stream's next accounts with what the law makes of their evidence.

    It happens under the community's lock, where tallies and evidence are in step unless something waits.
    """
    await communities.lock(tx, scope.community_id)
    book = await book_of(tx, scope.community_id)
    live = await counted_live(tx, scope, stream_id)
    since = live.starts - book.longest_window
    accounts = await watchtime.accounts_touching(
        tx, scope.community_id, live, since, until_of(live), after, ACCOUNTS_AT_ONCE
    )
    if not accounts:
        return Done(Verified(None, (), waiting=False))
    due = await due_tallies(tx, scope, live, accounts, book, quorum)
    keys = [(stream_id, account) for account in accounts]
    told = await watchtime.tallies(tx, scope.community_id, keys)
    totals = [(key[1], told.get(key, Tally()).total, due.get(key, Tally()).total) for key in keys]
    wrong = [Wrong(stream_id, *one) for one in totals if one[1] != one[2]]
    waiting = bool(wrong) and await health.counting_waits(tx, scope.community_id, RECOUNT)
    return Done(Verified(accounts[-1], wrong, waiting))


async def due_tallies(
    tx: Tx, scope: Scope, live: Live, accounts: Sequence[int], book: RuleBook, quorum: Quorum | None
) -> dict[TallyKey, Tally]:
    """What the evidence of accounts gives in one stream, by the law."""
    if live.starts >= live.until:
        return {}
    together = await health.households(tx, scope.community_id, accounts)
    alone = await alone_in(tx, scope.community_id, live, together, book)
    due = await folded_anew(tx, live, sorted(alone), book)
    crowd = {number: household for number, household in enumerate(together) if alone.isdisjoint(household)}
    if crowd:
        context = await together_with(tx, scope.community_id, live, book)
        due |= await watched_anew(tx, scope, crowd, context, quorum or await quorum_of(tx, context))
    return due
