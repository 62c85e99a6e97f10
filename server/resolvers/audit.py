"""The audit log, of a community and of the installation."""

from dataclasses import dataclass
from typing import Annotated

import strawberry

from server.domain.staff import Capability
from server.resolvers.context import Context, Info
from server.resolvers.privacy import note_read
from server.schema.audit import AuditEvent, AuditFilter, kept_target, shown_target
from server.schema.ids import id_of
from server.schema.pagination import After, Connection, First, Order, checked_first, page_of
from server.schema.policies import OPERATOR
from server.schema.scalars import printable
from server.store import audit
from server.store.audit import INSTALLATION, AuditRecord, Wanted

NEWEST_LINE = Order("audit_event", int)


@dataclass(frozen=True, slots=True)
class AuditReads:
    """What a community, or the installation, is asked about its audit log."""

    context: Context
    community_id: int

    async def page(self, wanted: AuditFilter | None, first: int, after: str | None) -> Connection[AuditEvent]:
        """The lines, newest first."""
        await self.context.admit_in(self.community_id, Capability.AUDIT_READ)
        await note_read(self.context, self.community_id, "log")
        key = NEWEST_LINE.key(after)
        asked = filter_of(wanted or AuditFilter())
        reader, limit = self.context.reader, checked_first(first) + 1
        rows = await audit.page(reader, self.community_id, asked, None if key is None else key[0], limit)
        return page_of(
            rows,
            first,
            node=event_noun,
            cursor=lambda row: NEWEST_LINE.cursor(row.id),
            count=lambda: audit.count(reader, self.community_id, asked),
        )


def filter_of(wanted: AuditFilter) -> Wanted:
    """The lines that a filter means; an id that says itself what it is the id of needs no kind beside it."""
    kind = None if wanted.target_kind is None else printable(wanted.target_kind)
    target_id = None
    if wanted.target_id is not None:
        kind, target_id = kept_target(kind, printable(wanted.target_id))
    return Wanted(
        actor=None if wanted.actor is None else printable(wanted.actor),
        action=None if wanted.action is None else printable(wanted.action),
        since=wanted.since,
        until=wanted.until,
        target_kind=kind,
        target_id=target_id,
    )


def event_noun(record: AuditRecord) -> AuditEvent:
    """A line of the log as the graph shows it."""
    return AuditEvent(
        id=id_of("audit_event", record.id),
        at=record.at,
        actor=record.actor,
        actor_kind=record.actor_kind,
        action=record.action,
        target_kind=record.target_kind,
        target_id=shown_target(record.target_kind, record.target_id),
        before=record.before,
        after=record.after,
        reason=record.reason,
        request_id=record.request_id,
        cause=record.cause,
    )


async def installation_events(
    info: Info,
    first: First,
    after: After = None,
    where: Annotated[AuditFilter | None, strawberry.argument(description="Which ones; all if left out.")] = None,
) -> Connection[AuditEvent]:
    """The log of what belongs to no community."""
    context = info.context
    context.admit_operator()
    return await AuditReads(context, INSTALLATION).page(where, first, after)


@strawberry.type
class AuditQueries:
    """What can be asked about the audit log."""

    audit_events: Connection[AuditEvent] = strawberry.field(
        resolver=installation_events,
        description="Who did what where no community is concerned, newest first; a community has a log of its own.",
        metadata=OPERATOR,
    )
