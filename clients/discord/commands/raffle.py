"""/raffle: what is won and how, what somebody has in it, and who has most."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from clients.discord.asked.answering import custom_id
from clients.discord.asked.commands import Asked, Command, Family, Option, Type
from clients.discord.charts.drawing import Drawing
from clients.discord.commands.raffle_chart import drawn
from clients.discord.commands.raffle_of_member import tickets_of_member
from clients.discord.graph.answers.raffle import (
    ClaimFreeEntry,
    OwnTickets,
    Raffle,
    RaffleBoard,
    RaffleNow,
    TicketStanding,
)
from clients.discord.graph.answers.raffle_admin import RaffleChoice
from clients.discord.graph.asking import Graph, ServerRefused
from clients.discord.graph.communities import Communities
from clients.discord.graph.documents import document
from clients.discord.render.card import Button, Card, Look, Tone
from clients.discord.render.limits import cut, shown
from clients.discord.words.language import Words, at

TOP = 10
BOARD_TOP = Option(name="top", type=Type.WHOLE, least=1, most=25)
MEMBER = Option(name="member", type=Type.USER)
PLACE = "raffle:board"
MILLION = 1_000_000


class RaffleCommands:
    """The commands, and the button that turns the board's pages."""

    def __init__(
        self, graph: Graph, communities: Communities, drawing: Drawing, others: Sequence[Command] = ()
    ) -> None:
        self._graph = graph
        self._drawing = drawing
        self._communities = communities
        self._others = others

    @property
    def family(self) -> Family:
        """The commands."""
        return Family(
            name="raffle",
            commands=[
                Command(name="raffle info", run=self.info, is_public=True),
                Command(name="raffle tickets", run=self.tickets, options=[MEMBER]),
                Command(name="raffle claim", run=self.claim),
                Command(name="raffle board", run=self.board, options=[BOARD_TOP], is_public=True),
                *self._others,
            ],
        )

    async def info(self, asked: Asked) -> Card:
        """What is won, until when, and how to have tickets."""
        given = {"guild": asked.interaction.guild}
        told = cast("Raffle", await self._graph.ask(document("raffle"), given))
        community = told["communityOfGuild"]
        if community is None:
            raise ServerRefused("guild_unbound", asked.words("failed.unbound"))
        raffle = community["raffles"]["current"]
        return nothing_runs(asked.words) if raffle is None else info_card(asked.words, raffle, community["name"])

    async def tickets(self, asked: Asked) -> Card:
        """What somebody has himself; with a member, what that one has, for staff."""
        if asked.text("member", asked.interaction.user) != asked.interaction.user:
            return await tickets_of_member(self._graph, self._communities, asked)
        told = cast("OwnTickets", await self._graph.ask(document("own_tickets"), {}, asked.interaction.acting))
        card, raffle = tickets_card(asked.words, told), told["myRaffle"]
        return card if raffle is None else await drawn(asked.words, card, raffle["days"], self._drawing)

    async def claim(self, asked: Asked) -> Card:
        """The free entry, once for each raffle."""
        words, interaction = asked.words, asked.interaction
        community = await self._communities.of(interaction.guild, words("failed.unbound"))
        given = {"community": community, "key": interaction.id}
        told = cast("ClaimFreeEntry", await self._graph.ask(document("claim_free_entry"), given, interaction.acting))
        count = told["claimFreeEntry"]["tickets"]
        lines = [words("raffle.claimed", count=count)]
        return Card(title=words("raffle.claimed_title"), lines=lines, tone=Tone.GOOD, look=Look.CHECK)

    async def board(self, asked: Asked) -> Card:
        """Who has most."""
        return await self._page(asked, asked.whole("top", TOP), None)

    async def turn(self, asked: Asked, more: str) -> Card:
        """Another page: `more` holds how many places it has, and the cursor before them."""
        top, _, after = more.partition(":")
        return await self._page(asked, int(top), after or None)

    async def _page(self, asked: Asked, top: int, after: str | None) -> Card:
        given = {"guild": asked.interaction.guild, "first": top, "after": after}
        told = cast("RaffleBoard", await self._graph.ask(document("raffle_board"), given))
        return board_card(asked.words, told, top, is_first=after is None)


def nothing_runs(words: Words) -> Card:
    """There is no raffle now."""
    return Card(title=words("raffle.none_title"), lines=[words("raffle.none")], tone=Tone.CAREFUL)


