"""The answer to the operation that tells who a member is."""

from typing import TypedDict

from clients.discord.graph.answers.shared import PlatformAccount, WatchTime


class ProfileAccount(TypedDict):
    """An account that is linked, and since when."""

    account: PlatformAccount
    at: str


class ProfileViewer(TypedDict):
    """Somebody with his links, watch time and place."""

    id: str
    rank: int | None
    watchTime: WatchTime
    linkedAccounts: list[ProfileAccount]


class ProfileNames(TypedDict):
    """Whether names are masked on boards."""

    masks: bool


class ProfileCommunity(TypedDict):
    """A community with one of its members."""

    name: str
    nameSettings: ProfileNames
    viewerOfAccount: ProfileViewer | None


class Profile(TypedDict):
    """The answer to `profile`."""

    communityOfGuild: ProfileCommunity | None
