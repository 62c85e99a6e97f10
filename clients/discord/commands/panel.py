"""/panel: messages that stay in a channel, wanted, moved, refreshed and deleted by staff."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from clients.discord.asked.commands import Asked, Choice, Command, Family, Option, Type
from clients.discord.asked.confirming import Confirming
from clients.discord.graph.answers.panels import ListPanels, Panel, PanelsCommunity
from clients.discord.graph.asking import UNBOUND, Graph, ServerRefused
from clients.discord.graph.communities import Communities
from clients.discord.graph.documents import document
from clients.discord.render.card import Card, Look, Tone
from clients.discord.words.language import Words, at

MANAGE_GUILD = 1 << 5
KINDS = ("LINK", "LEADERBOARD", "RAFFLE", "SLOTS", "GIVEAWAY")
ENGLISH_LOCALE = "en-US"


class PanelCommands:
    """The commands."""

    def __init__(self, graph: Graph, communities: Communities, confirming: Confirming) -> None:
        self._graph = graph
        self._communities = communities
        self._confirming = confirming

    @property
    def family(self) -> Family:
        """The commands."""
        kind = Option(name="kind", type=Type.TEXT, required=True, choices=KINDS)
        channel = Option(name="channel", type=Type.CHANNEL)
        pin = Option(name="pin", type=Type.YES_NO)
        panel = Option(name="panel", type=Type.TEXT, required=True, suggest=self.suggest)
        where = Option(name="channel", type=Type.CHANNEL, required=True)
        return Family(
            name="panel",
            permissions=MANAGE_GUILD,
            commands=[
                Command(name="panel create", run=self.create, options=[kind, channel, pin]),
                Command(name="panel list", run=self.list),
                Command(name="panel refresh", run=self.refresh, options=[panel]),
                Command(name="panel move", run=self.move, options=[panel, where]),
                Command(name="panel delete", run=self.delete, options=[panel]),
            ],
        )

    async def create(self, asked: Asked) -> Card:
        """A panel is on its way to a channel, this one where none is named."""
        channel = asked.text("channel", asked.interaction.channel or "")
        kind = asked.text("kind")
        given = {
            "kind": kind,
            "channel": channel,
            "pin": asked.is_on("pin", default=True),
            "locale": asked.interaction.guild_locale or ENGLISH_LOCALE,
        }
        await self._change(asked, "create_panel", **given)
        return good(
            asked.words,
            "panel.created_title",
            "panel.created",
            kind=asked.words(f"panel.kind.{kind}"),
            channel=f"<#{channel}>",
        )

    async def list(self, asked: Asked) -> Card:
        """All panels, and how each is."""
        community = await self._panels(asked)
        lines = [line for one in community["panels"] for line in panel_lines(asked.words, one)]
        return Card(
            title=asked.words("panel.list_title"),
            lines=lines or [asked.words("panel.list_empty")],
            footer=community["name"],
        )

    async def refresh(self, asked: Asked) -> Card:
        """A panel is looked at now."""
        await self._change(asked, "refresh_panel", panel=asked.text("panel"))
        return good(asked.words, "panel.refreshed_title", "panel.refreshed")

    async def move(self, asked: Asked) -> Card:
        """A panel is on its way to another channel."""
        channel = asked.text("channel")
        await self._change(asked, "move_panel", panel=asked.text("panel"), channel=channel)
        return good(asked.words, "panel.moved_title", "panel.moved", channel=f"<#{channel}>")

    async def delete(self, asked: Asked) -> Card:
        """Ask first."""
        words, wanted = asked.words, asked.text("panel")
        found = next((one for one in (await self._panels(asked))["panels"] if one["id"] == wanted), None)
        if found is None:
            raise ServerRefused("panel_unknown", words("panel.unknown"))
        kind, channel = words(f"panel.kind.{found['kind']}"), f"<#{found['channelId']}>"
        return self._confirming.card(
            asked,
            title=words("panel.delete_title"),
            lines=[words("panel.delete", kind=kind, channel=channel)],
            label=words("panel.delete_label"),
            run=self._deleted,
        )

    async def _deleted(self, asked: Asked) -> Card:
        await self._change(asked, "delete_panel", panel=asked.text("panel"))
        return good(asked.words, "panel.deleted_title", "panel.deleted")

    async def suggest(self, asked: Asked) -> Sequence[Choice]:
        """The panels, each by its kind and channel."""
        typed = asked.text("panel").casefold()
        named = [(named_panel(asked.words, one), one["id"]) for one in (await self._panels(asked))["panels"]]
        return [one for one in named if typed in one[0].casefold()]

    async def _panels(self, asked: Asked) -> PanelsCommunity:
        given = {"guild": asked.interaction.guild or ""}
        told = cast("ListPanels", await self._graph.ask(document("list_panels"), given, asked.interaction.acting))
        if told["communityOfGuild"] is None:
            raise ServerRefused(UNBOUND, asked.words("failed.unbound"))
        return told["communityOfGuild"]

    async def _change(self, asked: Asked, name: str, **more: Any) -> None:
        interaction = asked.interaction
        community = await self._communities.of(interaction.guild, asked.words("failed.unbound"))
        given = {"community": community, "key": interaction.id, **more}
        await self._graph.ask(document(name), given, interaction.acting)


def good(words: Words, title: str, key: str, **values: Any) -> Card:
    """Something was done."""
    return Card(title=words(title), lines=[words(key, **values)], tone=Tone.GOOD, look=Look.CHECK)


def named_panel(words: Words, panel: Panel) -> str:
    """A panel in a list of suggestions, where Discord draws no mention."""
    return f"{kind_and_state(words, panel)} · {panel['channelId']}"


def kind_and_state(words: Words, panel: Panel) -> str:
    """What a panel shows, and how it is."""
    kind, state = panel["kind"], panel["state"]
    return f"{words(f'panel.kind.{kind}')} · {words(f'panel.state.{state}')}"


def panel_lines(words: Words, panel: Panel) -> list[str]:
    """A panel, how it is, and what stands in its way."""
    link = f"https://discord.com/channels/{panel['guildId']}/{panel['channelId']}/{panel['messageId']}"
    where = link if panel["messageId"] else f"<#{panel['channelId']}>"
    told = f"**{kind_and_state(words, panel)}** · {where}"
    if panel["shownAt"]:
        told += f" · {at(datetime.fromisoformat(panel['shownAt']), 'R')}"
    problem = [words(f"panel.problem.{panel['problem']}")] if panel["problem"] else []
    return [told, *problem]