def info_card(words: Words, raffle: RaffleNow, community: str) -> Card:
    """A raffle for whoever thinks of taking part."""
    lines = [
        words("raffle.ends", ends=_at(raffle["endsAt"]), away=_at(raffle["endsAt"], "R")),
        words("raffle.drawn", at=_at(raffle["drawAt"]), count=raffle["rules"]["winners"]),
        words("raffle.holds", tickets=int(raffle["tickets"]), count=raffle["entrants"]),
        *([words("raffle.code", code=raffle["draw"]["code"])] if raffle["draw"] and raffle["draw"]["code"] else []),
        "",
        f"**{words('raffle.how')}**",
        *(f"- {one}" for one in raffle["rules"]["howToEarn"]),
        words("raffle.free"),
    ]
    prizes = [shown(line, 1_000) for line in cut(raffle["rules"]["prizes"], 1_000).split("\n") if line]
    return Card(
        title=title(words, raffle["title"], raffle["number"]),
        lines=[*prizes, *([""] if prizes else []), *lines],
        footer=community,
        buttons=[[Button(label=words("raffle.file"), url=raffle["draw"]["fileUrl"])]]
        if raffle["draw"] and raffle["draw"]["fileUrl"]
        else (),
    )


def tickets_card(words: Words, told: OwnTickets) -> Card:
    """What somebody has, from where, and what stands in his way."""
    raffle = told["myRaffle"]
    if raffle is None:
        return nothing_runs(words)
    lines: list[str] = []
    for one in raffle["mine"]:
        lines.append(f"**{words('raffle.tickets', count=int(one['tickets']))}**")
        if one["chance"]:
            lines.append(words("raffle.chance", chance=words.percent(one["chance"] / MILLION)))
        lines += [
            f"- {words('source.' + source['source'])}: {words.number(int(source['counted']))}"
            for source in one["bySource"]
        ]
        lines += [] if one["freeEntryTaken"] else [words("raffle.free_open")]
        lines += [] if one["warning"] is None else [f"**{words('raffle.left_out')}** {one['warning']}"]
    return Card(
        title=words("raffle.tickets_title", name=title(words, raffle["title"], raffle["number"])),
        lines=lines or [words("raffle.nobody")],
        footer=words("raffle.exact"),
    )


def board_card(words: Words, told: RaffleBoard, top: int, *, is_first: bool) -> Card:
    """A page of the board; names as the server says that everybody may see them."""
    community = told["communityOfGuild"]
    if community is None:
        raise ServerRefused("guild_unbound", words("failed.unbound"))
    raffle = community["raffles"]["current"]
    if raffle is None:
        return nothing_runs(words)
    board = raffle["board"]
    first = [Button(label=words("leaderboard.first"), custom_id=custom_id("raffle", "board", f"{top}:"))]
    following = board["pageInfo"]["endCursor"] if board["pageInfo"]["hasNextPage"] else None
    onward = custom_id("raffle", "board", f"{top}:{following}")
    more = [Button(label=words("pager.next"), custom_id=onward)] if following else []
    return Card(
        title=words("raffle.board_title", name=title(words, raffle["title"], raffle["number"])),
        lines=board_lines(words, board["nodes"]),
        footer=words("leaderboard.count", count=raffle["entrants"]),
        buttons=[[*([] if is_first else first), *more]],
    )


def board_lines(words: Words, found: Sequence[TicketStanding]) -> list[str]:
    """Places on a board of tickets, a line each; a sentence where there is none."""
    lines = [
        f"{words.number(one['rank'])}. {shown(one['publicName'])}: {words('raffle.tickets', count=int(one['tickets']))}"
        for one in found
    ]
    return lines or [words("raffle.empty")]


def named(words: Words, raffle: RaffleChoice) -> str:
    """A raffle in a list: its number, its title, and how it stands."""
    state = words(f"raffle_state.{raffle['state']}")
    return " · ".join([words("raffle.title", number=raffle["number"]), *filter(None, [raffle["title"]]), state])


def title(words: Words, chosen: str, number: int) -> str:
    """What a raffle is called, by its own title or its number."""
    return shown(chosen, 200) if chosen else words("raffle.title", number=number)


def _at(instant: str, style: str = "f") -> str:
    return at(datetime.fromisoformat(instant), style)
