"""What somebody is told of a giveaway about himself, and how he enters and leaves it."""

from typing import Annotated

import strawberry

from server.schema.giveaways.inputs import KEY, RESULT_OF, WHICH
from server.schema.giveaways.nouns import GiveawayProgress
from server.schema.policies import SIGNED_IN
from server.schema.problems import Refused
from server.schema.scalars import BigInt


@strawberry.type(description="A giveaway, and how you stand in it.")
class OwnGiveaway:
    """A giveaway as somebody who takes part sees it."""

    giveaway_id: strawberry.ID = strawberry.field(description="Which one.", metadata=SIGNED_IN)
    number: int = strawberry.field(
        description="Its number among the community's giveaways, from 1.", metadata=SIGNED_IN
    )
    title: str = strawberry.field(description="Its title.", metadata=SIGNED_IN)
    state: GiveawayProgress = strawberry.field(description="Where it stands.", metadata=SIGNED_IN)
    is_in: bool = strawberry.field(
        description="Whether you entered, by whichever of your accounts, or have what lets you in; the rules may leave "
        "you out all the same.",
        metadata=SIGNED_IN,
    )
    tickets: BigInt = strawberry.field(
        description="How much you weigh in the draw; 0 where you are not in it.", metadata=SIGNED_IN
    )
    chance: int | None = strawberry.field(
        description="The chance that you are drawn first, in millionths: exact once the list is closed; before, among "
        "all who are in as it stands. Null where that is not known yet.",
        metadata=SIGNED_IN,
    )
    left_out: str | None = strawberry.field(
        description="Why you are left out of the draw, or would be if the list were closed now; null for in.",
        metadata=SIGNED_IN,
    )
    advice: str | None = strawberry.field(
        description="What to do, in plain words, so as not to be left out, or to weigh more; null where all is well.",
        metadata=SIGNED_IN,
    )


@strawberry.input(description="The giveaway to enter, in your own name.")
class EnterGiveawayInput:
    """Input of enterGiveaway."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    giveaway_id: strawberry.ID = strawberry.field(description=WHICH)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="You are in the giveaway.")
class GiveawayEntered:
    """Success of enterGiveaway."""

    is_new: bool = strawberry.field(description="Whether you were not in it before.", metadata=SIGNED_IN)
    own: OwnGiveaway = strawberry.field(description="How you stand in it now.", metadata=SIGNED_IN)


EnterGiveawayResult = Annotated[
    GiveawayEntered | Refused, strawberry.union("EnterGiveawayResult", description=RESULT_OF + "entering a giveaway.")
]


@strawberry.input(description="The giveaway to leave, in your own name.")
class LeaveGiveawayInput:
    """Input of leaveGiveaway."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    giveaway_id: strawberry.ID = strawberry.field(description=WHICH)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="You are not in the giveaway.")
class GiveawayLeft:
    """Success of leaveGiveaway."""

    was_in: bool = strawberry.field(description="Whether you were in it before.", metadata=SIGNED_IN)
    own: OwnGiveaway = strawberry.field(description="How you stand in it now.", metadata=SIGNED_IN)


LeaveGiveawayResult = Annotated[
    GiveawayLeft | Refused, strawberry.union("LeaveGiveawayResult", description=RESULT_OF + "leaving a giveaway.")
]
