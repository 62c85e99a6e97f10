"""The feed: everything that changes in a community, in order, exactly once."""

from datetime import datetime

import strawberry

from server.schema.draws.nouns import DrawProgress
from server.schema.giveaways.nouns import GiveawayProgress
from server.schema.linking import Platform
from server.schema.names import PUBLIC_NAME
from server.schema.policies import READ
from server.schema.raffle.nouns import RaffleState
from server.schema.rewards.nouns import RedemptionProgress
from server.schema.scalars import BigInt, Duration
from server.schema.slotcalls.nouns import SlotCallState
from server.schema.staff import HolderKind, StaffRole


@strawberry.interface(description="Something in the feed of a community.")
class FeedItem:
    """What every item of the feed has."""

    cursor: BigInt = strawberry.field(
        description="Its place. Give the last one seen as `after` to go on without missing or repeating anything.",
        metadata=READ,
    )
    at: datetime = strawberry.field(description="When it happened; of a gap, when it was noticed.", metadata=READ)


@strawberry.type(
    description="Items between the asked cursor and this one cannot be told: they are too old, or the feed is another "
    "one. Read the state anew and go on from here."
)
class FeedGap(FeedItem):
    """A hole in the feed."""

    after: BigInt = strawberry.field(description="The cursor that was asked for.", metadata=READ)


@strawberry.type(description="The new watch time of a viewer.")
class ViewerWatchTime:
    """A viewer's total after a change."""

    viewer_id: strawberry.ID = strawberry.field(description="Whose.", metadata=READ)
    seconds: Duration = strawberry.field(description="The new total.", metadata=READ)


@strawberry.type(description="The watch time of viewers is now another.")
class WatchTimeChanged(FeedItem):
    """Changed balances."""

    count: int = strawberry.field(description="How many viewers it concerns.", metadata=READ)
    viewers: list[ViewerWatchTime] = strawberry.field(
        description="Who, and his new total; of very many only the first.", metadata=READ
    )


@strawberry.type(description="A stream began, ended, or is known better than before.")
class StreamChanged(FeedItem):
    """A changed stream."""

    stream_id: strawberry.ID = strawberry.field(description="Which stream.", metadata=READ)


@strawberry.type(description="The settings of watch time have a new version.")
class WatchTimeSettingsChanged(FeedItem):
    """Changed rules."""


@strawberry.type(description="The community attached a channel.")
class ChannelJoined(FeedItem):
    """A new channel."""

    platform: Platform = strawberry.field(description="Where the channel lives.", metadata=READ)
    platform_id: str = strawberry.field(description="The broadcaster's own id.", metadata=READ)


@strawberry.type(
    description="Accounts of two viewers are one viewer now; his watch time and theirs is told separately."
)
class ViewerLinked(FeedItem):
    """Two viewers that became one."""

    viewer_id: strawberry.ID = strawberry.field(description="The viewer they are.", metadata=READ)
    former_id: strawberry.ID = strawberry.field(
        description="The viewer who is no more; the id leads to the other from now on.", metadata=READ
    )


@strawberry.type(description="An account of a viewer is a viewer of its own again; watch time is told separately.")
class ViewerUnlinked(FeedItem):
    """A viewer that became two."""

    account_id: strawberry.ID = strawberry.field(description="The account that left.", metadata=READ)
    viewer_id: strawberry.ID = strawberry.field(description="The account's own viewer.", metadata=READ)
    rest_id: strawberry.ID = strawberry.field(description="The viewer of the accounts it left.", metadata=READ)


@strawberry.type(description="Somebody is staff of the community from now on, or has another role.")
class StaffGranted(FeedItem):
    """A new grant, or a changed one."""

    holder_kind: HolderKind = strawberry.field(description="What it is given to.", metadata=READ)
    holder_id: str = strawberry.field(description="The platform's own id of the account or role.", metadata=READ)
    role: StaffRole = strawberry.field(description="The role.", metadata=READ)


@strawberry.type(description="Somebody is staff of the community no more.")
class StaffRevoked(FeedItem):
    """A grant that is gone."""

    holder_kind: HolderKind = strawberry.field(description="What it was given to.", metadata=READ)
    holder_id: str = strawberry.field(description="The platform's own id of the account or role.", metadata=READ)


