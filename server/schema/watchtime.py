"""Watch time: how much, and why."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.schema.channels import Stream
from server.schema.linking import Account, AccountInput
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ
from server.schema.problems import Refused
from server.schema.scalars import Duration

DAYS_MAX = 92


@strawberry.enum(description="Whether watch time is being earned, or the first thing in the way.")
class Earning(Enum):
    """What is the case right now."""

    EARNING = strawberry.enum_value("earning", description="Somebody is earning watch time.")
    NOT_LIVE = strawberry.enum_value("not_live", description="No attached channel is live.")
    TRACKING_OFF = strawberry.enum_value("tracking_off", description="Tracking is switched off.")
    NO_CHAT_IN_WINDOW = strawberry.enum_value(
        "no_chat_in_window", description="Nobody wrote anything that counts recently."
    )
    BELOW_QUORUM = strawberry.enum_value(
        "below_quorum", description="Too few accounts are active for a minute to count."
    )


@strawberry.enum(description="Why a message is evidence of nothing.")
class IgnoredReason(Enum):
    """Why messages gave no watch time."""

    EXCLUDED = strawberry.enum_value("excluded", description="The account is excluded.")
    TRACKING_OFF = strawberry.enum_value("tracking_off", description="Tracking was switched off.")
    REPEAT = strawberry.enum_value("repeat", description="It repeats one of the account's previous messages.")


@strawberry.enum(description="Why time with evidence does not count.")
class LostReason(Enum):
    """What a guard took away."""

    QUORUM = strawberry.enum_value("quorum", description="Too few accounts were active in those minutes.")
    CAP = strawberry.enum_value("cap", description="The day's cap was used up.")


@strawberry.type(description="Whether anybody earns watch time right now, and if not, why not.")
class EarningStatus:
    """The present state, from the evidence itself."""

    code: Earning = strawberry.field(description="What is the case.", metadata=READ)
    explanation: str = strawberry.field(description="The same in a sentence, with what to do.", metadata=READ)
    at: datetime = strawberry.field(description="The instant this is about.", metadata=READ)


@strawberry.type(description="A stretch of a stream that counts, watched through one account.")
class WatchSpan:
    """A half-open span of time."""

    starts_at: datetime = strawberry.field(description="Its first instant.", metadata=READ)
    ends_at: datetime = strawberry.field(description="The first instant after it.", metadata=READ)
    account: Account = strawberry.field(description="Whose message covers it.", metadata=READ)


@strawberry.type(description="Messages that gave no watch time, for one reason.")
class IgnoredMessages:
    """How many messages were ignored."""

    reason: IgnoredReason = strawberry.field(description="Why.", metadata=READ)
    count: int = strawberry.field(description="How many.", metadata=READ)


@strawberry.type(description="Time with evidence that a guard took away.")
class LostTime:
    """How much was lost."""

    reason: LostReason = strawberry.field(description="Which guard.", metadata=READ)
    seconds: Duration = strawberry.field(description="How much.", metadata=READ)


@strawberry.type(description="What a viewer has of one stream and why, computed anew from the evidence.")
class WatchedStream:
    """The law, applied to one stream."""

    stream: Stream = strawberry.field(description="The stream.", metadata=READ)
    seconds: Duration = strawberry.field(description="What counts: the length of all spans.", metadata=READ)
    spans: list[WatchSpan] = strawberry.field(description="What counts, in time order.", metadata=READ)
    ignored: list[IgnoredMessages] = strawberry.field(description="Messages that gave nothing.", metadata=READ)
    lost: list[LostTime] = strawberry.field(description="What guards took away.", metadata=READ)


@strawberry.type(description="A correction by staff; corrections are added, never edited.")
class WatchAdjustment:
    """An adjustment."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    account: Account = strawberry.field(description="The account it was given to.", metadata=READ)
    seconds: Duration = strawberry.field(description="What was added, or taken away if negative.", metadata=READ)
    reason: str = strawberry.field(description="Why, in the words of whoever did it.", metadata=READ)
    actor: str = strawberry.field(description="Who did it.", metadata=READ)
    at: datetime = strawberry.field(description="When.", metadata=READ)


