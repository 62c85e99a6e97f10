"""What a community tells those who look after it."""

from typing import Annotated

import strawberry

from server.domain.staff import Capability
from server.schema.alerts import Alert
from server.schema.audit import AuditEvent, AuditFilter
from server.schema.communities.identity import Identity
from server.schema.health import Health
from server.schema.jobs import DeadJob
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ, enforced, needs


@strawberry.type(description="What is wrong, what was done, and how the work goes.")
class CareFields(Identity):
    """The fields about care."""

    @strawberry.field(
        description="Who did what to what in this community, newest first.",
        metadata=enforced(needs(Capability.AUDIT_READ)),
    )
    async def audit_events(
        self,
        first: First,
        after: After = None,
        where: Annotated[AuditFilter | None, strawberry.argument(description="Which ones; all if left out.")] = None,
    ) -> Connection[AuditEvent]:
        """The audit log."""
        return await self.loaders.audit.page(where, first, after)

    @strawberry.field(
        description="What is wrong here and what to do about it, newest first.",
        metadata=enforced(needs(Capability.ALERTS_READ)),
    )
    async def alerts(
        self,
        first: First,
        after: After = None,
        only_open: Annotated[bool, strawberry.argument(description="Whether to leave out what is over.")] = True,  # noqa: FBT002 - an argument of the graph
    ) -> Connection[Alert]:
        """The alerts."""
        return await self.loaders.alerts.page(first, after, only_open=only_open)

    @strawberry.field(
        description="Jobs that were tried as often as they may be, newest first; retryJob has one tried again.",
        metadata=enforced(needs(Capability.ALERTS_READ)),
    )
    async def dead_jobs(self, first: First, after: After = None) -> Connection[DeadJob]:
        """The dead jobs."""
        return await self.loaders.jobs.dead(first, after)

    @strawberry.field(description="How the work of this community is going.", metadata=READ)
    async def health(self) -> Health:
        """The health."""
        return await self.loaders.health.now()
