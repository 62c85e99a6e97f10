"""What people may do about what is held about them: see it, have it forgotten, think better of it."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from server.domain.privacy import ForgettingState as State
from server.domain.staff import Capability
from server.schema.policies import SIGNED_IN, needs
from server.schema.problems import Refused


@strawberry.enum(description="How far being forgotten is.")
class ForgettingState(Enum):
    """How far it is."""

    ASKED = strawberry.enum_value(State.ASKED.value, description="It can be taken back.")
    STRIKING = strawberry.enum_value(State.STRIKING.value, description="It has begun, and cannot be taken back.")


@strawberry.type(description="You asked to be forgotten.")
class Forgetting:
    """A wish to be forgotten."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=SIGNED_IN)
    community_id: strawberry.ID | None = strawberry.field(
        description="The community that forgets you; null where all do.", metadata=SIGNED_IN
    )
    state: ForgettingState = strawberry.field(description="How far it is.", metadata=SIGNED_IN)
    asked_at: datetime = strawberry.field(description="When you asked.", metadata=SIGNED_IN)
    due_at: datetime = strawberry.field(description="Until then you can take it back.", metadata=SIGNED_IN)
    problem: str | None = strawberry.field(
        description="The code of what stood in the way when it was due; it is tried again every day.",
        metadata=SIGNED_IN,
    )


@strawberry.input(description="That you want to be forgotten.")
class ForgetMeInput:
    """Input of forgetMe."""

    community_id: strawberry.ID | None = strawberry.field(
        default=None, description="The community that is to forget you; all of them if left out."
    )
    confirmed: bool = strawberry.field(
        description="That you are sure. Without it you are told what would happen, and nothing does."
    )
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="You will be forgotten, unless you take it back in time.")
class ForgettingPlanned:
    """Success of forgetMe."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=SIGNED_IN)
    due_at: datetime = strawberry.field(description="Until then you can take it back.", metadata=SIGNED_IN)


ForgetMeResult = Annotated[
    ForgettingPlanned | Refused,
    strawberry.union("ForgetMeResult", description="What became of asking to be forgotten."),
]


@strawberry.input(description="That you do not want to be forgotten any more.")
class KeepMeInput:
    """Input of keepMe."""

    community_id: strawberry.ID | None = strawberry.field(
        default=None, description="The community that you asked; all of them if left out."
    )
    forgetting_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only this wish of yours; whichever is open there if left out."
    )
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="You stay.")
class ForgettingKept:
    """Success of keepMe."""

    id: strawberry.ID = strawberry.field(description="What you took back.", metadata=SIGNED_IN)


KeepMeResult = Annotated[
    ForgettingKept | Refused,
    strawberry.union("KeepMeResult", description="What became of thinking better of it."),
]


@strawberry.type(description="A part of all that is held about you.")
class MyDataPart:
    """A part of an export."""

    version: int = strawberry.field(description="The version of the format.", metadata=SIGNED_IN)
    records: list[str] = strawberry.field(
        description="JSON objects with `section` and `record`, at most 500.", metadata=SIGNED_IN
    )
    end: str | None = strawberry.field(
        description="Give this as `after` to get the next part, which may be empty; null after the last one.",
        metadata=SIGNED_IN,
    )


AUDIT_READ = needs(Capability.AUDIT_READ)


@strawberry.enum(description="What somebody looked at.")
class AccessTo(Enum):
    """What was looked at."""

    VIEWER = strawberry.enum_value("viewer", description="One viewer: watch time, accounts and links.")
    LINKS = strawberry.enum_value("links", description="The links that people were handed.")
    LOG = strawberry.enum_value("log", description="The audit log.")
    EXPORT = strawberry.enum_value("export", description="The audit log, taken along as a file.")


@strawberry.type(description="Somebody looked at what is held about people; noted once an hour.")
class AccessLine:
    """A look."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=AUDIT_READ)
    what: AccessTo = strawberry.field(description="What was looked at.", metadata=AUDIT_READ)
    reader: str = strawberry.field(description="Who looked, as the audit log names actors.", metadata=AUDIT_READ)
    hour: datetime = strawberry.field(description="The beginning of the hour in which it was.", metadata=AUDIT_READ)
    viewer_id: strawberry.ID | None = strawberry.field(
        description="Whom it was about; null where it was about many.", metadata=AUDIT_READ
    )
