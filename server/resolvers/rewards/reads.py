"""What can be asked about channel rewards."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from server.domain.rewards.rules import PROBLEMS
from server.domain.staff import Capability
from server.resolvers.context import Context
from server.schema.channels import Channel
from server.schema.ids import id_of
from server.schema.linking import Account
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.rewards.nouns import (
    Redemption,
    RedemptionProgress,
    RedemptionState,
    Reward,
    RewardAction,
    RewardActionKind,
    RewardState,
)
from server.schema.scalars import BigInt, Duration
from server.store.rewards import redemptions, wishes
from server.store.rewards.redemptions import RedemptionRecord
from server.store.rewards.wishes import RewardRecord

NEWEST_REDEMPTION = Order("redemption", int)


@dataclass(frozen=True, slots=True)
class RewardReads:
    """What a community is asked about rewards."""

    context: Context
    community_id: int

    async def all(self) -> list[Reward]:
        """Every reward, oldest first."""
        records = await wishes.all_of(self.context.reader, self.community_id)
        channels = await channels_of(self.context, [record.channel_id for record in records])
        return [reward_noun(record, channels) for record in records]

    async def redemptions(self, first: int, after: str | None, *, only_stuck: bool) -> Connection[Redemption]:
        """The redemptions, newest first."""
        await self.context.admit_in(self.community_id, Capability.REWARDS_MANAGE)
        key = NEWEST_REDEMPTION.key(after)
        reader, before_id = self.context.reader, None if key is None else key[0]
        rows = await redemptions.page(
            reader, self.community_id, before_id, checked_first(first) + 1, only_stuck=only_stuck
        )
        channels = await channels_of(self.context, [row.channel_id for row in rows])
        return page_of(
            rows,
            first,
            node=lambda row: redemption_noun(self.context, row, channels),
            cursor=lambda row: NEWEST_REDEMPTION.cursor(row.id),
            count=partial(redemptions.count, reader, self.community_id, only_stuck=only_stuck),
        )


async def channels_of(context: Context, wanted: list[int]) -> Mapping[int, Channel]:
    """Channels by id."""
    numbers = sorted(set(wanted))
    return dict(zip(numbers, await context.channels.load_many(numbers), strict=True))


async def reward_by_id(context: Context, community_id: int, reward_id: int) -> Reward:
    """A reward that is there, or was."""
    record = await wishes.by_id(context.reader, community_id, reward_id)
    if record is None:
        raise LookupError(f"There is no reward {reward_id}.")
    return reward_noun(record, await channels_of(context, [record.channel_id]))


async def redemption_by_id(context: Context, community_id: int, redemption_id: int) -> Redemption:
    """A redemption that is there."""
    record = await redemptions.by_id(context.reader, community_id, redemption_id)
    if record is None:
        raise LookupError(f"There is no redemption {redemption_id}.")
    return redemption_noun(context, record, await channels_of(context, [record.channel_id]))


def reward_noun(record: RewardRecord, channels: Mapping[int, Channel]) -> Reward:
    """A reward as the graph shows it."""
    plan = record.plan
    seconds = plan.action.seconds
    return Reward(
        id=id_of("reward", record.id),
        channel=channels[record.channel_id],
        platform_id=record.external_id,
        title=plan.title,
        cost=plan.cost,
        description=plan.description,
        colour=plan.colour,
        action=RewardAction(
            kind=RewardActionKind(plan.action.kind.value),
            seconds=None if seconds is None else Duration(seconds),
            text=plan.action.text,
            tickets=plan.action.tickets,
        ),
        asks_for_input=plan.action.asks_for_input,
        is_on=plan.is_on,
        state=RewardState(record.state.value),
        problem=record.problem,
        remedy=None if record.problem is None else PROBLEMS[record.problem],
        changed_by=record.actor,
        changed_at=record.at,
    )


def redemption_noun(context: Context, record: RedemptionRecord, channels: Mapping[int, Channel]) -> Redemption:
    """A redemption as the graph shows it."""
    standing = record.standing
    number = record.account_id

    async def account() -> Account | None:
        return None if number is None else await context.accounts.load(number)

    return Redemption(
        id=id_of("redemption", record.id),
        channel=channels[record.channel_id],
        platform_id=record.external_id,
        reward_id=None if record.reward_id is None else id_of("reward", record.reward_id),
        title=record.title,
        cost=BigInt(record.cost),
        user_input=record.user_input,
        redeemed_at=record.redeemed_at,
        heard_at=record.first_at,
        state=RedemptionState(standing.told.value),
        progress=RedemptionProgress(standing.progress),
        reason=standing.reason,
        explanation=standing.explanation,
        decided_by=record.actor,
        carried_out_at=record.acted_at,
        settled_at=record.settled_at,
        find_account=account,
    )
