"""What can be done with channel rewards."""

from dataclasses import replace
from typing import Annotated, Any

import strawberry

from server.actions.rewards import settle, wish
from server.domain.rewards.actions import ActionKind, RewardAction
from server.domain.rewards.rules import RewardPlan
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Info
from server.resolvers.idempotency import Kept, once
from server.resolvers.rewards.reads import redemption_by_id, reward_by_id
from server.schema.ids import id_of, number_of
from server.schema.rewards.inputs import (
    CreateRewardInput,
    CreateRewardResult,
    DeleteRewardInput,
    DeleteRewardResult,
    RedemptionRefunded,
    RedemptionRetried,
    RefundRedemptionInput,
    RefundRedemptionResult,
    RetryRedemptionInput,
    RetryRedemptionResult,
    RewardActionInput,
    RewardCreated,
    RewardDeleted,
    RewardUpdated,
    UpdateRewardInput,
    UpdateRewardResult,
)
from server.schema.rewards.nouns import MANAGE
from server.schema.scalars import printable


def action_of(given: RewardActionInput) -> RewardAction:
    """What a reward is to do, from what was given."""
    text = None if given.text is None else printable(given.text)
    return RewardAction(kind=ActionKind(given.kind.value), seconds=given.seconds, text=text, tickets=given.tickets)


async def create_reward(
    info: Info, given: Annotated[CreateRewardInput, strawberry.argument(name="input", description="What to make.")]
) -> CreateRewardResult:
    """Make a reward."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.REWARDS_MANAGE)
    channel_id = number_of("channel", given.channel_id)
    plan = RewardPlan(
        title=printable(given.title),
        cost=given.cost,
        action=action_of(given.action),
        description=printable(given.description),
        colour=given.colour,
        is_on=given.is_on,
    )

    async def create(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await wish.create(tx, scope, channel_id=channel_id, plan=plan, actor=context.actor_name)
        return done.giving({"reward": done.result})

    kept = await once(context, "createReward", place, given, create)
    return RewardCreated(reward=await reward_by_id(context, place.community_id, kept["reward"]))


async def update_reward(
    info: Info, given: Annotated[UpdateRewardInput, strawberry.argument(name="input", description="What to change.")]
) -> UpdateRewardResult:
    """Change a reward, pause it, or have it tried again."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.REWARDS_MANAGE)
    reward_id = number_of("reward", given.reward_id)
    wanted: dict[str, Any] = {
        name: printable(field.value)
        for name, field in (("title", given.title), ("description", given.description))
        if field is not None
    }
    wanted |= {
        name: field.value
        for name, field in (("cost", given.cost), ("colour", given.colour), ("is_on", given.is_on))
        if field is not None
    }
    if given.action is not None:
        wanted["action"] = action_of(given.action.value)

    async def change(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await wish.change(
            tx, scope, reward_id=reward_id, revised=lambda plan: replace(plan, **wanted), actor=context.actor_name
        )
        return done.giving({"reward": done.result})

    kept = await once(context, "updateReward", place, given, change)
    return RewardUpdated(reward=await reward_by_id(context, place.community_id, kept["reward"]))


async def delete_reward(
    info: Info, given: Annotated[DeleteRewardInput, strawberry.argument(name="input", description="Which one.")]
) -> DeleteRewardResult:
    """Delete a reward."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.REWARDS_MANAGE)
    reward_id = number_of("reward", given.reward_id)

    async def delete(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await wish.delete(tx, scope, reward_id=reward_id, actor=context.actor_name)
        return done.giving({"reward": done.result})

    kept = await once(context, "deleteReward", place, given, delete)
    return RewardDeleted(reward_id=id_of("reward", kept["reward"]))


async def refund_redemption(
    info: Info, given: Annotated[RefundRedemptionInput, strawberry.argument(name="input", description="Which one.")]
) -> RefundRedemptionResult:
    """Give the points of a redemption back."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.REWARDS_MANAGE)
    redemption_id, reason = number_of("redemption", given.redemption_id), printable(given.reason)

    async def refund(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await settle.refund(tx, scope, redemption_id=redemption_id, reason=reason, actor=context.actor_name)
        return done.giving({"redemption": done.result})

    kept = await once(context, "refundRedemption", place, given, refund)
    return RedemptionRefunded(redemption=await redemption_by_id(context, place.community_id, kept["redemption"]))


async def retry_redemption(
    info: Info, given: Annotated[RetryRedemptionInput, strawberry.argument(name="input", description="Which one.")]
) -> RetryRedemptionResult:
    """Try a redemption again that is stuck."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.REWARDS_MANAGE)
    redemption_id = number_of("redemption", given.redemption_id)

    async def retry(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await settle.retry(tx, scope, redemption_id=redemption_id, actor=context.actor_name)
        return done.giving({"redemption": done.result})

    kept = await once(context, "retryRedemption", place, given, retry)
    return RedemptionRetried(redemption=await redemption_by_id(context, place.community_id, kept["redemption"]))


@strawberry.type
class RewardMutations:
    """Changes to channel rewards."""

    create_reward: CreateRewardResult = strawberry.field(
        resolver=create_reward, description="Make a reward in a channel.", metadata=MANAGE
    )
    update_reward: UpdateRewardResult = strawberry.field(
        resolver=update_reward, description="Change a reward, pause it, or have it tried again.", metadata=MANAGE
    )
    delete_reward: DeleteRewardResult = strawberry.field(
        resolver=delete_reward, description="Delete a reward, once its redemptions are settled.", metadata=MANAGE
    )
    refund_redemption: RefundRedemptionResult = strawberry.field(
        resolver=refund_redemption,
        description="Give the points of a redemption back, while it waits on the platform.",
        metadata=MANAGE,
    )
    retry_redemption: RetryRedemptionResult = strawberry.field(
        resolver=retry_redemption, description="Try a redemption again that is stuck.", metadata=MANAGE
    )