@strawberry.type(description="A slot was called, picked, played or dropped.")
class SlotCallChanged(FeedItem):
    """A changed slot call, with all that is shown of it."""

    call_id: strawberry.ID = strawberry.field(description="Which call.", metadata=READ)
    state: SlotCallState = strawberry.field(description="Where it stands since.", metadata=READ)
    title: str = strawberry.field(description="The slot.", metadata=READ)
    provider: str | None = strawberry.field(description="Who makes the slot, where that is known.", metadata=READ)
    name: str = strawberry.field(description="The name of whoever called.", metadata=READ)
    platform: Platform = strawberry.field(description="Where he has that name.", metadata=READ)
    waiting: int = strawberry.field(description="How many calls wait since.", metadata=READ)


@strawberry.type(description="All slot calls that waited were dropped.")
class SlotQueueCleared(FeedItem):
    """An emptied queue."""

    count: int = strawberry.field(description="How many.", metadata=READ)


@strawberry.type(description="The rules of slot calls are others now.")
class SlotRulesChanged(FeedItem):
    """Changed rules."""

    is_open: bool = strawberry.field(description="Whether viewers may call.", metadata=READ)


@strawberry.type(description="What an overlay shows of alerts, or is about to, is another.")
class StreamAlertsChanged(FeedItem):
    """Changed alerts on stream."""

    overlay: str = strawberry.field(description="Which overlay.", metadata=READ)


@strawberry.type(description="Staff chose what an overlay shows.")
class SceneChanged(FeedItem):
    """A changed scene, with all that is shown of it."""

    overlay: str = strawberry.field(description="Which overlay.", metadata=READ)
    widget: str = strawberry.field(description="The name of the widget that it shows since.", metadata=READ)


@strawberry.type(description="Subscriptions or KICKs came, or what was told of them is known better.")
class TotalsChanged(FeedItem):
    """Changed sums of a community."""


@strawberry.type(description="A giveaway opened or went on, or more people are in it.")
class GiveawayChanged(FeedItem):
    """A changed giveaway, with all that is shown of it."""

    giveaway_id: strawberry.ID = strawberry.field(description="Which one.", metadata=READ)
    number: int = strawberry.field(description="Its number among the community's, from 1.", metadata=READ)
    giveaway_state: GiveawayProgress = strawberry.field(description="Where it stands since.", metadata=READ)
    title: str = strawberry.field(description="Its title.", metadata=READ)
    keyword: str | None = strawberry.field(description="The word to type.", metadata=READ)
    entries: int = strawberry.field(description="How many accounts entered by keyword.", metadata=READ)


@strawberry.type(description="A redemption of a reward of ours got on.")
class RedemptionChanged(FeedItem):
    """A redemption, with all that is shown of it."""

    redemption_id: strawberry.ID = strawberry.field(description="Which redemption.", metadata=READ)
    progress: RedemptionProgress = strawberry.field(description="How it gets on since.", metadata=READ)
    title: str = strawberry.field(description="What the reward was called.", metadata=READ)
    cost: BigInt = strawberry.field(description="How many points it cost.", metadata=READ)
    redeemer: str | None = strawberry.field(description="The name of whoever redeemed it, where known.", metadata=READ)
    platform: Platform = strawberry.field(description="Where he has that name.", metadata=READ)


@strawberry.type(description="What a viewer has in a raffle after a change.")
class ViewerTicketsNow:
    """A viewer's tickets."""

    viewer_id: strawberry.ID = strawberry.field(description="Whose.", metadata=READ)
    tickets: BigInt = strawberry.field(description="How many he has.", metadata=READ)


@strawberry.type(description="Viewers have another number of tickets in a raffle.")
class TicketsChanged(FeedItem):
    """Changed tickets."""

    raffle_id: strawberry.ID = strawberry.field(description="In which raffle.", metadata=READ)
    count: int = strawberry.field(description="How many viewers it concerns.", metadata=READ)
    viewers: list[ViewerTicketsNow] = strawberry.field(
        description="Who, and how many he has; of very many only the first.", metadata=READ
    )


