"""/slots: what waits to be played, and calling a slot."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from clients.discord.asked.answering import custom_id
from clients.discord.asked.commands import Asked, Choice, Command, Family, Option, Type
from clients.discord.graph.answers.slots import CallSlot, SlotCall, SlotsList, SlotsMeant
from clients.discord.graph.asking import UNBOUND, Graph, ServerRefused
from clients.discord.graph.communities import Communities
from clients.discord.graph.documents import document
from clients.discord.render.card import Button, Card, Look, Tone
from clients.discord.render.limits import CHOICE_NAME_MAX, shown
from clients.discord.words.language import Words, at

PLACE = "slots:page"
SHOWN = 10
TITLE_MIN, TITLE_MAX = 2, 80
SUGGESTED_WITHIN_S = 1.2


class Slots:
    """The commands, and the button that goes on."""

    def __init__(self, graph: Graph, communities: Communities) -> None:
        self._graph = graph
        self._communities = communities

    @property
    def family(self) -> Family:
        """The commands."""
        game = Option(name="game", type=Type.TEXT, required=True, least=TITLE_MIN, most=TITLE_MAX, suggest=self.suggest)
        return Family(
            name="slots",
            commands=[
                Command(name="slots list", run=self.queue, is_public=True),
                Command(name="slots call", run=self.call, options=[game]),
            ],
        )

    async def queue(self, asked: Asked) -> Card:
        """What waits, from the oldest on."""
        return await self.turn(asked, "")

    async def turn(self, asked: Asked, more: str) -> Card:
        """A page of what waits: `more` holds how many stand before it, and the cursor after them."""
        before, _, after = more.partition(":")
        given = {"guild": asked.interaction.guild, "first": SHOWN, "after": after or None}
        told = cast("SlotsList", await self._graph.ask(document("slots_list"), given))
        return queue_card(asked.words, told, int(before or 0))

    async def call(self, asked: Asked) -> Card:
        """The slot waits now."""
        words, interaction = asked.words, asked.interaction
        community = await self._communities.of(interaction.guild, words("failed.unbound"))
        given = {"community": community, "slot": asked.text("game"), "key": interaction.id}
        told = cast("CallSlot", await self._graph.ask(document("call_slot"), given, interaction.acting))["callSlot"]
        lines = [f"**{titled(told['title'], told['provider'])}**", "", words("slots.place", place=told["place"])]
        return Card(title=words("slots.called_title"), lines=lines, tone=Tone.GOOD, look=Look.CHECK)

    async def suggest(self, asked: Asked) -> Sequence[Choice]:
        """Slots of the catalogue that are like what is typed."""
        typed = asked.text("game").strip()
        if len(typed) < TITLE_MIN:
            return []
        given = {"guild": asked.interaction.guild, "typed": typed[:TITLE_MAX]}
        told = await self._graph.ask(document("slots_meant"), given, timeout_s=SUGGESTED_WITHIN_S)
        community = cast("SlotsMeant", told)["communityOfGuild"]
        found = [] if community is None else community["slotCalls"]["suggestions"]
        return [
            (f"{one['title']} ({one['provider']})" if one["provider"] else one["title"], one["title"])
            for one in found
            if len(one["title"]) <= CHOICE_NAME_MAX
        ]


def titled(title: str, provider: str | None) -> str:
    """A slot, and who makes it where that is known."""
    return shown(title, TITLE_MAX) + (f" ({shown(provider)})" if provider else "")


def queue_card(words: Words, told: SlotsList, before: int) -> Card:
    """A page of the calls that wait, after so many others."""
    community = told["communityOfGuild"]
    if community is None:
        raise ServerRefused(UNBOUND, "")
    calls, rules = community["slotCalls"], community["slotCalls"]["settings"]
    page = calls["queue"]["nodes"]
    lines = [_line(words, before + number, one) for number, one in enumerate(page, 1)]
    state = words("slots.open" if rules["isOpen"] else "slots.closed")
    following = calls["queue"]["pageInfo"]
    more = custom_id("slots", "page", f"{before + len(page)}:{following['endCursor']}")
    row = [
        *([Button(label=words("leaderboard.first"), custom_id=custom_id("slots", "page"))] if before else []),
        *([Button(label=words("pager.next"), custom_id=more)] if following["hasNextPage"] else []),
    ]
    return Card(
        title=words("slots.title", name=shown(community["name"])),
        lines=[state, "", *(lines or [words("slots.empty")])],
        footer=words("slots.waiting", count=calls["waiting"]),
        buttons=[row],
    )


def _line(words: Words, number: int, one: SlotCall) -> str:
    since = at(datetime.fromisoformat(one["calledAt"]), "R")
    account = one["account"]
    # Discord shows a mention by the name that the person has there, and an embed's calls nobody.
    name = f"<@{account['platformId']}>" if account["platform"] == "DISCORD" else shown(account["name"])
    by = words("slots.by", name=name, since=since)
    return f"{words.number(number)}. **{titled(one['title'], one['provider'])}** {by}"
