"""Forget what need not be kept, a bounded piece at a time, so that nobody waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from server.domain.audit import Audited, system
from server.effects.promises import Kept, about_people
from server.jobs.unit import Done, Scope, Units
from server.ports import Tx
from server.store import alerts, audit, communities, feed, health, idempotency, inbox, jobs
from server.store.database import Database
from server.store.happenings import happenings

log = structlog.get_logger(__name__)

AT_ONCE = 2_000
PIECES_MAX = 5_000
UNSETTLED_KEPT = timedelta(days=90)
JOBS_KEPT = timedelta(days=7)
HEARD_KEPT = timedelta(days=3)
"""A copy of a chat message that comes later than this is evidence of what is evidence already."""
BY = system("retention")

ForgetBefore = Callable[[Tx, datetime, int], Awaitable[int]]
Forget = Callable[[Tx, Scope], Awaitable[int]]


async def forget(units: Units, database: Database, *, kept: Kept) -> dict[str, int]:
    """Delete what is older than `kept` says, and jobs a week after they are done; how much, by what it was.

    A job that no client comes for within a week is deleted as well: what it would tell is old by then.

    Deliveries in quarantine and orphans stay for at least 90 days, since they may yet be replayed. Each piece leaves a
    line in the audit log, with how much it was.
    """
    forgotten = {
        "bodies": await in_pieces(units, 0, "bodies", bodies(kept.bodies)),
        "results": await in_pieces(units, 0, "results", results(kept.results)),
        "jobs": await in_pieces(units, 0, "jobs", done_jobs),
        "unclaimed": await in_pieces(units, 0, "unclaimed", unclaimed_jobs),
        "heard": await in_pieces(units, 0, "heard", heard),
        "audit": await in_pieces(units, 0, "audit", lines(kept.audit)),
        "alerts": await in_pieces(units, 0, "alerts", alerts_over(kept.audit)),
        "people": sum([await in_pieces(units, 0, what, after(*how)) for what, how in about_people(kept).items()]),
        "feed": 0,
    }
    for community_id in await communities.ids(database.reader()):
        forgotten["feed"] += await in_pieces(units, community_id, "feed", changes(kept.feed))
    log.info("retention.done", **forgotten)
    return forgotten


async def in_pieces(units: Units, community_id: int, what: str, forget_some: Forget) -> int:
    """Run `forget_some` in one unit of work after the other until nothing is left; how much it forgot."""

    async def piece(tx: Tx, scope: Scope) -> Done[int]:
        many = await forget_some(tx, scope)
        line = Audited(action="retention.forget", target=("retention", what), after={"count": many})
        return Done(many, audit=[line] if many else ())

    total = 0
    for _ in range(PIECES_MAX):
        many = await units.run(community_id, piece, by=BY)
        if not many:
            break
        total += many
        await asyncio.sleep(0)
    return total


def after(age: timedelta, forget_before: ForgetBefore) -> Forget:
    """What forgets things of some kind at an age."""

    async def some(tx: Tx, scope: Scope) -> int:
        return await forget_before(tx, scope.now - age, AT_ONCE)

    return some


def bodies(kept: timedelta) -> Forget:
    """What forgets deliveries with their raw bodies."""

    async def some(tx: Tx, scope: Scope) -> int:
        unsettled_before = scope.now - max(kept, UNSETTLED_KEPT)
        return await inbox.forget_bodies_before(tx, scope.now - kept, unsettled_before, AT_ONCE)

    return some


def results(kept: timedelta) -> Forget:
    """What forgets the first results of mutations."""

    async def some(tx: Tx, scope: Scope) -> int:
        return await idempotency.forget_before(tx, await health.cut_of_results(tx, scope.now - kept, AT_ONCE))

    return some


def lines(kept: timedelta) -> Forget:
    """What forgets lines of every audit log."""

    async def some(tx: Tx, scope: Scope) -> int:
        return await audit.forget_before(tx, scope.now - kept, AT_ONCE)

    return some


def alerts_over(kept: timedelta) -> Forget:
    """What forgets alerts that were over long ago."""

    async def some(tx: Tx, scope: Scope) -> int:
        return await alerts.forget_closed_before(tx, scope.now - kept, AT_ONCE)

    return some


def changes(kept: timedelta) -> Forget:
    """What forgets a community's changes; its feed remembers how far."""

    async def some(tx: Tx, scope: Scope) -> int:
        return await feed.trim(tx, scope.community_id, scope.now - kept)

    return some


async def done_jobs(tx: Tx, scope: Scope) -> int:
    """Forget jobs that were done long ago; those that gave up stay until somebody looks at them."""
    return await jobs.forget_done_before(tx, scope.now - JOBS_KEPT, AT_ONCE)


async def heard(tx: Tx, scope: Scope) -> int:
    """Forget which chat messages were heard, long after their last copy may come."""
    return await happenings.forget_heard_before(tx, scope.now - HEARD_KEPT, AT_ONCE)


async def unclaimed_jobs(tx: Tx, scope: Scope) -> int:
    """Forget jobs that no client came for in a week: there is none, and what they would tell is old by now.

    Where one that others waited for was deleted on behalf of somebody who is forgotten, the next one is called.
    """
    await jobs.call_stranded(tx, AT_ONCE)
    return await jobs.forget_unclaimed_before(tx, scope.now - JOBS_KEPT, AT_ONCE)
