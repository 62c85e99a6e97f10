"""How staff changes an open giveaway."""

from datetime import datetime
from typing import Annotated

import strawberry

from server.schema.giveaways.inputs import AS_IT_IS, KEY, RESULT_OF
from server.schema.giveaways.nouns import MANAGE, Giveaway
from server.schema.problems import Refused
from server.schema.scalars import Duration


@strawberry.input(description="What is to be different in an open giveaway; what is left out stays.")
class UpdateGiveawayInput:
    """Input of updateGiveaway."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    giveaway_id: strawberry.ID = strawberry.field(description="One that people can enter.")
    title: str | None = strawberry.field(default=None, description="Its title, 1 to 100 characters.")
    prize: str | None = strawberry.field(
        default=None, description="What is given away, at most 1,000 characters; one that was said is not taken away."
    )
    winners: int | None = strawberry.field(default=None, description="How many win: not fewer than before, up to 100.")
    alternates: int | None = strawberry.field(
        default=None, description="How many may step in: not fewer than before, up to 100."
    )
    claim: Duration | None = strawberry.field(
        default=None, description="How long a winner may wait before he writes in chat: not shorter, or 0 for no limit."
    )
    ends_at: datetime | None = strawberry.field(
        default=None, description="When entering ends: ahead, and within 31 days of its opening."
    )
    reason: str = strawberry.field(description="Why, for the audit log, 1 to 300 characters.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(
    description="The giveaway is different, and chat is told. Its `rulesDocument` has what it was before under "
    "`changes`, each with the hash of then, and is hashed with it."
)
class GiveawayUpdated:
    """Success of updateGiveaway."""

    giveaway: Giveaway = strawberry.field(description=AS_IT_IS, metadata=MANAGE)


UpdateGiveawayResult = Annotated[
    GiveawayUpdated | Refused, strawberry.union("UpdateGiveawayResult", description=RESULT_OF + "changing a giveaway.")
]
