"""Rewards of channels, and their redemptions."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.channels import Channel
from server.schema.linking import Account
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ, enforced, needs
from server.schema.scalars import BigInt, Duration

MANAGE = needs(Capability.REWARDS_MANAGE)


@strawberry.enum(description="What a reward does.")
class RewardActionKind(Enum):
    """A kind of action."""

    WATCH_TIME_BONUS = strawberry.enum_value("watch_time_bonus", description="Whoever redeems gets watch time.")
    SLOT_CALL = strawberry.enum_value("slot_call", description="The slot that he names is called.")
    CHAT_LINE = strawberry.enum_value("chat_line", description="A line is said in the channel's chat.")
    TICKETS = strawberry.enum_value("tickets", description="Whoever redeems gets tickets of the raffle.")


@strawberry.enum(description="How far the platform knows what a reward is to be.")
class RewardState(Enum):
    """A state of a reward."""

    PENDING = strawberry.enum_value("pending", description="The platform is about to be told.")
    LIVE = strawberry.enum_value("live", description="The platform has it as it is here.")
    FAILED = strawberry.enum_value("failed", description="The platform did not take it; the problem says why.")


@strawberry.enum(description="What the platform says of a redemption.")
class RedemptionState(Enum):
    """A state of a redemption."""

    PENDING = strawberry.enum_value("pending", description="The points are taken, and nothing is decided.")
    ACCEPTED = strawberry.enum_value("accepted", description="The points are spent.")
    REJECTED = strawberry.enum_value("rejected", description="The points were given back.")
    CANCELLED = strawberry.enum_value("cancelled", description="The points were given back before anybody decided.")


@strawberry.enum(description="How a redemption gets on, all things together.")
class RedemptionProgress(Enum):
    """A stage of a redemption."""

    FOREIGN = strawberry.enum_value("foreign", description="The reward was not made here: we only listen.")
    WAITING = strawberry.enum_value("waiting", description="It is about to be carried out.")
    DONE = strawberry.enum_value("done", description="It was carried out.")
    REFUNDING = strawberry.enum_value("refunding", description="The points are about to be given back.")
    REFUNDED = strawberry.enum_value("refunded", description="The viewer has his points back.")
    STUCK = strawberry.enum_value("stuck", description="Somebody has to look at it; the explanation says why.")


@strawberry.type(description="What a reward does when it is redeemed.")
class RewardAction:
    """An action."""

    kind: RewardActionKind = strawberry.field(description="What it does.", metadata=READ)
    seconds: Duration | None = strawberry.field(description="For a bonus: how much watch time.", metadata=READ)
    text: str | None = strawberry.field(description="For a chat line: what is said.", metadata=READ)
    tickets: int | None = strawberry.field(description="For tickets: how many.", metadata=READ)


@strawberry.type(description="A reward of ours in a channel.")
class Reward:
    """A reward."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    channel: Channel = strawberry.field(description="In which channel.", metadata=READ)
    platform_id: str | None = strawberry.field(
        description="The platform's own id; null while it has no such reward.", metadata=READ
    )
    title: str = strawberry.field(description="What it is called.", metadata=READ)
    cost: int = strawberry.field(description="How many of the channel's points it costs.", metadata=READ)
    description: str = strawberry.field(description="What viewers are told about it.", metadata=READ)
    colour: str | None = strawberry.field(description="Its colour as #rrggbb; null for the platform's.", metadata=READ)
    action: RewardAction = strawberry.field(description="What it does.", metadata=READ)
    asks_for_input: bool = strawberry.field(description="Whether whoever redeems writes something.", metadata=READ)
    is_on: bool = strawberry.field(description="Whether it can be redeemed; it is paused otherwise.", metadata=READ)
    state: RewardState = strawberry.field(description="How far the platform knows.", metadata=READ)
    problem: str | None = strawberry.field(description="Why the platform did not take it, as a code.", metadata=READ)
    remedy: str | None = strawberry.field(description="What to do about the problem.", metadata=READ)
    changed_by: str = strawberry.field(description="Who changed it last.", metadata=READ)
    changed_at: datetime = strawberry.field(description="When it was changed last.", metadata=READ)


@strawberry.type(description="Somebody redeemed a reward.")
class Redemption:
    """A redemption."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=MANAGE)
    channel: Channel = strawberry.field(description="In which channel.", metadata=MANAGE)
    platform_id: str = strawberry.field(description="The platform's own id.", metadata=MANAGE)
    reward_id: strawberry.ID | None = strawberry.field(
        description="Our reward; null for one that was made elsewhere.", metadata=MANAGE
    )
    title: str = strawberry.field(description="What the reward was called then.", metadata=MANAGE)
    cost: BigInt = strawberry.field(description="How many points it cost then.", metadata=MANAGE)
    user_input: str = strawberry.field(description="What the viewer wrote; often nothing.", metadata=MANAGE)
    redeemed_at: datetime = strawberry.field(description="When it was redeemed.", metadata=MANAGE)
    heard_at: datetime = strawberry.field(description="When we heard of it first.", metadata=MANAGE)
    state: RedemptionState = strawberry.field(description="What the platform says.", metadata=MANAGE)
    progress: RedemptionProgress = strawberry.field(description="How it gets on.", metadata=MANAGE)
    reason: str | None = strawberry.field(description="Why it stands where it stands, as a code.", metadata=MANAGE)
    explanation: str | None = strawberry.field(description="The same for people.", metadata=MANAGE)
    decided_by: str | None = strawberry.field(
        description="Who of the staff had it refunded or tried again; null for nobody.", metadata=MANAGE
    )
    carried_out_at: datetime | None = strawberry.field(
        description="When it was carried out, or could not be; null before.", metadata=MANAGE
    )
    settled_at: datetime | None = strawberry.field(
        description="When the platform had decided as we wanted, or otherwise for good; null before.", metadata=MANAGE
    )
    find_account: strawberry.Private[Callable[[], Awaitable[Account | None]]]

    @strawberry.field(description="Who redeemed it; null where nobody knows.", metadata=MANAGE)
    async def account(self) -> Account | None:
        """The redeemer."""
        return await self.find_account()


class RewardLoader(Protocol):
    """What a community is asked about rewards."""

    async def all(self) -> list[Reward]:
        """Every reward."""
        ...

    async def redemptions(self, first: int, after: str | None, *, only_stuck: bool) -> Connection[Redemption]:
        """The redemptions, newest first."""
        ...


@strawberry.type(description="The rewards of a community's channels.")
class ChannelRewards:
    """Rewards."""

    loader: strawberry.Private[RewardLoader]

    @strawberry.field(description="Our rewards, at most 300, oldest first.", metadata=READ)
    async def all(self) -> list[Reward]:
        """The rewards."""
        return await self.loader.all()

    @strawberry.field(
        description="What was redeemed, newest first; also what was made elsewhere.", metadata=enforced(MANAGE)
    )
    async def redemptions(
        self,
        first: First,
        after: After = None,
        *,
        only_stuck: Annotated[
            bool, strawberry.argument(description="Only those that somebody has to look at.")
        ] = False,
    ) -> Connection[Redemption]:
        """The redemptions."""
        return await self.loader.redemptions(first, after, only_stuck=only_stuck)
