"""Invitations: codes with which somebody makes a community of his own."""

from datetime import datetime
from typing import Annotated

import strawberry

from server.domain.invitations import INVITATION_DAYS
from server.schema.policies import OPERATOR
from server.schema.problems import Refused
from server.schema.staff import HolderInput


@strawberry.input(description="Whom to invite.")
class CreateInvitationInput:
    """Input of createInvitation."""

    holder: HolderInput | None = strawberry.field(
        default=None, description="The only account that may use it; whoever has the code if left out."
    )
    days: int = strawberry.field(default=INVITATION_DAYS, description="How long it is good, 1 to 30 days.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="There is a new code. Hand it to nobody but the person it is for.")
class InvitationCreated:
    """Success of createInvitation."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=OPERATOR)
    code: str = strawberry.field(description="The code, good once.", metadata=OPERATOR)
    url: str = strawberry.field(description="The page on which it is typed.", metadata=OPERATOR)
    expires_at: datetime = strawberry.field(description="When it ends.", metadata=OPERATOR)


CreateInvitationResult = Annotated[
    InvitationCreated | Refused,
    strawberry.union("CreateInvitationResult", description="What became of inviting somebody."),
]