@strawberry.type(description="A time during which an account was excluded from earning.")
class WatchExclusion:
    """An exclusion by the settings."""

    account: Account = strawberry.field(description="The excluded account.", metadata=READ)
    starts_at: datetime | None = strawberry.field(
        description="From when on; null for as long as there are rules.", metadata=READ
    )
    ends_at: datetime | None = strawberry.field(description="Until when; null while it lasts.", metadata=READ)


@strawberry.type(description="What a viewer watched of the streams that began on one day.")
class WatchedDay:
    """A day by the community's clock."""

    day: str = strawberry.field(description="The date by the community's clock, as 2026-11-22.", metadata=READ)
    seconds: Duration = strawberry.field(
        description="What counts of all streams that began on it, corrections aside.", metadata=READ
    )


class WatchTimeLoader(Protocol):
    """What a viewer's watch time is asked for."""

    async def days(self, last: int) -> list[WatchedDay]:
        """What he watched on each of the last days, oldest first."""
        ...

    async def streams(self, first: int, after: str | None) -> Connection[WatchedStream]:
        """What he has of each stream and why, newest first."""
        ...

    async def adjustments(self, first: int, after: str | None) -> Connection[WatchAdjustment]:
        """The corrections, newest first."""
        ...

    async def exclusions(self) -> list[WatchExclusion]:
        """When his accounts were excluded."""
        ...


@strawberry.type(description="The rules of watch time while one version of them is in force.")
class WatchTimeSettings:
    """A version of the settings; the first one has neither actor nor instants."""

    window: Duration = strawberry.field(description="How long one message is worth.", metadata=READ)
    repeats: int = strawberry.field(
        description="How many of the account's previous messages a message must differ from.", metadata=READ
    )
    quorum: int = strawberry.field(description="How many active accounts a minute needs to count.", metadata=READ)
    daily_cap: Duration | None = strawberry.field(
        description="The most a viewer earns in a local day; null for no cap.", metadata=READ
    )
    tracking: bool = strawberry.field(description="Whether anything is earned at all.", metadata=READ)
    exclude_hosts: bool = strawberry.field(
        description="Whether owners of attached channels and well-known chat bots never earn.", metadata=READ
    )
    effective_from: datetime | None = strawberry.field(
        description="From when on they apply; null for the defaults, which apply from the start.", metadata=READ
    )
    actor: str | None = strawberry.field(description="Who set them; null for the defaults.", metadata=READ)
    created_at: datetime | None = strawberry.field(description="When they were set.", metadata=READ)
    find_excluded: strawberry.Private[Callable[[], Awaitable[list[Account]]]]

    @strawberry.field(description="Accounts that never earn by name, at most 500; hosts come on top.", metadata=READ)
    async def excluded(self) -> list[Account]:
        """The excluded accounts."""
        return await self.find_excluded()


class WatchTimeRulesLoader(Protocol):
    """What a community is asked about the rules of watch time."""

    async def settings(self) -> WatchTimeSettings:
        """The rules in force."""
        ...

    async def history(self, first: int, after: str | None) -> Connection[WatchTimeSettings]:
        """Every version of the rules, newest first."""
        ...

    async def earning(self) -> EarningStatus:
        """Whether anybody earns right now."""
        ...


@strawberry.type(description="A viewer's watch time and everything it is made of.")
class WatchTime:
    """A total and its reasons."""

    seconds: Duration = strawberry.field(description="The total: all streams and corrections together.", metadata=READ)
    loader: strawberry.Private[WatchTimeLoader]

    @strawberry.field(
        description="What the viewer has of each stream and why, newest stream first; at most 20 a page.",
        metadata=READ,
    )
    async def streams(self, first: First, after: After = None) -> Connection[WatchedStream]:
        """The reasons, stream by stream."""
        return await self.loader.streams(first, after)

    @strawberry.field(
        description="What the viewer watched on each of the last 1 to 92 days up to today, oldest first, those without "
        "a stream too, by the community's clock. A stream counts for the day on which it began.",
        metadata={**READ, "at_most": DAYS_MAX},
    )
    async def days(
        self, last: Annotated[int, strawberry.argument(description="How many days.")] = 30
    ) -> list[WatchedDay]:
        """The days."""
        return await self.loader.days(last)

    @strawberry.field(description="Corrections by staff, newest first.", metadata=READ)
    async def adjustments(self, first: First, after: After = None) -> Connection[WatchAdjustment]:
        """The corrections."""
        return await self.loader.adjustments(first, after)

    @strawberry.field(description="When accounts of the viewer were excluded from earning.", metadata=READ)
    async def exclusions(self) -> list[WatchExclusion]:
        """The exclusions."""
        return await self.loader.exclusions()


