"""The answers to the operations of settings."""

from typing import TypedDict


class DiscordChannel(TypedDict):
    """A channel that was chosen for a purpose."""

    purpose: str
    platformId: str


class DiscordChannelsOfCommunity(TypedDict):
    """The channels that a community chose."""

    discordChannels: list[DiscordChannel]


class DiscordChannels(TypedDict):
    """The answer to `discord_channels`."""

    communityOfGuild: DiscordChannelsOfCommunity | None


class DiscordChannelSet(TypedDict):
    """The channel of a purpose; None for none."""

    platformId: str | None


class SetDiscordChannel(TypedDict):
    """The answer to `set_discord_channel`."""

    setDiscordChannel: DiscordChannelSet
