"""How staff leaves people out of a giveaway, and lets them in again."""

from typing import Annotated

import strawberry

from server.schema.draws.inputs import WHY, ExclusionReason
from server.schema.giveaways.inputs import KEY, RESULT_OF
from server.schema.giveaways.nouns import MANAGE
from server.schema.problems import Refused

WHICH = "A giveaway whose list is not closed yet."


@strawberry.input(description="Whom to leave out of a giveaway.")
class ExcludeFromGiveawayInput:
    """Input of excludeFromGiveaway."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    giveaway_id: strawberry.ID = strawberry.field(description=WHICH)
    viewer_id: strawberry.ID = strawberry.field(description="Whom, with all his accounts.")
    code: ExclusionReason = strawberry.field(description="Why, as the public list says it.")
    reason: str = strawberry.field(description=WHY)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The viewer is left out of the giveaway; he is told so when he asks.")
class GiveawayViewerExcluded:
    """Success of excludeFromGiveaway."""

    viewer_id: strawberry.ID = strawberry.field(description="Who.", metadata=MANAGE)


ExcludeFromGiveawayResult = Annotated[
    GiveawayViewerExcluded | Refused,
    strawberry.union("ExcludeFromGiveawayResult", description=RESULT_OF + "leaving somebody out of a giveaway."),
]


@strawberry.input(description="Whom to leave out of a giveaway no longer.")
class IncludeInGiveawayInput:
    """Input of includeInGiveaway."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    giveaway_id: strawberry.ID = strawberry.field(description=WHICH)
    viewer_id: strawberry.ID = strawberry.field(description="Whom, with all his accounts.")
    reason: str = strawberry.field(description=WHY)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The viewer is left out of the giveaway no longer; whether he is in is up to him.")
class GiveawayViewerIncluded:
    """Success of includeInGiveaway."""

    viewer_id: strawberry.ID = strawberry.field(description="Who.", metadata=MANAGE)


IncludeInGiveawayResult = Annotated[
    GiveawayViewerIncluded | Refused,
    strawberry.union("IncludeInGiveawayResult", description=RESULT_OF + "letting somebody into a giveaway again."),
]
