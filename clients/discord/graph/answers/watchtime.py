"""The answers to the operations of watch time."""

from typing import TypedDict

from clients.discord.graph.answers.shared import PlatformAccount


class WatchedDay(TypedDict):
    """What somebody watched on a day."""

    day: str
    seconds: int


class WatchTimeOfDays(TypedDict):
    """What somebody watched in all, and on each of the last days."""

    seconds: int
    days: list[WatchedDay]


class WatchtimeViewer(TypedDict):
    """Somebody with his watch time and accounts."""

    rank: int | None
    watchTime: WatchTimeOfDays
    accounts: list[PlatformAccount]


class EarningStatus(TypedDict):
    """Why somebody earns watch time right now, or why nobody does."""

    code: str


class WatchtimeCommunity(TypedDict):
    """A community with one of its viewers."""

    name: str
    earningStatus: EarningStatus
    viewerOfAccount: WatchtimeViewer | None


class Watchtime(TypedDict):
    """The answer to `watchtime`."""

    communityOfGuild: WatchtimeCommunity | None
