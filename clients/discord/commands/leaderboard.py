"""/leaderboard: who watched longest, or has most tickets in a raffle, page by page, and which place one has oneself."""

from collections.abc import Sequence
from typing import cast

from clients.discord.asked.answering import Click, Clicks, custom_id
from clients.discord.asked.commands import Asked, Choice, Command, Family, Option, Type
from clients.discord.commands.raffle import board_lines, named, nothing_runs, title
from clients.discord.graph.answers.leaderboard import (
    BoardsToChoose,
    Leaderboard,
    TicketBoard,
    TicketBoards,
    TicketPlace,
    WatchPlace,
)
from clients.discord.graph.answers.staffing import ViewerOfMember
from clients.discord.graph.asking import TIMEOUT_S, UNBOUND, Graph, ServerRefused
from clients.discord.graph.documents import document
from clients.discord.render.card import Button, Card
from clients.discord.render.limits import shown
from clients.discord.words.language import Words

TOP = 10
TOP_MAX = 25
PERIOD_MAX = 100
SUGGESTED_WITHIN_S = 1.2
BOARDS = WATCH_TIME, TICKETS = "WATCH_TIME", "TICKETS"
ALL_TIME = "all"
PLACE, TICKET_PAGE, MINE, MY_TICKETS = "leaderboard:page", "board:t", "leaderboard:mine", "board:mine"


class Leaderboards:
    """The command and its buttons. A page is found by the cursor that the button bears, and by the raffle's id.

    So pages of a raffle stay pages of that raffle, also when the next one runs.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    @property
    def family(self) -> Family:
        """The command."""
        options = [
            Option(name="board", type=Type.TEXT, choices=BOARDS),
            Option(name="period", type=Type.TEXT, most=PERIOD_MAX, suggest=self.suggest),
            Option(name="top", type=Type.WHOLE, least=1, most=TOP_MAX),
        ]
        return Family(
            name="leaderboard",
            commands=[Command(name="leaderboard", run=self.run, options=options, is_public=True)],
        )

    @property
    def clicks(self) -> Clicks:
        """Who answers the buttons. A place is told to whoever clicks alone: names on boards may be masked."""
        return {
            PLACE: self.turn,
            TICKET_PAGE: self._turn_tickets,
            MINE: Click(run=self._mine, is_apart=True),
            MY_TICKETS: Click(run=self._my_tickets, is_apart=True),
        }

    async def run(self, asked: Asked) -> Card:
        """The first page; refuses a period that the board does not have."""
        top, period = asked.whole("top", TOP), asked.text("period")
        if asked.text("board", WATCH_TIME) == WATCH_TIME:
            if period not in {"", ALL_TIME}:
                said = asked.words("leaderboard.one_period")
                raise ServerRefused("period_unknown", said, asked.words("leaderboard.leave_period"))
            return await self._page(asked, top, None)
        boards = await self._boards(asked)
        newest = boards["current"] or next(iter(boards["history"]["nodes"]), None)
        if not period:
            return nothing_runs(asked.words) if newest is None else await self._tickets(asked, newest["id"], top, None)
        if all(one["id"] != period for one in boards["history"]["nodes"]):
            said = asked.words("leaderboard.no_period")
            raise ServerRefused("period_unknown", said, asked.words("leaderboard.choose_period"))
        return await self._tickets(asked, period, top, None)

    async def suggest(self, asked: Asked) -> Sequence[Choice]:
        """The periods of the board that is chosen: all time, or raffles whose title or number holds what is typed."""
        words = asked.words
        if asked.text("board", WATCH_TIME) == WATCH_TIME:
            return [(words("leaderboard.all_time"), ALL_TIME)]
        typed = asked.text("period").casefold()
        found = (await self._boards(asked, SUGGESTED_WITHIN_S))["history"]["nodes"]
        said = [(named(words, one), one["id"]) for one in found]
        return [one for one in said if typed in one[0].casefold()]

    async def turn(self, asked: Asked, more: str) -> Card:
        """Another page: `more` holds how many places it has, and the cursor before them."""
        top, _, after = more.partition(":")
        return await self._page(asked, int(top), after or None)

    async def _turn_tickets(self, asked: Asked, more: str) -> Card:
        """Another page of tickets: `more` holds how many places it has, the raffle, and the cursor before them."""
        top, raffle, after = more.split(":", 2)
        return await self._tickets(asked, raffle, int(top), after or None)

    async def _page(self, asked: Asked, top: int, after: str | None) -> Card:
        given = {"guild": asked.interaction.guild, "first": top, "after": after}
        return card(asked, cast("Leaderboard", await self._graph.ask(document("leaderboard"), given)), top, after)

    async def _tickets(self, asked: Asked, raffle: str, top: int, after: str | None) -> Card:
        given = {"guild": asked.interaction.guild, "raffle": raffle, "first": top, "after": after}
        told = cast("TicketBoard", await self._graph.ask(document("ticket_board"), given))
        return ticket_card(asked.words, told, raffle, top, after)

    async def _mine(self, asked: Asked, _: str) -> Card:
        """The place of whoever clicks, by his watch time."""
        words, given = asked.words, {"guild": asked.interaction.guild, "user": asked.interaction.user}
        told = cast("WatchPlace", await self._graph.ask(document("watch_place"), given))
        community = told["communityOfGuild"]
        if community is None:
            raise ServerRefused(UNBOUND, "")
        viewer, board = community["viewerOfAccount"], words("leaderboard.title", name=shown(community["name"]))
        if viewer is None:
            return mine_card(words, board, words("watchtime.unlinked_own"))
        return place_card(words, board, viewer["rank"], words.duration(viewer["watchTime"]["seconds"]))

    async def _my_tickets(self, asked: Asked, raffle: str) -> Card:
        """The place of whoever clicks, in a raffle."""
        words, guild = asked.words, asked.interaction.guild
        who = await self._graph.ask(document("viewer_of_member"), {"guild": guild, "user": asked.interaction.user})
        community = cast("ViewerOfMember", who)["communityOfGuild"]
        if community is None:
            raise ServerRefused(UNBOUND, "")
        viewer = community["viewerOfAccount"]
        if viewer is None:
            return mine_card(words, words("leaderboard.tickets"), words("raffle.nobody"))
        given = {"guild": guild, "raffle": raffle, "viewer": viewer["id"]}
        told = cast("TicketPlace", await self._graph.ask(document("ticket_place"), given))["communityOfGuild"]
        found = None if told is None else told["raffles"]["raffle"]
        if found is None:
            raise ServerRefused("raffle_unknown", words("leaderboard.no_period"))
        held = found["viewerTickets"]
        board = words("raffle.board_title", name=title(words, found["title"], found["number"]))
        count = 0 if held is None else int(held["tickets"])
        rank = None if held is None else held["rank"]
        return place_card(words, board, rank, words("raffle.tickets", count=count))

    async def _boards(self, asked: Asked, within_s: float = TIMEOUT_S) -> BoardsToChoose:
        """The raffles of the Discord server's community; refuses where there is no community."""
        given = {"guild": asked.interaction.guild}
        told = cast("TicketBoards", await self._graph.ask(document("ticket_boards"), given, timeout_s=within_s))
        if told["communityOfGuild"] is None:
            raise ServerRefused(UNBOUND, "")
        return told["communityOfGuild"]["raffles"]


