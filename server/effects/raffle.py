"""Raffles go on by themselves: periods end and are renewed, shares are kept up to date, the past is caught up."""

from functools import partial

from server.actions.raffle import backfill
from server.actions.raffle.periods import archive, find_over, pass_end
from server.actions.raffle.share import VIEWERS_AT_ONCE, look_again
from server.domain.audit import system
from server.domain.raffle.periods import ARCHIVED_AFTER
from server.jobs.unit import Units
from server.store.database import Database
from server.store.jobs import LeasedJob
from server.store.raffle import due, periods

COMMUNITIES_MAX = 1_000
ARCHIVED_AT_ONCE = 100
ROUNDS_MAX = 1_000
BY = system("raffle")


async def look(database: Database, units: Units) -> int:
    """Let periods that are over settle, share out for everybody who is due, archive the past; how many were due."""
    for community_id, period_id in await units.run(0, find_over):
        await units.run(community_id, partial(pass_end, period_id=period_id), by=BY)
    shared = 0
    for community_id in await due.communities(database.reader(), COMMUNITIES_MAX):
        for _ in range(ROUNDS_MAX):
            looked = await units.run(community_id, look_again, by=BY)
            shared += looked
            if looked < VIEWERS_AT_ONCE:
                break
    drawn_by = units.now() - ARCHIVED_AFTER
    for community_id, period_id in await periods.history(database.reader(), drawn_by, ARCHIVED_AT_ONCE):
        await units.run(community_id, partial(archive, period_id=period_id), by=BY)
    return shared


async def count_the_past(job: LeasedJob, *, units: Units) -> None:
    """Count for the job's period what happened before it was opened; a restart goes on where it was."""
    after: int | None = job.payload["after"]
    by = system("raffle", f"{job.kind} {job.key}")
    while after is not None:
        after = await units.run(job.community_id or 0, partial(backfill.chunk, job=job, after=after), by=by)
