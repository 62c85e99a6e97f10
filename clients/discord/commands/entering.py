"""The button of a giveaway: a press enters, another one leaves; what came of it is said to the presser alone."""

from typing import Any, cast

from clients.discord.asked.answering import Click, custom_id
from clients.discord.asked.commands import Asked
from clients.discord.graph.answers.giveaways import EnterGiveaway, LeaveGiveaway, MyGiveaway, OwnGiveaway
from clients.discord.graph.asking import Graph
from clients.discord.graph.communities import Communities
from clients.discord.graph.documents import document
from clients.discord.render.card import Button, Card, Look, Style, Tone
from clients.discord.render.limits import shown
from clients.discord.words.language import Words

AREA, PRESS = "giveaways", "press"
PLACE = f"{AREA}:{PRESS}"
TITLE_MAX, LABEL_TITLE_MAX = 100, 40
MILLION = 1_000_000


def press_button(words: Words, giveaway: str, title: str = "") -> Button:
    """The button that enters a giveaway, or leaves it; with its title where several stand beside each other."""
    label = words("giveaways.press_of", title=title[:LABEL_TITLE_MAX]) if title else words("giveaways.press")
    return Button(label=label, custom_id=custom_id(AREA, PRESS, giveaway), style=Style.PRIMARY)


class Entering:
    """Answers the buttons of giveaways; the server says who may be in which one."""

    def __init__(self, graph: Graph, communities: Communities) -> None:
        self._graph = graph
        self._communities = communities

    @property
    def clicks(self) -> dict[str, Click]:
        """Who answers a press."""
        return {PLACE: Click(run=self.press, is_apart=True)}

    async def press(self, asked: Asked, giveaway: str) -> Card:
        """Enter, or leave where the presser is in; what he is told."""
        community = await self._communities.of(asked.interaction.guild, asked.words("failed.unbound"))
        given = {"community": community, "giveaway": giveaway}
        told = await self._graph.ask(document("my_giveaway"), given, asked.interaction.acting)
        mine = cast("MyGiveaway", told)["myGiveaway"]
        if mine is not None and mine["isIn"]:
            left = cast("LeaveGiveaway", await self._change(asked, "leave_giveaway", community, giveaway))
            return left_card(asked.words, left["leaveGiveaway"]["own"])
        entered = cast("EnterGiveaway", await self._change(asked, "enter_giveaway", community, giveaway))
        return entered_card(asked.words, entered["enterGiveaway"]["own"])

    async def _change(self, asked: Asked, name: str, community: str, giveaway: str) -> dict[str, Any]:
        given = {"communityId": community, "giveawayId": giveaway, "idempotencyKey": asked.interaction.id}
        return await self._graph.ask(document(name), {"input": given}, asked.interaction.acting)


def entered_card(words: Words, own: OwnGiveaway) -> Card:
    """That somebody is in, with his chance; and what would keep him out all the same."""
    lines = [words("giveaways.entered", title=shown(own["title"], TITLE_MAX))]
    if own["chance"]:
        chance = words.percent(own["chance"] / MILLION)
        lines.append(words("giveaways.chance", chance=chance, count=int(own["tickets"])))
    if own["advice"] is not None:
        lines.append(f"**{words('raffle.left_out')}** {own['advice']}" if own["leftOut"] else own["advice"])
    is_fine = own["leftOut"] is None
    return Card(
        title=words("giveaways.entered_title"),
        lines=[*lines, words("giveaways.press_leaves")],
        tone=Tone.GOOD if is_fine else Tone.CAREFUL,
        look=Look.CHECK if is_fine else Look.CAREFUL,
    )


def left_card(words: Words, own: OwnGiveaway) -> Card:
    """That somebody is not in any more."""
    lines = [words("giveaways.left", title=shown(own["title"], TITLE_MAX)), words("giveaways.press_enters")]
    return Card(title=words("giveaways.left_title"), lines=lines, tone=Tone.CAREFUL, look=Look.CHECK)
