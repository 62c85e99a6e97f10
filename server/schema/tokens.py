"""Keys of overlays, and tokens that people make for their programs."""

from datetime import datetime
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.domain.tokens import DAYS_DEFAULT
from server.schema.pagination import Connection
from server.schema.policies import SIGNED_IN, enforced, needs
from server.schema.problems import Refused
from server.schema.staff import HolderKind, StaffCapability

MANAGE = needs(Capability.OVERLAYS_MANAGE)
# A person sees his own tokens, whoever manages tokens those of a community: who asks is judged where they are listed.
SEEN = enforced(SIGNED_IN)


@strawberry.type(description="A key with which one overlay shows one community. Its secret is shown once, when made.")
class OverlayKey:
    """A key of an overlay."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=MANAGE)
    overlay: str = strawberry.field(description="The overlay it is for.", metadata=MANAGE)
    created_by: str = strawberry.field(description="Who made it.", metadata=MANAGE)
    created_at: datetime = strawberry.field(description="When it was made.", metadata=MANAGE)
    used_at: datetime | None = strawberry.field(
        description="When it was used last, or tried though it was revoked, up to a minute late; null for never.",
        metadata=MANAGE,
    )
    revoked_at: datetime | None = strawberry.field(description="Since when it is good no more.", metadata=MANAGE)


class OverlayKeyLoader(Protocol):
    """What a community is asked about the keys of its overlays."""

    async def page(self, first: int, after: str | None) -> Connection[OverlayKey]:
        """The keys, newest first."""
        ...


@strawberry.input(description="A key to make for an overlay.")
class CreateOverlayKeyInput:
    """Input of createOverlayKey."""

    community_id: strawberry.ID = strawberry.field(description="What the overlay shows.")
    overlay: str = strawberry.field(description="The overlay, 1 to 40 small letters, digits and hyphens.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="There is a new key of an overlay.")
class OverlayKeyCreated:
    """Success of createOverlayKey."""

    overlay_key: OverlayKey = strawberry.field(description="The key.", metadata=MANAGE)
    secret: str = strawberry.field(
        description="What the overlay sends as its token. Keep it: it is told here and never again.", metadata=MANAGE
    )


CreateOverlayKeyResult = Annotated[
    OverlayKeyCreated | Refused,
    strawberry.union("CreateOverlayKeyResult", description="What became of making a key."),
]


@strawberry.input(description="A key of an overlay to take back.")
class RevokeOverlayKeyInput:
    """Input of revokeOverlayKey."""

    community_id: strawberry.ID = strawberry.field(description="Whose key it is.")
    key_id: strawberry.ID = strawberry.field(description="Which key.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The key is good no more; what was opened with it is closed within five seconds.")
class OverlayKeyRevoked:
    """Success of revokeOverlayKey."""

    overlay_key: OverlayKey = strawberry.field(description="The key.", metadata=MANAGE)


RevokeOverlayKeyResult = Annotated[
    OverlayKeyRevoked | Refused,
    strawberry.union("RevokeOverlayKeyResult", description="What became of taking a key back."),
]


@strawberry.type(description="A token that somebody made for a program of his. Its secret is shown once, when made.")
class ApiToken:
    """A person's token."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=SEEN)
    community_id: strawberry.ID = strawberry.field(description="The one community it is good for.", metadata=SEEN)
    holder_kind: HolderKind = strawberry.field(description="Where the account is that it acts as.", metadata=SEEN)
    holder_id: str = strawberry.field(description="The platform's own id of that account.", metadata=SEEN)
    name: str = strawberry.field(description="What its maker calls it.", metadata=SEEN)
    capabilities: list[StaffCapability] = strawberry.field(
        description="What it allows at most; never more than its maker may do at the time.", metadata=SEEN
    )
    created_at: datetime = strawberry.field(description="When it was made.", metadata=SEEN)
    expires_at: datetime = strawberry.field(description="When it ends by itself.", metadata=SEEN)
    used_at: datetime | None = strawberry.field(
        description="When it was used last, up to a minute late; null for never.", metadata=SEEN
    )
    revoked_at: datetime | None = strawberry.field(description="Since when it is good no more.", metadata=SEEN)


class ApiTokenLoader(Protocol):
    """What a community is asked about the tokens that people made for it."""

    async def page(self, first: int, after: str | None) -> Connection[ApiToken]:
        """The tokens, newest first."""
        ...


@strawberry.input(description="A token to make for a program of yours.")
class CreateApiTokenInput:
    """Input of createApiToken."""

    community_id: strawberry.ID = strawberry.field(description="The one community it is to be good for.")
    name: str = strawberry.field(description="What you call it: the program that will use it.")
    capabilities: list[StaffCapability] = strawberry.field(
        default_factory=list[StaffCapability],
        description="What it allows at most, of what you may do yourself; without any only what concerns yourself.",
    )
    days: int = strawberry.field(default=DAYS_DEFAULT, description="How many days it is good: 1 to 366.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="You have a new token.")
class ApiTokenCreated:
    """Success of createApiToken."""

    api_token: ApiToken = strawberry.field(description="The token.", metadata=SIGNED_IN)
    secret: str = strawberry.field(
        description="What the program sends as its token. Keep it: it is told here and never again.",
        metadata=SIGNED_IN,
    )


CreateApiTokenResult = Annotated[
    ApiTokenCreated | Refused,
    strawberry.union("CreateApiTokenResult", description="What became of making a token."),
]


@strawberry.input(description="A token to take back: one of yours, or with tokens.manage anybody's.")
class RevokeApiTokenInput:
    """Input of revokeApiToken."""

    community_id: strawberry.ID = strawberry.field(description="The community it is good for.")
    token_id: strawberry.ID = strawberry.field(description="Which token.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The token is good no more; what was opened with it is closed within five seconds.")
class ApiTokenRevoked:
    """Success of revokeApiToken."""

    api_token: ApiToken = strawberry.field(description="The token.", metadata=SIGNED_IN)


RevokeApiTokenResult = Annotated[
    ApiTokenRevoked | Refused,
    strawberry.union("RevokeApiTokenResult", description="What became of taking a token back."),
]
