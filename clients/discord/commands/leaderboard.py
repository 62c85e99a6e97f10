"""/leaderboard: who watched longest, page by page."""

from typing import cast

from clients.discord.asked.answering import custom_id
from clients.discord.asked.commands import Asked, Command, Family, Option, Type
from clients.discord.graph.answers.leaderboard import Leaderboard
from clients.discord.graph.asking import Graph, ServerRefused
from clients.discord.graph.documents import document
from clients.discord.render.card import Button, Card
from clients.discord.render.limits import shown

TOP = 10
TOP_MAX = 25
PLACE = "leaderboard:page"


class Leaderboards:
    """The command and the button that goes on; a page is found by the cursor that the button bears."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    @property
    def family(self) -> Family:
        """The command."""
        options = [Option(name="top", type=Type.WHOLE, least=1, most=TOP_MAX)]
        return Family(
            name="leaderboard",
            commands=[Command(name="leaderboard", run=self.run, options=options, is_public=True)],
        )

    async def run(self, asked: Asked) -> Card:
        """The first page."""
        return await self._page(asked, asked.whole("top", TOP), None)

    async def turn(self, asked: Asked, more: str) -> Card:
        """Another page: `more` holds how many places it has, and the cursor before them."""
        top, _, after = more.partition(":")
        return await self._page(asked, int(top), after or None)

    async def _page(self, asked: Asked, top: int, after: str | None) -> Card:
        given = {"guild": asked.interaction.guild, "first": top, "after": after}
        return card(asked, cast("Leaderboard", await self._graph.ask(document("leaderboard"), given)), top, after)


def card(asked: Asked, told: Leaderboard, top: int, after: str | None) -> Card:
    """A page of the leaderboard, with a way to the first one and to the next."""
    words, community = asked.words, told["communityOfGuild"]
    if community is None:
        raise ServerRefused("guild_unbound", words("failed.unbound"))
    board = community["leaderboard"]
    lines = [
        f"{words.number(one['rank'])}. {shown(one['publicName'])}: {words.duration(one['seconds'])}"
        for one in board["nodes"]
    ]
    following = board["pageInfo"]["endCursor"] if board["pageInfo"]["hasNextPage"] else None
    first = Button(label=words("leaderboard.first"), custom_id=custom_id("leaderboard", "page", f"{top}:"))
    more = Button(label=words("pager.next"), custom_id=custom_id("leaderboard", "page", f"{top}:{following}"))
    row = [*([first] if after else []), *([more] if following else [])]
    return Card(
        title=words("leaderboard.title", name=shown(community["name"])),
        lines=lines or [words("leaderboard.empty")],
        footer=words("leaderboard.count", count=board["totalCount"]),
        buttons=[row],
    )
