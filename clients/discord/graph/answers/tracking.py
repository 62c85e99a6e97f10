"""The answers to the operations with which staff looks after watch time."""

from typing import TypedDict

from clients.discord.graph.answers.shared import PlatformAccount
from clients.discord.graph.answers.watchtime import EarningStatus


class ExplainedStatus(EarningStatus):
    """The same, in a sentence of the server as well."""

    explanation: str


class TrackingSet(TypedDict):
    """Whether watch time is counted, and from when on."""

    tracking: bool
    effectiveFrom: str | None


class TrackingChanged(TypedDict):
    """The rules after a change; a problem is raised before it is read."""

    settings: TrackingSet


class SetTracking(TypedDict):
    """The answer to `set_tracking`."""

    setTracking: TrackingChanged


class Adjusted(TypedDict):
    """What a viewer has now, in seconds."""

    seconds: int


class AdjustWatchTime(TypedDict):
    """The answer to `adjust_watch_time`."""

    adjustWatchTime: Adjusted


class WatchRules(TypedDict):
    """The rules of watch time; spans in seconds."""

    tracking: bool
    window: int
    repeats: int
    quorum: int
    dailyCap: int | None


class LiveChannel(TypedDict):
    """A channel, and whether it is live."""

    isLive: bool
    channel: PlatformAccount


class TrackingCommunity(TypedDict):
    """A community with what decides over watch time."""

    earningStatus: ExplainedStatus
    watchTimeSettings: WatchRules
    streamStatus: list[LiveChannel]


class TrackingStatus(TypedDict):
    """The answer to `tracking_status`."""

    communityOfGuild: TrackingCommunity | None


class Adjustment(TypedDict):
    """A correction by staff, in seconds."""

    seconds: int
    reason: str
    actor: str
    at: str


class Adjustments(TypedDict):
    """The last corrections."""

    nodes: list[Adjustment]


class WatchedByViewer(TypedDict):
    """A viewer's watch time, and how it was corrected."""

    seconds: int
    adjustments: Adjustments


class ViewerOfStaff(TypedDict):
    """A viewer with what staff looks up of him."""

    id: str
    rank: int | None
    accounts: list[PlatformAccount]
    watchTime: WatchedByViewer


class ViewerCommunity(TypedDict):
    """A community with a viewer."""

    viewer: ViewerOfStaff | None


class ViewerForStaff(TypedDict):
    """The answer to `viewer_for_staff`."""

    communityOfGuild: ViewerCommunity | None


class NamedViewer(TypedDict):
    """A viewer by the account whose name was typed."""

    viewerId: str
    account: PlatformAccount


class NamedCommunity(TypedDict):
    """A community with the viewers of a name."""

    viewers: list[NamedViewer]


class ViewersToSuggest(TypedDict):
    """The answer to `viewers_to_suggest`."""

    communityOfGuild: NamedCommunity | None