@strawberry.type(description="A raffle began, got other dates, or went on.")
class RaffleChanged(FeedItem):
    """A changed raffle."""

    raffle_id: strawberry.ID = strawberry.field(description="Which raffle.", metadata=READ)
    number: int = strawberry.field(description="Its number among the community's, from 1.", metadata=READ)
    raffle_state: RaffleState = strawberry.field(description="Where it is since.", metadata=READ)


@strawberry.type(description="A draw went on, or waits for another round.")
class DrawChanged(FeedItem):
    """A changed draw."""

    draw_id: strawberry.ID = strawberry.field(description="Which draw.", metadata=READ)
    subject_id: strawberry.ID = strawberry.field(description="The raffle or the giveaway it is of.", metadata=READ)
    number: int = strawberry.field(description="Its number among the draws of that, from 1.", metadata=READ)
    draw_state: DrawProgress = strawberry.field(description="Where it is since.", metadata=READ)


@strawberry.type(description="The code of a draw is out: its list is closed, and its round named.")
class DrawCommitted(FeedItem):
    """A promised draw, with all that is shown of it."""

    draw_id: strawberry.ID = strawberry.field(description="Which draw.", metadata=READ)
    title: str = strawberry.field(description="What is drawn.", metadata=READ)
    is_test: bool = strawberry.field(
        description="Whether it only tries things out and nothing is won; say so plainly.", metadata=READ
    )
    code: str = strawberry.field(description="The code to show.", metadata=READ)
    round: BigInt = strawberry.field(description="The beacon's round that is waited for.", metadata=READ)
    round_at: datetime = strawberry.field(description="When it comes.", metadata=READ)
    entrants: int = strawberry.field(description="How many people are in the list.", metadata=READ)
    tickets: BigInt = strawberry.field(description="How many tickets they have.", metadata=READ)
    file_url: str = strawberry.field(description="Where anybody finds the list.", metadata=READ)


@strawberry.type(description="Somebody who won a draw.")
class RevealedWinner:
    """A winner."""

    position: int = strawberry.field(description="In which place he was drawn, from 1.", metadata=READ)
    ticket: BigInt = strawberry.field(description="The number of the ticket.", metadata=READ)
    platform: Platform = strawberry.field(description="Where his account is.", metadata=READ)
    platform_id: str = strawberry.field(description="The platform's own id of it.", metadata=READ)
    name: str = strawberry.field(description="His whole name there, which is not for the public.", metadata=READ)
    public_name: str = strawberry.field(description=PUBLIC_NAME, metadata=READ)


@strawberry.type(description="It is told who won a draw.")
class DrawRevealed(FeedItem):
    """The winners of a draw."""

    draw_id: strawberry.ID = strawberry.field(description="Which draw.", metadata=READ)
    title: str = strawberry.field(description="What was drawn.", metadata=READ)
    is_test: bool = strawberry.field(
        description="Whether it only tries things out and nothing is won; say so plainly.", metadata=READ
    )
    count: int = strawberry.field(description="How many won.", metadata=READ)
    winners: list[RevealedWinner] = strawberry.field(description="Who won, the first 10 of them.", metadata=READ)
    file_url: str = strawberry.field(description="Where anybody checks it.", metadata=READ)


@strawberry.type(description="A change of a kind that has no type of its own here.")
class OtherChange(FeedItem):
    """A change this version does not know."""

    kind: str = strawberry.field(description="What the server calls it.", metadata=READ)


FEED_TYPES = (
    FeedGap,
    WatchTimeChanged,
    StreamChanged,
    WatchTimeSettingsChanged,
    ChannelJoined,
    ViewerLinked,
    ViewerUnlinked,
    StaffGranted,
    StaffRevoked,
    SlotCallChanged,
    SlotQueueCleared,
    SlotRulesChanged,
    StreamAlertsChanged,
    SceneChanged,
    TotalsChanged,
    RedemptionChanged,
    TicketsChanged,
    RaffleChanged,
    GiveawayChanged,
    DrawChanged,
    DrawCommitted,
    DrawRevealed,
    OtherChange,
)
