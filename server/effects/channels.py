"""Deliver what was told of a channel before anybody had attached it."""

from functools import partial

from server.actions.channels import adopt_orphans as adopt_some
from server.domain.audit import system
from server.jobs.unit import Units
from server.store.jobs import LeasedJob


async def adopt_orphans(job: LeasedJob, *, units: Units) -> None:
    """Deliver the orphans of the job's channel, a bounded number at a time."""
    by = system("catch_up", f"{job.kind} {job.key}")
    while not await units.run(job.community_id or 0, partial(adopt_some, job=job), by=by):
        pass
