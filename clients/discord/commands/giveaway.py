"""/giveaway: open a giveaway, end, draw or give it up, and pass a winner over."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from clients.discord.asked.answering import Click, Clicks
from clients.discord.asked.commands import Asked, Choice, Command, Family, Option, Type
from clients.discord.commands.giveaway_edit import GiveawayEditing
from clients.discord.commands.giveaway_entries import ENTRANTS, GiveawayEntries
from clients.discord.commands.giveaway_entries import PLACE as PAGES
from clients.discord.commands.staffing import MANAGE_GUILD, REASON_MAX, Staffing, done, moment, reason, winners
from clients.discord.graph.answers.giveaway_admin import GiveawayChanged, GiveawayOfStaff
from clients.discord.graph.asking import ServerRefused
from clients.discord.render.card import Card
from clients.discord.render.limits import shown
from clients.discord.words.language import Words

KINDS = ("KEYWORD", "CHATTERS", "TICKETS")
PASS_REASONS = ("UNCLAIMED", "INELIGIBLE_RULES", "BANNED_PLATFORM", "DECLINED", "DUPLICATE_PERSON")
TITLE_MAX = 100
LISTED = 10
ENTERED = frozenset({"OPEN"})
ENTERABLE = frozenset({"OPEN", "CLOSED"})
DRAWABLE = frozenset({"OPEN", "CLOSED", "DRAWN", "CLAIMED", "EXPIRED"})
UNDECIDED = frozenset({"OPEN", "CLOSED", "COMMITTED"})
DRAWN = frozenset({"DRAWN", "CLAIMED", "EXPIRED"})

START = [
    Option(name="title", type=Type.TEXT, required=True, least=1, most=TITLE_MAX),
    Option(name="end", type=Type.TEXT, least=1, most=60),
    Option(name="kind", type=Type.TEXT, choices=KINDS),
    Option(name="keyword", type=Type.TEXT, least=1, most=50),
    Option(name="winners", type=Type.WHOLE, least=1, most=100),
    Option(name="prize", type=Type.TEXT, least=1, most=1_000),
    Option(name="subscribers", type=Type.YES_NO),
    Option(name="discord", type=Type.YES_NO),
]
PLACE = Option(name="place", type=Type.WHOLE, required=True, least=1, most=200)
WHY = Option(name="why", type=Type.TEXT, required=True, choices=PASS_REASONS)
REASON = Option(name="reason", type=Type.TEXT, least=1, most=REASON_MAX)
REASONED = Option(name="reason", type=Type.TEXT, required=True, least=1, most=REASON_MAX)


class GiveawayCommands:
    """The commands; where no giveaway is named, the newest is meant of those with which it can be done."""

    def __init__(self, staffing: Staffing) -> None:
        self._staffing = staffing
        self._entries = GiveawayEntries(staffing, self._meant)
        self._editing = GiveawayEditing(staffing, partial(self._found, states=ENTERED))

    @property
    def clicks(self) -> Clicks:
        """Who turns the pages of who is in."""
        return {PAGES: self._entries.turn, ENTRANTS: Click(run=self._entries.turn, is_apart=True)}

    @property
    def family(self) -> Family:
        """The commands."""
        which = Option(name="giveaway", type=Type.TEXT, suggest=self.suggest)
        commands = [
            Command(name="giveaway start", run=self.start, options=START),
            self._editing.command(which),
            Command(name="giveaway end", run=self.end, options=[which]),
            Command(name="giveaway draw", run=self.draw, options=[which]),
            Command(name="giveaway reroll", run=self.reroll, options=[PLACE, WHY, REASONED, which]),
            Command(name="giveaway cancel", run=self.cancel, options=[which, REASON]),
            Command(name="giveaway list", run=self.listed),
            *self._entries.commands(which),
        ]
        return Family(name="giveaway", commands=commands, permissions=MANAGE_GUILD)

    async def suggest(self, asked: Asked) -> Sequence[Choice]:
        """Giveaways whose title or number holds what is being typed."""
        typed = asked.text("giveaway").lower()
        found = [(_line(asked.words, one), one["id"]) for one in await self._last(asked)]
        return [one for one in found if typed in one[0].lower()]

    async def start(self, asked: Asked) -> Card:
        """Open a giveaway; refuses an end that is no time."""
        words = asked.words
        ends = await self._staffing.moment(asked, "end", is_end=True)
        given: dict[str, Any] = {
            "title": asked.text("title"),
            "kind": asked.text("kind", "KEYWORD"),
            "keyword": asked.text("keyword"),
            "endsAt": None if ends is None else ends.isoformat(),
            "winners": asked.whole("winners", 1),
            "prize": asked.text("prize"),
            "subscribersOnly": asked.is_on("subscribers", default=False),
            "byDiscord": asked.is_on("discord", default=False) if "discord" in asked.interaction.options else None,
        }
        return _changed(words, words("giveaway.opened"), await self._staffing.do(asked, "open_giveaway", **given))

    async def end(self, asked: Asked) -> Card:
        """Ask whether nobody else is to come in."""
        found = await self._found(asked, ENTERED)
        effect = asked.words("giveaway.end_effect")
        return self._ask(asked, asked.words("giveaway.end"), found, [effect], self._end)

    async def _end(self, giveaway: str, asked: Asked) -> Card:
        told = await self._staffing.do(asked, "close_giveaway", giveawayId=giveaway)
        return _changed(asked.words, asked.words("giveaway.ended"), told)

    async def draw(self, asked: Asked) -> Card:
        """Ask whether a giveaway is to be drawn."""
        found = await self._found(asked, DRAWABLE)
        effect = asked.words("giveaway.draw_effect", count=found["rules"]["winners"])
        return self._ask(asked, asked.words("giveaway.draw"), found, [effect], self._draw)

    async def _draw(self, giveaway: str, asked: Asked) -> Card:
        told = await self._staffing.do(asked, "draw_giveaway", giveawayId=giveaway)
        words, draw = asked.words, told["giveaway"]["draw"]
        lines: list[str] = []
        if draw is not None:
            at, away = moment(draw["roundAt"], "F"), moment(draw["roundAt"], "R")
            lines.append(words("raffle_admin.drawn", at=at, away=away))
        code = None if draw is None else draw["code"]
        lines.append(words("raffle_admin.code_follows") if code is None else words("raffle.code", code=code))
        return done(words("raffle_admin.drawn_title"), *lines)

    async def reroll(self, asked: Asked) -> Card:
        """Ask whether a winner is to be passed over for the next who was drawn."""
        found = await self._found(asked, DRAWN)
        words, place, draw = asked.words, asked.whole("place", 1), found["draw"]
        winner = next((one for one in draw["winners"] if one["position"] == place), None) if draw else None
        if winner is None:
            no_winner = words("raffle_admin.no_winner", place=place)
            raise ServerRefused("winner_unknown", no_winner, words("raffle_admin.places"))
        why = words(f"option.giveaway reroll.why.{asked.text('why')}")
        lines = [
            words("raffle_admin.redraw_effect", name=shown(winner["account"]["name"]), place=place, why=why),
            words("raffle_admin.reason", reason=shown(asked.text("reason"), REASON_MAX)),
        ]
        return self._ask(asked, words("raffle_admin.redraw"), found, lines, self._reroll)

    async def _reroll(self, giveaway: str, asked: Asked) -> Card:
        given = {"giveawayId": giveaway, "position": asked.whole("place", 1), "code": asked.text("why")}
        told = await self._staffing.do(asked, "redraw_giveaway", **given, reason=asked.text("reason"))
        draw = told["giveaway"]["draw"]
        nobody = asked.words("giveaway.nobody_left")
        return done(asked.words("raffle_admin.passed"), *(winners(asked.words, draw["winners"]) or [nobody]))

    async def cancel(self, asked: Asked) -> Card:
        """Ask whether a giveaway is to be given up."""
        found = await self._found(asked, UNDECIDED)
        lines = [asked.words("giveaway.cancel_effect"), asked.words("raffle_admin.reason", reason=shown(reason(asked)))]
        return self._ask(asked, asked.words("giveaway.cancel"), found, lines, self._cancel)

    async def _cancel(self, giveaway: str, asked: Asked) -> Card:
        told = await self._staffing.do(asked, "cancel_giveaway", giveawayId=giveaway, reason=reason(asked))
        return _changed(asked.words, asked.words("giveaway.canceled"), told)

    async def listed(self, asked: Asked) -> Card:
        """The last giveaways, how they stand, and who has won."""
        words = asked.words
        lines: list[str] = []
        for one in (await self._last(asked))[:LISTED]:
            lines += [shown(_line(words, one), 200), _entries(words, one["entries"])]
            lines += [] if one["draw"] is None else winners(words, one["draw"]["winners"])
        return Card(title=words("giveaway.list"), lines=lines or [words("giveaway.none")])

    def _ask(self, asked: Asked, label: str, found: GiveawayOfStaff, lines: Sequence[str], run: Any) -> Card:
        """Have something be confirmed that is done to a giveaway."""
        head = [f"**{shown(found['title'], TITLE_MAX)}**", _entries(asked.words, found["entries"])]
        run = partial(run, found["id"])
        return self._staffing.confirming.card(asked, title=label, lines=[*head, *lines], label=label, run=run)

    async def _meant(self, asked: Asked) -> str:
        """The id of the giveaway that was chosen, or else of the newest whose list is not closed yet."""
        return asked.text("giveaway") or (await self._found(asked, ENTERABLE))["id"]

    async def _last(self, asked: Asked) -> list[GiveawayOfStaff]:
        return (await self._staffing.read(asked, "giveaways_for_staff"))["giveaways"]["nodes"]

    async def _found(self, asked: Asked, states: frozenset[str]) -> GiveawayOfStaff:
        """The giveaway that was chosen, or else the newest in one of the states; refuses where there is none."""
        chosen, last = asked.text("giveaway"), await self._last(asked)
        fit = (one for one in last if (one["id"] == chosen if chosen else one["state"] in states))
        found = next(fit, None)
        if found is None:
            said = asked.words("giveaway.none_fit")
            raise ServerRefused("giveaway_unknown", said, asked.words("giveaway.choose"))
        return found


def _line(words: Words, one: GiveawayOfStaff) -> str:
    """A giveaway in a list: its number, its title, and how it stands."""
    state = words(f"giveaway_state.{one['state']}")
    return f"{words.number(one['number'])}. {one['title']} · {state}"


def _entries(words: Words, count: int) -> str:
    return words("giveaway.entries", count=count)


def _changed(words: Words, head: str, told: GiveawayChanged) -> Card:
    """A giveaway as it is now."""
    found = told["giveaway"]
    keyword = found["rules"]["keyword"]
    lines = [f"**{shown(found['title'], TITLE_MAX)}**", _entries(words, found["entries"])]
    lines += [words("giveaway.keyword", keyword=shown(keyword, 100))] if keyword else []
    if found["endsAt"] is not None:
        lines.append(words("giveaway.ends", at=moment(found["endsAt"], "F"), away=moment(found["endsAt"], "R")))
    return done(head, *lines, words("giveaway.winners", count=found["rules"]["winners"]))