@strawberry.input(description="What to change in the rules of watch time; what is left out stays as it is.")
class UpdateWatchTimeSettingsInput:
    """Input of updateWatchTimeSettings."""

    community_id: strawberry.ID = strawberry.field(description="Whose rules.")
    window: strawberry.Maybe[Duration] = strawberry.field(
        default=None, description="How long one message is worth, 30 to 3,600 seconds."
    )
    repeats: strawberry.Maybe[int] = strawberry.field(
        default=None, description="How many previous messages a message must differ from, 0 to 5."
    )
    quorum: strawberry.Maybe[int] = strawberry.field(
        default=None, description="How many active accounts a minute needs to count, 1 to 100."
    )
    daily_cap: strawberry.Maybe[Duration | None] = strawberry.field(
        default=None, description="The most a viewer earns in a local day, 60 to 86,400 seconds; null for no cap."
    )
    tracking: strawberry.Maybe[bool] = strawberry.field(default=None, description="Whether anything is earned at all.")
    exclude_hosts: strawberry.Maybe[bool] = strawberry.field(
        default=None, description="Whether owners of attached channels and well-known chat bots never earn."
    )
    excluded: strawberry.Maybe[list[AccountInput]] = strawberry.field(
        default=None, description="All accounts that never earn, at most 500; replaces the list."
    )
    effective_from: datetime | None = strawberry.field(
        default=None, description="From when on the rules apply: now if left out, at most 31 days ago."
    )
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The rules of watch time are these now; streams they concern are being counted anew.")
class WatchTimeSettingsUpdated:
    """Success of updateWatchTimeSettings and setTracking."""

    settings: WatchTimeSettings = strawberry.field(description="The rules now in force.", metadata=READ)


UpdateWatchTimeSettingsResult = Annotated[
    WatchTimeSettingsUpdated | Refused,
    strawberry.union("UpdateWatchTimeSettingsResult", description="What became of changing the rules."),
]


@strawberry.input(description="Whether watch time is earned.")
class SetTrackingInput:
    """Input of setTracking."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    tracking: bool = strawberry.field(description="True to let viewers earn, false to stop it.")
    effective_from: datetime | None = strawberry.field(
        default=None, description="From when on: now if left out, at most 31 days ago."
    )
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


SetTrackingResult = Annotated[
    WatchTimeSettingsUpdated | Refused,
    strawberry.union("SetTrackingResult", description="What became of switching tracking on or off."),
]


@strawberry.input(description="A correction of a viewer's watch time.")
class AdjustWatchTimeInput:
    """Input of adjustWatchTime."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    viewer_id: strawberry.ID = strawberry.field(description="Whose watch time.")
    seconds: Duration = strawberry.field(description="What to add, or to take away if negative.")
    reason: str = strawberry.field(description="Why, 1 to 300 characters; the viewer can read it.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The viewer's watch time was corrected.")
class WatchTimeAdjusted:
    """Success of adjustWatchTime."""

    viewer_id: strawberry.ID = strawberry.field(description="Whose watch time.", metadata=READ)
    seconds: Duration = strawberry.field(description="The total after the correction.", metadata=READ)


AdjustWatchTimeResult = Annotated[
    WatchTimeAdjusted | Refused,
    strawberry.union("AdjustWatchTimeResult", description="What became of a correction."),
]


@strawberry.input(description="A community whose watch time is to be counted anew.")
class RecountWatchTimeInput:
    """Input of recountWatchTime."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    stream_id: strawberry.ID | None = strawberry.field(default=None, description="Only this stream; all without one.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="Streams are being counted anew from the evidence.")
class WatchTimeRecountStarted:
    """Success of recountWatchTime."""

    streams: int = strawberry.field(description="How many.", metadata=READ)


RecountWatchTimeResult = Annotated[
    WatchTimeRecountStarted | Refused,
    strawberry.union("RecountWatchTimeResult", description="What became of asking for a recount."),
]
