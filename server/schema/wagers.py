"""Wagers: affiliate feeds, and who claims which name in them."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.linking import Platform
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ, SIGNED_IN, enforced, needs
from server.schema.problems import Refused

SETTINGS = needs(Capability.SETTINGS_EDIT)
LINKS = needs(Capability.LINKS_MANAGE)
KEY = "Yours, one per intention; a repeat returns the first result."


@strawberry.enum(name="WagerProvider", description="Whose feed tells of wagers.")
class WagerProviderKind(Enum):
    """A provider."""

    SHUFFLE = strawberry.enum_value("shuffle", description="Shuffle: totals of a life, by name.")
    HOWL = strawberry.enum_value("howl", description="Howl: totals since the feed was set up, by Howl's own id.")


@strawberry.enum(name="WagerClaimState", description="Where a claim of a name stands.")
class WagerClaimStateKind(Enum):
    """A state."""

    CLAIMED = strawberry.enum_value("claimed", description="It waits for staff.")
    VERIFIED = strawberry.enum_value("verified", description="Staff holds it for true; its wagers count.")
    REJECTED = strawberry.enum_value("rejected", description="Staff holds it for wrong.")
    ENDED = strawberry.enum_value("ended", description="The account was unlinked since.")


@strawberry.type(description="An affiliate feed. Its address is a secret, which nobody is shown.")
class WagerFeed:
    """A feed."""

    provider: WagerProviderKind = strawberry.field(description="Whose feed it is.", metadata=READ)
    codes: list[str] = strawberry.field(
        description="The campaign codes that count, in lower case; all where none is listed.", metadata=READ
    )
    good_at: datetime | None = strawberry.field(
        description="When it was last told in full; null before the first time.", metadata=READ
    )
    age_seconds: int | None = strawberry.field(description="How many seconds ago that was.", metadata=READ)
    asked_at: datetime | None = strawberry.field(description="When it was last asked.", metadata=READ)
    next_at: datetime = strawberry.field(description="When it is asked next at the earliest.", metadata=READ)
    problem: str | None = strawberry.field(
        description="The code of what went wrong last, such as limited, unreadable or implausible; null for nothing.",
        metadata=READ,
    )
    failures: int = strawberry.field(description="How often on end it told nothing.", metadata=READ)
    names: int = strawberry.field(description="How many names it told last.", metadata=READ)
    skipped: int = strawberry.field(description="How many rows could not be read then.", metadata=READ)


@strawberry.type(description="A person says that a name in a feed is his.")
class WagerClaim:
    """A claim."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=LINKS)
    provider: WagerProviderKind = strawberry.field(description="In whose feed.", metadata=LINKS)
    name: str = strawberry.field(description="The name, as it was written.", metadata=LINKS)
    platform: Platform = strawberry.field(description="Where whoever claims it has an account.", metadata=LINKS)
    platform_id: str = strawberry.field(description="That account's own id there.", metadata=LINKS)
    state: WagerClaimStateKind = strawberry.field(description="Where it stands.", metadata=LINKS)
    claimed_at: datetime = strawberry.field(description="When it was claimed.", metadata=LINKS)
    decided_at: datetime | None = strawberry.field(description="When staff decided; null before.", metadata=LINKS)
    decided_by: str | None = strawberry.field(description="Who decided; null before.", metadata=LINKS)
    reason: str | None = strawberry.field(description="What was said of the decision.", metadata=LINKS)


class WagerLoader(Protocol):
    """What a community is asked about wagers."""

    async def feeds(self) -> list[WagerFeed]:
        """The feeds."""
        ...

    async def claims(self, first: int, after: str | None, state: WagerClaimStateKind | None) -> Connection[WagerClaim]:
        """The claims, newest first."""
        ...

    async def conflicts(self) -> list[WagerClaim]:
        """Claims of names that several people claim."""
        ...


@strawberry.type(description="Wagers: the feeds that tell of them, and who is who in those.")
class Wagers:
    """Wagers."""

    loader: strawberry.Private[WagerLoader]

    @strawberry.field(description="The feeds that are on.", metadata=READ)
    async def feeds(self) -> list[WagerFeed]:
        """The feeds."""
        return await self.loader.feeds()

    @strawberry.field(description="Who claims which name, newest first.", metadata=enforced(LINKS))
    async def claims(
        self,
        first: First,
        after: After = None,
        state: Annotated[
            WagerClaimStateKind | None, strawberry.argument(description="Only those that stand so.")
        ] = None,
    ) -> Connection[WagerClaim]:
        """The claims."""
        return await self.loader.claims(first, after, state)

    @strawberry.field(
        description="Open and verified claims of names that several people claim, name by name, at most 100.",
        metadata=enforced(LINKS),
    )
    async def conflicts(self) -> list[WagerClaim]:
        """The conflicts."""
        return await self.loader.conflicts()


