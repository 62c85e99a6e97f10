"""What mutations of channel rewards take and give."""

from typing import Annotated

import strawberry

from server.schema.policies import READ
from server.schema.problems import Refused
from server.schema.rewards.nouns import MANAGE, Redemption, Reward, RewardActionKind
from server.schema.scalars import Duration

KEY = "Yours, one per intention; a repeat returns the first result."


@strawberry.input(description="What a reward is to do.")
class RewardActionInput:
    """An action."""

    kind: RewardActionKind = strawberry.field(description="What it does.")
    seconds: Duration | None = strawberry.field(
        default=None, description="For a bonus, and only for one: how much watch time, 1 to 86,400 seconds."
    )
    text: str | None = strawberry.field(
        default=None,
        description="For a chat line, and only for one: what is said, 1 to 500 characters. {name}, {input}, {reward}, "
        "{cost}, {channel} and {community} are filled in.",
    )
    tickets: int | None = strawberry.field(
        default=None, description="For tickets, and only for them: how many, 1 to 10,000."
    )


@strawberry.input(description="The reward to make.")
class CreateRewardInput:
    """Input of createReward."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    channel_id: strawberry.ID = strawberry.field(description="In which of its channels.")
    title: str = strawberry.field(description="What it is called, 1 to 50 characters; no other of the channel is.")
    cost: int = strawberry.field(description="How many of the channel's points it costs: 1 to 1,000,000,000.")
    action: RewardActionInput = strawberry.field(description="What it does.")
    description: str = strawberry.field(default="", description="What viewers are told, up to 200 characters.")
    colour: str | None = strawberry.field(default=None, description="Its colour as #rrggbb.")
    is_on: bool = strawberry.field(default=True, description="Whether it can be redeemed at once.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The reward is wished for; its state tells when the platform has it.")
class RewardCreated:
    """Success of createReward."""

    reward: Reward = strawberry.field(description="The reward.", metadata=READ)


CreateRewardResult = Annotated[
    RewardCreated | Refused, strawberry.union("CreateRewardResult", description="What became of making a reward.")
]


@strawberry.input(
    description="The reward to change; what is left out stays. Changing nothing tries a failed one again."
)
class UpdateRewardInput:
    """Input of updateReward."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    reward_id: strawberry.ID = strawberry.field(description="Which one.")
    title: strawberry.Maybe[str] = strawberry.field(default=None, description="What it is called, 1 to 50 characters.")
    cost: strawberry.Maybe[int] = strawberry.field(default=None, description="How many points it costs.")
    action: strawberry.Maybe[RewardActionInput] = strawberry.field(default=None, description="What it does.")
    description: strawberry.Maybe[str] = strawberry.field(default=None, description="What viewers are told.")
    colour: strawberry.Maybe[str | None] = strawberry.field(default=None, description="Its colour as #rrggbb.")
    is_on: strawberry.Maybe[bool] = strawberry.field(default=None, description="Whether it can be redeemed.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The reward is wished for like this; its state tells when the platform has it so.")
class RewardUpdated:
    """Success of updateReward."""

    reward: Reward = strawberry.field(description="The reward.", metadata=READ)


UpdateRewardResult = Annotated[
    RewardUpdated | Refused, strawberry.union("UpdateRewardResult", description="What became of changing a reward.")
]


@strawberry.input(description="The reward to delete.")
class DeleteRewardInput:
    """Input of deleteReward."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    reward_id: strawberry.ID = strawberry.field(description="Which one.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The reward is deleted here, and on the platform once its redemptions are settled.")
class RewardDeleted:
    """Success of deleteReward."""

    reward_id: strawberry.ID = strawberry.field(description="The one that is gone.", metadata=MANAGE)


DeleteRewardResult = Annotated[
    RewardDeleted | Refused, strawberry.union("DeleteRewardResult", description="What became of deleting a reward.")
]


@strawberry.input(description="The redemption whose points to give back.")
class RefundRedemptionInput:
    """Input of refundRedemption."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    redemption_id: strawberry.ID = strawberry.field(description="Which one; it still waits on the platform.")
    reason: str = strawberry.field(description="Why, 1 to 300 characters.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The points are about to be given back.")
class RedemptionRefunded:
    """Success of refundRedemption."""

    redemption: Redemption = strawberry.field(description="The redemption.", metadata=MANAGE)


RefundRedemptionResult = Annotated[
    RedemptionRefunded | Refused,
    strawberry.union("RefundRedemptionResult", description="What became of giving points back."),
]


@strawberry.input(description="The redemption to try again.")
class RetryRedemptionInput:
    """Input of retryRedemption."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    redemption_id: strawberry.ID = strawberry.field(description="Which one; it is stuck.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="It is tried again.")
class RedemptionRetried:
    """Success of retryRedemption."""

    redemption: Redemption = strawberry.field(description="The redemption.", metadata=MANAGE)


RetryRedemptionResult = Annotated[
    RedemptionRetried | Refused,
    strawberry.union("RetryRedemptionResult", description="What became of trying a redemption again."),
]
