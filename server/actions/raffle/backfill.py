"""Count for a period what happened in it before it was opened, chunk by chunk."""

from datetime import timedelta

from server.actions.raffle.earn import earned
from server.domain.happenings.values import happening_of
from server.domain.raffle.periods import COUNTING
from server.events.happening import Happening, Person
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import channels, communities, jobs
from server.store.happenings import happenings
from server.store.jobs import LeasedJob
from server.store.raffle import periods

HAPPENINGS_AT_ONCE = 200
LEASE = timedelta(seconds=30)


async def chunk(tx: Tx, scope: Scope, *, job: LeasedJob, after: int) -> Done[int | None]:
    """Count the next happenings of the job's period; the last of them, or None, and the job is done, at the end."""
    await communities.lock(tx, scope.community_id)
    period = await periods.by_id(tx, scope.community_id, job.payload["period"])
    found = (
        await happenings.told_between(
            tx, scope.community_id, period.span.starts, period.span.ends, after, HAPPENINGS_AT_ONCE
        )
        if period is not None and period.state in COUNTING
        else []
    )
    last = found[-1].id if found else None
    still_ours = (
        await jobs.finish(tx, job, scope.now)
        if last is None
        else await jobs.advance(tx, job, {**job.payload, "after": last}, scope.now + LEASE)
    )
    if not still_ours:
        raise RuntimeError("The job was taken over by somebody else.")
    owners = await channels.by_ids(tx, sorted({one.group.channel_id for one in found}))
    told: dict[int, Happening | None] = {}
    for one in found:
        channel = owners[one.group.channel_id]
        place = Happening(
            platform=channel.platform,
            broadcaster=Person(id=channel.external_id, name=channel.name, slug=channel.slug),
        )
        told[one.id] = happening_of(place, one.group.kind, one.facts, one.id)
    return Done(last, await earned(tx, scope, told))
