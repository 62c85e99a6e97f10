"""/settings: which channel of the Discord server gets what, and whether the bot may write there."""

from collections.abc import Callable, Sequence
from typing import cast

from clients.discord.asked.commands import Asked, Command, Family, Option, Type
from clients.discord.commands.staffing import MANAGE_GUILD, Staffing
from clients.discord.graph.answers.settings import DiscordChannelsOfCommunity
from clients.discord.library.permissions import in_channel, lacking
from clients.discord.library.refusals import DiscordAway, DiscordRefused
from clients.discord.library.rest import Rest
from clients.discord.render.card import Card, Look, Tone
from clients.discord.words.language import Words

PURPOSES = {
    "ANNOUNCEMENTS": "settings.announcements",
    "RAFFLE": "settings.raffle",
    "GIVEAWAYS": "settings.giveaways",
    "SLOT_CALLS": "settings.slot_calls",
    "LINK_LOG": "settings.link_log",
    "STAFF": "settings.staff",
}
NOT_WRITTEN = frozenset({4, 14, 15, 16})
"""Discord's types of channels that hold no messages of their own: categories, directories, forums, media."""


class Settings:
    """The commands, with `others` of the same name; `rest` asks Discord what the bot may do."""

    def __init__(self, staffing: Staffing, rest: Callable[[], Rest], others: Sequence[Command]) -> None:
        self._staffing = staffing
        self._rest = rest
        self._others = others

    @property
    def family(self) -> Family:
        """The commands."""
        purpose = Option(name="purpose", type=Type.TEXT, required=True, choices=tuple(PURPOSES))
        channel = Option(name="channel", type=Type.CHANNEL)
        commands = [
            Command(name="settings channel", run=self.channel, options=[purpose, channel]),
            Command(name="settings view", run=self.view),
            *self._others,
        ]
        return Family(name="settings", commands=commands, permissions=MANAGE_GUILD)

    async def channel(self, asked: Asked) -> Card:
        """Have something posted into a channel from now on, or nowhere."""
        words, purpose, channel = asked.words, asked.text("purpose"), asked.text("channel") or None
        await self._staffing.do(asked, "set_discord_channel", purposes=[purpose], platformId=channel)
        what = words(PURPOSES[purpose])
        if channel is None:
            return Card(title=words("settings.nowhere_title"), lines=[words("settings.nowhere_now", what=what)])
        lines = [words("settings.there_now", what=what, channel=f"<#{channel}>")]
        trouble = await self._trouble(asked, channel)
        if trouble is None:
            lines.append(words("settings.may_write"))
            return Card(title=words("settings.title"), lines=lines, tone=Tone.GOOD, look=Look.CHECK)
        return Card(title=words("settings.title"), lines=[*lines, trouble], tone=Tone.CAREFUL, look=Look.CAREFUL)

    async def view(self, asked: Asked) -> Card:
        """Which channel gets what, and what stands in the way."""
        words = asked.words
        told = cast("DiscordChannelsOfCommunity", await self._staffing.read(asked, "discord_channels"))
        chosen = {one["purpose"]: one["platformId"] for one in told["discordChannels"]}
        lines: list[str] = []
        for purpose, key in PURPOSES.items():
            channel = chosen.get(purpose)
            where = words("settings.nowhere") if channel is None else f"<#{channel}>"
            lines.append(f"**{words(key)}** {where}")
            trouble = None if channel is None else await self._trouble(asked, channel)
            lines += [] if trouble is None else [f"{Look.CAREFUL}{trouble}"]
        return Card(title=words("settings.title"), lines=[*lines, "", words("settings.change")])

    async def _trouble(self, asked: Asked, channel: str) -> str | None:
        """Why the bot may not write into a channel; None where it may. Nothing is posted to find that out."""
        words, guild = asked.words, asked.interaction.guild or ""
        try:
            rest = self._rest()
            found = await rest.channel(channel)
            member = await rest.member(guild, asked.interaction.application)
            missing = lacking(in_channel(guild, await rest.roles(guild), member, found))
        except DiscordRefused as refused:
            return words("settings.unseen", code=str(refused.code))
        except DiscordAway:
            return words("settings.unknown")
        if found.get("guild_id") != guild:
            return words("settings.elsewhere")
        if found["type"] in NOT_WRITTEN:
            return words("settings.no_messages")
        return missing_words(words, missing)


def missing_words(words: Words, missing: list[str], key: str = "settings.lacks") -> str | None:
    """Which permissions the bot lacks, under Discord's own names, in the sentence `key`."""
    return words(key, permissions=", ".join(missing)) if missing else None
