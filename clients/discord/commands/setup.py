"""/setup: binds the Discord server to a community, and goes through what is left to be set up, step by step."""

from collections.abc import Callable, Sequence
from typing import cast

from clients.discord.asked.answering import Clicks, custom_id
from clients.discord.asked.commands import Asked, Command, Family, Option, Type
from clients.discord.commands.settings import PURPOSES, missing_words
from clients.discord.commands.staffing import MANAGE_GUILD, Staffing
from clients.discord.graph.answers.setup import BindGuild, CommunitySteps, SetupSteps
from clients.discord.graph.asking import UNBOUND, ServerRefused
from clients.discord.graph.documents import document
from clients.discord.library.permissions import INVITED, in_channel, lacking
from clients.discord.library.refusals import DiscordAway, DiscordRefused
from clients.discord.library.rest import Rest
from clients.discord.render.card import Button, Card, Look, Style, Tone
from clients.discord.render.limits import shown
from clients.discord.words.language import Words

AREA = "setup"
CODE_MAX = 64
NAME_MAX = 100
FOR_VIEWERS = ("ANNOUNCEMENTS", "RAFFLE", "GIVEAWAYS", "SLOT_CALLS")
FOR_STAFF = ("LINK_LOG", "STAFF")
ENGLISH_LOCALE = "en-US"

Step = tuple[bool, str]
"""Whether it is done, and how it stands or what to do."""


class Setup:
    """The command, and the buttons below its answer; `rest` asks Discord what the bot may do."""

    def __init__(self, staffing: Staffing, rest: Callable[[], Rest]) -> None:
        self._staffing = staffing
        self._rest = rest

    @property
    def family(self) -> Family:
        """The command."""
        code = Option(name="code", type=Type.TEXT, least=1, most=CODE_MAX)
        return Family(
            name="setup", commands=[Command(name="setup", run=self.run, options=[code])], permissions=MANAGE_GUILD
        )

    @property
    def clicks(self) -> Clicks:
        """Who answers the buttons."""
        return {
            f"{AREA}:look": self._look,
            f"{AREA}:viewers": self._viewers,
            f"{AREA}:staff": self._staff,
            f"{AREA}:panel": self._panel,
        }

    async def run(self, asked: Asked) -> Card:
        """What is set up and what is left; with a code of the community's page, the server is bound to it first."""
        code = asked.text("code")
        if code:
            given = {
                "code": code,
                "guildName": await self._server_name(asked),
                "idempotencyKey": asked.interaction.id,
            }
            told = await self._staffing.graph.ask(document("bind_guild"), {"input": given}, asked.interaction.acting)
            name = shown(cast("BindGuild", told)["bindGuild"]["communityName"], NAME_MAX)
            news = asked.words("setup.bound_now", name=name)
            return await self._steps(asked, news) or _bound(asked.words, news)
        return await self._steps(asked) or _unbound(asked.words)

    async def _look(self, asked: Asked, _: str) -> Card:
        return await self._steps(asked) or _unbound(asked.words)

    async def _viewers(self, asked: Asked, _: str) -> Card:
        """What is for everybody is posted here, as far as it has no channel yet."""
        return await self._post_here(asked, FOR_VIEWERS)

    async def _staff(self, asked: Asked, _: str) -> Card:
        """What is for staff is posted here, as far as it has no channel yet."""
        return await self._post_here(asked, FOR_STAFF)

    async def _post_here(self, asked: Asked, purposes: Sequence[str]) -> Card:
        found = cast("CommunitySteps", await self._staffing.read(asked, "setup_steps"))
        wanted, channel = _missing_purposes(found, purposes), asked.interaction.channel
        if wanted:
            await self._staffing.do(asked, "set_discord_channel", purposes=wanted, platformId=channel)
        news = asked.words("setup.here_now", channel=f"<#{channel}>")
        return await self._steps(asked, news) or _unbound(asked.words)

    async def _panel(self, asked: Asked, _: str) -> Card:
        """The panel for linking is on its way to this channel."""
        interaction = asked.interaction
        given = {
            "community": (await self._staffing.here(asked)).id,
            "kind": "LINK",
            "channel": interaction.channel,
            "pin": True,
            "locale": interaction.guild_locale or ENGLISH_LOCALE,
            "key": interaction.id,
        }
        await self._staffing.graph.ask(document("create_panel"), given, interaction.acting)
        return await self._steps(asked, asked.words("setup.panel_now")) or _unbound(asked.words)

    async def _steps(self, asked: Asked, news: str = "") -> Card | None:
        """Every step, with buttons for what is left; None to whoever the server tells nothing of a community here."""
        words = asked.words
        given = {"guild": asked.interaction.guild}
        try:
            told = await self._staffing.graph.ask(document("setup_steps"), given, asked.interaction.acting)
        except ServerRefused as refused:
            if refused.code != UNBOUND:
                raise
            return None
        found = cast("SetupSteps", told)["communityOfGuild"]
        if found is None:
            return None
        steps = [*_known(words, found), await self._permissions(asked)]
        is_done = all(done for done, _ in steps)
        lines = [f"{Look.CHECK if done else Look.CAREFUL}{line}" for done, line in steps]
        return Card(
            title=words("setup.done" if is_done else "setup.title"),
            lines=[*([news, ""] if news else []), *lines],
            footer=words("setup.footer"),
            tone=Tone.GOOD if is_done else Tone.PLAIN,
            look=Look.CHECK if is_done else Look.NONE,
            buttons=[_buttons(words, found)],
        )

    async def _permissions(self, asked: Asked) -> Step:
        """What the bot may not do in the whole server that it was invited for."""
        words, guild = asked.words, asked.interaction.guild or ""
        try:
            rest = self._rest()
            member = await rest.member(guild, asked.interaction.application)
            missing = lacking(in_channel(guild, await rest.roles(guild), member, {}), INVITED)
        except (DiscordRefused, DiscordAway):
            return False, words("setup.permissions_unknown")
        lacks = missing_words(words, missing, "setup.lacks")
        return lacks is None, lacks or words("setup.permissions")

    async def _server_name(self, asked: Asked) -> str:
        """What the Discord server is called; its id where Discord does not tell."""
        guild = asked.interaction.guild or ""
        try:
            return str((await self._rest().guild(guild))["name"])
        except (DiscordRefused, DiscordAway):
            return guild