@strawberry.input(description="The feed to switch on, or to ask otherwise. Counting begins anew with its next poll.")
class SetWagerFeedInput:
    """Input of setWagerFeed."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    provider: WagerProviderKind = strawberry.field(description="Whose feed.")
    secret: str | None = strawberry.field(
        default=None,
        description="Shuffle's address of your statistics, or the key of your Howl affiliate account; it is stored "
        "sealed and never shown. Left out, the one that is kept stays.",
    )
    codes: list[str] = strawberry.field(
        default_factory=list, description="The campaign codes that count, up to 20; all where none is listed."
    )
    confirms_wagers: bool = strawberry.field(
        default=False, description="That the law and the platforms' rules allow this here; needed to switch it on."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The feed is on.")
class WagerFeedSet:
    """Success of setWagerFeed."""

    feed: WagerFeed = strawberry.field(description="The feed.", metadata=SETTINGS)


SetWagerFeedResult = Annotated[
    WagerFeedSet | Refused, strawberry.union("SetWagerFeedResult", description="What became of switching a feed on.")
]


@strawberry.input(description="The feed to switch off; its secret is deleted, what was counted stays.")
class RemoveWagerFeedInput:
    """Input of removeWagerFeed."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    provider: WagerProviderKind = strawberry.field(description="Whose feed.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The feed is off.")
class WagerFeedRemoved:
    """Success of removeWagerFeed."""

    provider: WagerProviderKind = strawberry.field(description="Whose feed it was.", metadata=SETTINGS)


RemoveWagerFeedResult = Annotated[
    WagerFeedRemoved | Refused,
    strawberry.union("RemoveWagerFeedResult", description="What became of switching a feed off."),
]


@strawberry.input(description="The name in a feed that you say is yours.")
class ClaimWagerAccountInput:
    """Input of claimWagerAccount."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    provider: WagerProviderKind = strawberry.field(description="In whose feed.")
    name: str = strawberry.field(description="Your name there; upper and lower case are the same.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="Staff is asked to verify it.")
class WagerAccountClaimed:
    """Success of claimWagerAccount."""

    claim_id: strawberry.ID = strawberry.field(description="The claim's opaque id.", metadata=SIGNED_IN)
    name: str = strawberry.field(description="The name, as you wrote it.", metadata=SIGNED_IN)
    state: WagerClaimStateKind = strawberry.field(description="Where your claim stands.", metadata=SIGNED_IN)


ClaimWagerAccountResult = Annotated[
    WagerAccountClaimed | Refused,
    strawberry.union("ClaimWagerAccountResult", description="What became of claiming a name."),
]


@strawberry.input(description="The claim that you hold for true. The account is linked to whoever claimed it.")
class VerifyWagerAccountInput:
    """Input of verifyWagerAccount."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    claim_id: strawberry.ID = strawberry.field(description="Which claim.")
    reason: str = strawberry.field(default="", description="How you know, in up to 300 characters.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="It is verified. What it gained in open raffles counts, and nothing from before.")
class WagerAccountVerified:
    """Success of verifyWagerAccount."""

    claim: WagerClaim = strawberry.field(description="The claim.", metadata=LINKS)


VerifyWagerAccountResult = Annotated[
    WagerAccountVerified | Refused,
    strawberry.union("VerifyWagerAccountResult", description="What became of verifying a claim."),
]


@strawberry.input(description="The claim that you hold for wrong.")
class RejectWagerAccountInput:
    """Input of rejectWagerAccount."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    claim_id: strawberry.ID = strawberry.field(description="Which claim.")
    reason: str = strawberry.field(description="Why, in 1 to 300 characters, for the person to read.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="It is rejected.")
class WagerAccountRejected:
    """Success of rejectWagerAccount."""

    claim: WagerClaim = strawberry.field(description="The claim.", metadata=LINKS)


RejectWagerAccountResult = Annotated[
    WagerAccountRejected | Refused,
    strawberry.union("RejectWagerAccountResult", description="What became of rejecting a claim."),
]
