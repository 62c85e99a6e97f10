"""Jobs that gave up, for staff."""

from dataclasses import dataclass
from functools import partial

from server.domain.staff import Capability
from server.resolvers.context import Context
from server.schema.ids import id_of
from server.schema.jobs import DeadJob, JobAudience
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.store import job_records
from server.store.job_records import JobRecord

NEWEST_DEAD = Order("dead_job", int)


@dataclass(frozen=True, slots=True)
class JobReads:
    """What a community is asked about its jobs."""

    context: Context
    community_id: int

    async def dead(self, first: int, after: str | None) -> Connection[DeadJob]:
        """The dead ones, newest first."""
        await self.context.admit_in(self.community_id, Capability.ALERTS_READ)
        key, reader = NEWEST_DEAD.key(after), self.context.reader
        before = None if key is None else key[0]
        rows = await job_records.dead_page(reader, self.community_id, before, checked_first(first) + 1)
        return page_of(
            rows,
            first,
            node=dead_noun,
            cursor=lambda row: NEWEST_DEAD.cursor(row.id),
            count=partial(job_records.dead_count, reader, self.community_id),
        )


def dead_noun(record: JobRecord) -> DeadJob:
    """A dead job as the graph shows it."""
    return DeadJob(
        id=id_of("job", record.id),
        kind=record.kind,
        audience=JobAudience(record.audience),
        attempts=record.attempts,
        error=record.error,
        created_at=record.created_at,
        died_at=record.settled_at,
    )