def _bound(words: Words, news: str) -> Card:
    """It is bound, by somebody whom the community does not know yet."""
    lines = [news, words("setup.link_first")]
    return Card(title=words("setup.title"), lines=lines, tone=Tone.GOOD, look=Look.CHECK)


def _unbound(words: Words) -> Card:
    """How the Discord server is bound. Whoever runs nothing here is told the same."""
    lines = [words("setup.unbound"), words("setup.how_to_bind"), words("setup.link_first")]
    return Card(title=words("setup.title"), lines=lines, tone=Tone.CAREFUL, look=Look.CAREFUL)


def _missing_purposes(found: CommunitySteps, purposes: Sequence[str]) -> list[str]:
    chosen = {one["purpose"] for one in found["discordChannels"]}
    return [one for one in purposes if one not in chosen]


def _has_link_panel(found: CommunitySteps) -> bool:
    return any(one["kind"] == "LINK" for one in found["panels"])


def _known(words: Words, found: CommunitySteps) -> list[Step]:
    """The steps that the server knows of."""
    open_purposes = _missing_purposes(found, tuple(PURPOSES))
    named = ", ".join(words(PURPOSES[one]) for one in open_purposes)
    roles, is_ready = len(found["roleRewards"]["all"]), found["kickSetup"]["isReady"]
    name = shown(found["name"], NAME_MAX)
    return [
        (True, words("setup.community", name=name, zone=found["timezone"])),
        (is_ready, words("setup.kick" if is_ready else "setup.kick_unready")),
        (not open_purposes, words("setup.channels_open", what=named) if open_purposes else words("setup.channels")),
        (_has_link_panel(found), words("setup.panel" if _has_link_panel(found) else "setup.no_panel")),
        (roles > 0, words("setup.roles", count=roles) if roles else words("setup.no_roles")),
    ]


def _buttons(words: Words, found: CommunitySteps) -> list[Button]:
    """What can be done with a click, and a look at how it stands now."""
    wanted = [
        ("viewers", words("setup.button.viewers"), bool(_missing_purposes(found, FOR_VIEWERS))),
        ("staff", words("setup.button.staff"), bool(_missing_purposes(found, FOR_STAFF))),
        ("panel", words("setup.button.panel"), not _has_link_panel(found)),
    ]
    buttons = [
        Button(label=label, custom_id=custom_id(AREA, verb), style=Style.PRIMARY)
        for verb, label, is_left in wanted
        if is_left
    ]
    return [*buttons, Button(label=words("setup.button.look"), custom_id=custom_id(AREA, "look"))]
