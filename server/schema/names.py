"""How people are named on boards that everybody sees."""

from typing import Annotated, Protocol

import strawberry

from server.schema.policies import READ
from server.schema.problems import Refused

PUBLIC_NAME = (
    "The name for everybody to see: masked where the community masks names or a place tells of wagers, whole for "
    "whoever it is himself. Whoever shows a board to others shows this."
)


@strawberry.type(description="How people are named on boards that everybody sees.")
class NameSettings:
    """Settings of names."""

    masks: bool = strawberry.field(
        description="Whether names are masked, `us***`; boards that tell of wagers mask them always.", metadata=READ
    )


class NameLoader(Protocol):
    """What a community is asked about names."""

    async def settings(self) -> NameSettings:
        """The settings in force."""
        ...


@strawberry.input(description="How people are to be named on boards that everybody sees.")
class UpdateNameSettingsInput:
    """Input of updateNameSettings."""

    community_id: strawberry.ID = strawberry.field(description="Whose boards.")
    masks: bool = strawberry.field(description="Whether names are masked.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="People are named like this now.")
class NameSettingsUpdated:
    """Success of updateNameSettings."""

    settings: NameSettings = strawberry.field(description="The settings now in force.", metadata=READ)


UpdateNameSettingsResult = Annotated[
    NameSettingsUpdated | Refused,
    strawberry.union("UpdateNameSettingsResult", description="What became of changing how people are named."),
]