def card(asked: Asked, told: Leaderboard, top: int, after: str | None) -> Card:
    """A page of the leaderboard, with a way to the first one and to the next."""
    words, community = asked.words, told["communityOfGuild"]
    if community is None:
        raise ServerRefused(UNBOUND, "")
    board = community["leaderboard"]
    lines = [
        f"{words.number(one['rank'])}. {shown(one['publicName'])}: {words.duration(one['seconds'])}"
        for one in board["nodes"]
    ]
    following = board["pageInfo"]["endCursor"] if board["pageInfo"]["hasNextPage"] else None
    first = custom_id("leaderboard", "page", f"{top}:") if after else None
    onward = custom_id("leaderboard", "page", f"{top}:{following}") if following else None
    return Card(
        title=words("leaderboard.title", name=shown(community["name"])),
        lines=lines or [words("leaderboard.empty")],
        footer=words("leaderboard.count", count=board["totalCount"]),
        buttons=[buttons(words, first, onward, custom_id("leaderboard", "mine"))],
    )


def ticket_card(words: Words, told: TicketBoard, raffle: str, top: int, after: str | None) -> Card:
    """A page of the board of a raffle; names as the server says that everybody may see them."""
    community = told["communityOfGuild"]
    if community is None:
        raise ServerRefused(UNBOUND, "")
    found = community["raffles"]["raffle"]
    if found is None:
        raise ServerRefused("raffle_unknown", words("leaderboard.no_period"))
    board = found["board"]
    following = board["pageInfo"]["endCursor"] if board["pageInfo"]["hasNextPage"] else None
    first = custom_id("board", "t", f"{top}:{raffle}:") if after else None
    onward = custom_id("board", "t", f"{top}:{raffle}:{following}") if following else None
    return Card(
        title=words("raffle.board_title", name=title(words, found["title"], found["number"])),
        lines=board_lines(words, board["nodes"]),
        footer=words("leaderboard.count", count=found["entrants"]),
        buttons=[buttons(words, first, onward, custom_id("board", "mine", raffle))],
    )


def buttons(words: Words, first: str | None, onward: str | None, mine: str) -> list[Button]:
    """The buttons under a page: to the first one and to the next, as far as there are, and for one's own place."""
    turning = (words("leaderboard.first"), first), (words("pager.next"), onward)
    row = [Button(label=label, custom_id=name) for label, name in turning if name]
    return [*row, Button(label=words("leaderboard.mine"), custom_id=mine)]


def place_card(words: Words, board: str, rank: int | None, held: str) -> Card:
    """A place, and what somebody has it by; that he has none, where he has nothing."""
    if rank is None:
        return mine_card(words, board, words("leaderboard.no_place"))
    return mine_card(words, board, words("leaderboard.my_rank", rank=rank, held=held))


def mine_card(words: Words, board: str, line: str) -> Card:
    """What somebody is told of his own place on a board."""
    return Card(title=words("leaderboard.mine_title"), lines=[f"**{board}**", line])
