"""Bring the roles of everybody in a community up to date, a bounded number of people at a time."""

from datetime import timedelta
from functools import partial

from server.actions.roles import give
from server.domain.audit import system
from server.jobs.unit import Done, Scope, Units
from server.ports import Tx
from server.store.jobs import LeasedJob

HOLD = timedelta(seconds=30)


async def sync(job: LeasedJob, *, units: Units) -> None:
    """Look at everybody, each once; what was looked at before a kill is not looked at again."""
    by = system("roles", f"{job.kind} {job.key}")
    after: int | None = job.payload["after"]
    while after is not None:
        after = await units.run(job.community_id or 0, partial(some, job=job, after=after), by=by)


async def some(tx: Tx, scope: Scope, *, job: LeasedJob, after: int) -> Done[int | None]:
    """The next people, and hold the job a little longer."""
    return await give.sync_some(tx, scope, job=job, after=after, until=scope.now + HOLD)
