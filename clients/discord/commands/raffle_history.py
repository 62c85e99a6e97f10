"""/raffle history and /raffle verify: what came of raffles, and how anybody checks a draw."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from clients.discord.asked.answering import custom_id
from clients.discord.asked.commands import Asked, Choice, Command, Option, Type
from clients.discord.graph.answers.draws import DrawChecked, DrawToCheck, PastRaffle, RaffleDraws, RaffleHistory
from clients.discord.graph.asking import UNBOUND, Graph, ServerRefused
from clients.discord.graph.documents import document
from clients.discord.render.card import Button, Card, Style, Tone
from clients.discord.render.limits import CHOICE_NAME_MAX, shown
from clients.discord.words.language import Words, at

PLACE = "raffle:history"
ID_MAX = 100
SUGGESTED_WITHIN_S = 1.2
STATES = {
    "OPEN": "raffle.is_open",
    "SETTLING": "raffle.is_settling",
    "FROZEN": "raffle.is_frozen",
    "DRAWN": "raffle.is_over",
    "ARCHIVED": "raffle.is_over",
}


class RaffleHistories:
    """The commands, and the button that goes on to older raffles."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    @property
    def commands(self) -> Sequence[Command]:
        """The commands, which stand beside the others of /raffle."""
        draw = Option(name="draw", type=Type.TEXT, most=ID_MAX, suggest=self.suggest)
        return [
            Command(name="raffle history", run=self.history, is_public=True),
            Command(name="raffle verify", run=self.verify, options=[draw], is_public=True),
        ]

    async def history(self, asked: Asked) -> Card:
        """The newest raffles."""
        return await self.turn(asked, "")

    async def turn(self, asked: Asked, more: str) -> Card:
        """Raffles from the cursor on that the button bears."""
        given = {"guild": asked.interaction.guild, "after": more or None}
        told = cast("RaffleHistory", await self._graph.ask(document("raffle_history"), given))
        return history_card(asked.words, told, is_first=not more)

    async def verify(self, asked: Asked) -> Card:
        """How a draw is checked: the named one, or the newest."""
        told = await self._graph.ask(document("draw_to_check"), {"guild": asked.interaction.guild})
        return check_card(asked.words, cast("DrawToCheck", told), asked.text("draw"))

    async def suggest(self, asked: Asked) -> Sequence[Choice]:
        """The newest draws that fit what is typed, by name and code."""
        given = {"guild": asked.interaction.guild}
        told = await self._graph.ask(document("raffle_draws"), given, timeout_s=SUGGESTED_WITHIN_S)
        community = cast("RaffleDraws", told)["communityOfGuild"]
        typed = asked.text("draw").casefold()
        found = [] if community is None else community["raffles"]["draws"]["nodes"]
        said = [(f"{one['name']} {one['code'] or ''}".strip(), one["name"]) for one in found]
        return [one for one in said if typed in one[0].casefold() and len(one[1]) <= CHOICE_NAME_MAX]


def history_card(words: Words, told: RaffleHistory, *, is_first: bool) -> Card:
    """Raffles with what came of them, newest first."""
    community = told["communityOfGuild"]
    if community is None:
        raise ServerRefused(UNBOUND, "")
    page = community["raffles"]["history"]
    following = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    row = [
        *([] if is_first else [Button(label=words("leaderboard.first"), custom_id=custom_id("raffle", "history"))]),
        *(
            [Button(label=words("pager.next"), custom_id=custom_id("raffle", "history", following))]
            if following
            else []
        ),
    ]
    lines = [line for one in page["nodes"] for line in ["", *_past(words, one)]]
    return Card(
        title=words("raffle.history_title", name=shown(community["name"])),
        lines=lines[1:] or [words("raffle.history_none")],
        buttons=[row],
    )


def _past(words: Words, one: PastRaffle) -> list[str]:
    title = words("raffle.title", number=one["number"]) + (f": {shown(one['title'], 100)}" if one["title"] else "")
    winners = ", ".join(shown(winner["publicName"]) for winner in one["draw"]["winners"]) if one["draw"] else ""
    return [
        f"**{title}**",
        words(STATES[one["state"]], ends=at(datetime.fromisoformat(one["endsAt"]), "d")),
        words("raffle.holds", tickets=int(one["tickets"]), count=one["entrants"]),
        *([words("raffle.won", names=winners)] if winners else []),
    ]


def check_card(words: Words, told: DrawToCheck, wanted: str) -> Card:
    """What was promised of a draw, and what to do to check it."""
    community = told["communityOfGuild"]
    if community is None:
        raise ServerRefused(UNBOUND, "")
    draws = community["raffles"]["draws"]["nodes"]
    found = next((one for one in draws if wanted in {one["name"], one["id"]} or not (wanted or one["isTest"])), None)
    if found is None:
        key = "raffle.check_unknown" if wanted else "raffle.check_none"
        return Card(title=words("raffle.check_title"), lines=[words(key)], tone=Tone.CAREFUL)
    return _checked(words, found, told["serverInfo"]["publicUrl"])


def _checked(words: Words, draw: DrawChecked, server: str) -> Card:
    round_at = at(datetime.fromisoformat(draw["roundAt"]))
    told = [
        *([words("raffle.check_test")] if draw["isTest"] else []),
        words("raffle.code", code=draw["code"]) if draw["code"] else words("raffle.check_early"),
        words("raffle.round", round=draw["round"], at=round_at),
        *(
            [words("raffle.listed", tickets=int(draw["tickets"]), count=draw["entrants"])]
            if draw["entrants"] is not None and draw["tickets"] is not None
            else []
        ),
    ]
    steps = ["raffle.check_compare", "raffle.check_file", "raffle.check_page", "raffle.check_own"]
    file = draw["fileUrl"]
    return Card(
        title=words("raffle.check_of", name=shown(draw["name"], 100)),
        lines=[
            *told,
            *([shown(draw["story"]["sentence"], 500)] if draw["story"]["sentence"] else []),
            *(["", f"**{words('raffle.check_how')}**"] if file else []),
            *(f"{number}. {words(step)}" for number, step in enumerate(steps if file else [], 1)),
        ],
        buttons=[
            [
                Button(label=words("raffle.check_get"), url=file, style=Style.LINK),
                Button(label=words("raffle.check_open"), url=f"{server}/verify", style=Style.LINK),
            ]
        ]
        if file
        else (),
    )
