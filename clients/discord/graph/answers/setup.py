"""The answers to the operations with which a community is set up on Discord."""

from typing import TypedDict

from clients.discord.graph.answers.settings import DiscordChannel


class KickReady(TypedDict):
    """Whether the community's channels on Kick are set up."""

    isReady: bool


class PanelThere(TypedDict):
    """A panel, and how it is."""

    kind: str
    state: str


class RoleThere(TypedDict):
    """A role that is given."""

    roleId: str


class RolesThere(TypedDict):
    """The roles that are given."""

    all: list[RoleThere]


class CommunitySteps(TypedDict):
    """How far a community is set up."""

    name: str
    timezone: str
    kickSetup: KickReady
    discordChannels: list[DiscordChannel]
    panels: list[PanelThere]
    roleRewards: RolesThere


class SetupSteps(TypedDict):
    """The answer to `setup_steps`."""

    communityOfGuild: CommunitySteps | None


class GuildBound(TypedDict):
    """The community that the Discord server belongs to now."""

    communityName: str


class BindGuild(TypedDict):
    """The answer to `bind_guild`."""

    bindGuild: GuildBound
