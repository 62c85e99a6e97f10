"""The audit log: who did what to what."""

from datetime import datetime
from typing import Protocol, cast, get_args

import strawberry

from server.domain.staff import Capability
from server.schema.ids import Kind, UnknownId, id_of, number_of
from server.schema.pagination import Connection
from server.schema.policies import needs

WITH_IDS: frozenset[str] = frozenset(get_args(Kind))
AUDIT_READ = needs(Capability.AUDIT_READ)


@strawberry.type(description="One line of the audit log; it is never edited.")
class AuditEvent:
    """A line of the log."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=AUDIT_READ)
    at: datetime = strawberry.field(description="When it was done.", metadata=AUDIT_READ)
    actor: str = strawberry.field(
        description="Who did it, as person:ACCOUNT or operator:NAME; what the server does on its own is system:WHAT.",
        metadata=AUDIT_READ,
    )
    actor_kind: str = strawberry.field(description="The part before the colon: what the actor is.", metadata=AUDIT_READ)
    action: str = strawberry.field(description="What was done, such as watchtime.adjust.", metadata=AUDIT_READ)
    target_kind: str = strawberry.field(description="What kind of thing it was done to.", metadata=AUDIT_READ)
    target_id: str = strawberry.field(
        description="Which one: its `id`, where things of its kind have one.", metadata=AUDIT_READ
    )
    before: str | None = strawberry.field(
        description="The values that changed as they were, as a JSON object; null where there was nothing.",
        metadata=AUDIT_READ,
    )
    after: str | None = strawberry.field(
        description="The values that changed as they are since, as a JSON object; null where nothing is left.",
        metadata=AUDIT_READ,
    )
    reason: str | None = strawberry.field(description="Why, where that was told.", metadata=AUDIT_READ)
    request_id: str | None = strawberry.field(
        description="The X-Request-Id of the answer; null for what the server did on its own.", metadata=AUDIT_READ
    )
    cause: str | None = strawberry.field(
        description="A digest that stands for caller, mutation and idempotency key; or the job that was carried out.",
        metadata=AUDIT_READ,
    )


@strawberry.input(description="Which lines of the log to list; what is left out does not matter.")
class AuditFilter:
    """A filter."""

    actor: str | None = strawberry.field(default=None, description="Only what this actor did, exactly as shown.")
    action: str | None = strawberry.field(default=None, description="Only this action.")
    since: datetime | None = strawberry.field(default=None, description="Only what was done then or later.")
    until: datetime | None = strawberry.field(default=None, description="Only what was done before.")
    target_kind: str | None = strawberry.field(default=None, description="Only what was done to this kind of thing.")
    target_id: str | None = strawberry.field(
        default=None, description="Only what was done to this one: its `id`, or its name where it has none."
    )


class AuditLoader(Protocol):
    """What a community is asked about its audit log."""

    async def page(self, wanted: AuditFilter | None, first: int, after: str | None) -> Connection[AuditEvent]:
        """The lines, newest first."""
        ...


def shown_target(kind: str, kept: str) -> str:
    """A target's id as clients know it, from the one that the log keeps."""
    return id_of(cast("Kind", kind), int(kept)) if kind in WITH_IDS else kept


def kept_target(kind: str | None, shown: str) -> tuple[str | None, str]:
    """A target as the log keeps it, from the id that clients know and its kind; None for one that nobody said.

    Raises `UnknownId` where the id cannot be one of that kind.
    """
    for one in WITH_IDS if kind is None else WITH_IDS & {kind}:
        try:
            return one, str(number_of(cast("Kind", one), shown))
        except UnknownId:
            if kind is not None:
                raise
    return kind, shown
