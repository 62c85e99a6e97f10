"""/giveaway edit: staff changes an open giveaway, for everybody to see, once it confirmed what would be different."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from clients.discord.asked.commands import Asked, Command, Option, Type
from clients.discord.commands.staffing import REASON_MAX, Staffing, done, moment
from clients.discord.graph.answers.giveaway_admin import GiveawayEdited, GiveawayOfStaff
from clients.discord.graph.asking import ServerRefused
from clients.discord.render.card import Card
from clients.discord.render.limits import shown
from clients.discord.words.language import Words

TITLE_MAX = 100
PRIZE_MAX = 1_000
PRIZE_SHOWN = 300
OPTIONS = [
    Option(name="reason", type=Type.TEXT, required=True, least=1, most=REASON_MAX),
    Option(name="title", type=Type.TEXT, least=1, most=TITLE_MAX),
    Option(name="prize", type=Type.TEXT, least=1, most=PRIZE_MAX),
    Option(name="end", type=Type.TEXT, least=1, most=60),
    Option(name="winners", type=Type.WHOLE, least=1, most=100),
]

Find = Callable[[Asked], Awaitable[GiveawayOfStaff]]
"""The giveaway that is meant, or else the newest that is open."""


class GiveawayEditing:
    """The command."""

    def __init__(self, staffing: Staffing, find: Find) -> None:
        self._staffing = staffing
        self._find = find

    def command(self, giveaway: Option) -> Command:
        """The command; it takes the giveaway that is meant."""
        return Command(name="giveaway edit", run=self.edit, options=[*OPTIONS, giveaway])

    async def edit(self, asked: Asked) -> Card:
        """Ask whether a giveaway is to be different; refuses where nothing would be, and an end that is no time."""
        words, found = asked.words, await self._find(asked)
        ends = await self._staffing.moment(asked, "end", is_end=True)
        given, lines = changes(asked, found, ends)
        if not given:
            raise ServerRefused("giveaway_unchanged", words("giveaway.edit_nothing"), words("giveaway.edit_what"))
        head = f"**{shown(found['title'], TITLE_MAX)}**", words("giveaway.entries", count=found["entries"])
        reason = words("raffle_admin.reason", reason=shown(asked.text("reason"), REASON_MAX))
        return self._staffing.confirming.card(
            asked,
            title=words("giveaway.edit"),
            lines=[*head, "", *lines, "", words("giveaway.edit_effect"), reason],
            label=words("giveaway.edit"),
            run=partial(self._edit, found["id"], given, lines),
        )

    async def _edit(self, giveaway: str, given: dict[str, Any], lines: Sequence[str], asked: Asked) -> Card:
        wanted = {"giveawayId": giveaway, "reason": asked.text("reason"), **given}
        told: GiveawayEdited = await self._staffing.do(asked, "update_giveaway", **wanted)
        words, found = asked.words, told["giveaway"]
        head = f"**{shown(found['title'], TITLE_MAX)}**", words("giveaway.entries", count=found["entries"])
        code = words("raffle_admin.rules_hash", hash=found["rulesSha256"])
        return done(words("giveaway.edited"), *head, *lines, code)


def changes(asked: Asked, found: GiveawayOfStaff, ends: datetime | None) -> tuple[dict[str, Any], list[str]]:
    """What is to be different, as the server is asked for it, and a line for each."""
    words, rules, options = asked.words, found["rules"], asked.interaction.options
    lines: list[str] = []
    given: dict[str, Any] = {}
    if "title" in options and asked.text("title") != found["title"]:
        given["title"] = asked.text("title")
        lines.append(_line(words, "title", shown(found["title"], TITLE_MAX), shown(given["title"], TITLE_MAX)))
    if "prize" in options and asked.text("prize") != rules["prize"]:
        given["prize"] = asked.text("prize")
        lines.append(_line(words, "prize", _prize(words, rules["prize"]), _prize(words, given["prize"])))
    if ends is not None and (found["endsAt"] is None or datetime.fromisoformat(found["endsAt"]) != ends):
        given["endsAt"] = ends.isoformat()
        before = words("giveaway.by_staff") if found["endsAt"] is None else moment(found["endsAt"], "F")
        lines.append(_line(words, "end", before, moment(given["endsAt"], "F")))
    if "winners" in options and asked.whole("winners", 1) != rules["winners"]:
        given["winners"] = asked.whole("winners", 1)
        lines.append(_line(words, "winners", words.number(rules["winners"]), words.number(given["winners"])))
    return given, lines


def _line(words: Words, what: str, before: str, after: str) -> str:
    names = {
        "title": words("giveaway.what_title"),
        "prize": words("giveaway.what_prize"),
        "end": words("giveaway.what_end"),
        "winners": words("giveaway.what_winners"),
    }
    return words("giveaway.edit_line", what=names[what], before=before, after=after)


def _prize(words: Words, prize: str) -> str:
    return shown(prize.replace("\n", " "), PRIZE_SHOWN) if prize else words("giveaway.no_prize")
