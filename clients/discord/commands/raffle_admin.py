"""/raffle-admin: begin, end and date a raffle, draw it, and give tickets."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from clients.discord.asked.commands import Asked, Choice, Command, Family, Option, Type
from clients.discord.commands.granting import granted
from clients.discord.commands.raffle import named, title
from clients.discord.commands.raffle_of_member import held_card
from clients.discord.commands.staffing import MANAGE_GUILD, REASON_MAX, Staffing, done, moment, reason, winners
from clients.discord.graph.answers.raffle_admin import (
    RaffleBeforeDraw,
    RaffleChanged,
    RaffleOfStaff,
    RafflesToChoose,
)
from clients.discord.graph.asking import ServerRefused
from clients.discord.render.card import Card
from clients.discord.render.limits import shown
from clients.discord.words.language import Words

PASS_REASONS = ("UNCLAIMED", "INELIGIBLE_RULES", "BANNED_PLATFORM", "DECLINED", "DUPLICATE_PERSON")
TITLE_MAX = 100
TIME_MAX = 60
PRIZES_MAX = 1_000
TICKETS_MAX = 1_000_000_000
PLACES_MAX = 200

REASON = Option(name="reason", type=Type.TEXT, least=1, most=REASON_MAX)
REASONED = Option(name="reason", type=Type.TEXT, required=True, least=1, most=REASON_MAX)
TITLE = Option(name="title", type=Type.TEXT, least=1, most=TITLE_MAX)
START = Option(name="start", type=Type.TEXT, least=1, most=TIME_MAX)
END = Option(name="end", type=Type.TEXT, least=1, most=TIME_MAX)
PRIZE = Option(name="prize", type=Type.TEXT, least=1, most=PRIZES_MAX)
MEMBER = Option(name="member", type=Type.USER)
AMOUNT = Option(name="amount", type=Type.WHOLE, required=True, least=1, most=TICKETS_MAX)
PLACE = Option(name="place", type=Type.WHOLE, required=True, least=1, most=PLACES_MAX)
WHY = Option(name="why", type=Type.TEXT, required=True, choices=PASS_REASONS)


class RaffleAdmin:
    """The commands; each asks the server in the name of whoever uses it."""

    def __init__(self, staffing: Staffing) -> None:
        self._staffing = staffing

    @property
    def family(self) -> Family:
        """The commands."""
        raffle = Option(name="raffle", type=Type.TEXT, suggest=self.suggest)
        viewer = Option(name="viewer", type=Type.TEXT, suggest=self._staffing.suggest_viewers)
        commands = [
            Command(name="raffle-admin start", run=self.start, options=[TITLE, START, END, PRIZE]),
            Command(name="raffle-admin end", run=self.end, options=[REASON]),
            Command(name="raffle-admin restart", run=self.restart, options=[TITLE, REASON]),
            Command(name="raffle-admin dates", run=self.dates, options=[START, END, REASON]),
            Command(name="raffle-admin draw", run=self.draw, options=[raffle, REASON]),
            Command(name="raffle-admin redraw", run=self.redraw, options=[PLACE, WHY, REASONED, raffle]),
            Command(name="raffle-admin give", run=self.give, options=[AMOUNT, REASONED, viewer, MEMBER]),
            Command(name="raffle-admin remove", run=self.remove, options=[AMOUNT, REASONED, viewer, MEMBER]),
            Command(name="raffle-admin stats", run=self.stats, options=[viewer, MEMBER]),
            Command(name="raffle-admin rules", run=self.rules),
        ]
        return Family(name="raffle-admin", commands=commands, permissions=MANAGE_GUILD)

    async def suggest(self, asked: Asked) -> Sequence[Choice]:
        """Raffles whose title or number holds what is being typed."""
        typed = asked.text("raffle").lower()
        found = [(named(asked.words, one), one["id"]) for one in (await self._all(asked))["history"]["nodes"]]
        return [one for one in found if typed in one[0].lower()]

    async def start(self, asked: Asked) -> Card:
        """Begin a raffle, and say until when it runs."""
        words = asked.words
        starts = await self._staffing.moment(asked, "start")
        ends = await self._staffing.moment(asked, "end", is_end=True)
        if (await self._all(asked))["current"] is None and (prize := asked.text("prize")):
            await self._staffing.do(asked, "set_raffle_prizes", prizes=prize)
        given = {"title": asked.text("title"), "startsAt": _iso(starts), "endsAt": _iso(ends)}
        told = await self._staffing.do(asked, "start_raffle", **given)
        return _changed(words, words("raffle_admin.started"), told)

    async def end(self, asked: Asked) -> Card:
        """Ask whether the open raffle is to end now."""
        raffle = await self._open(asked)
        words = asked.words
        lines = [*_holds(words, raffle), words("raffle_admin.end_effect", ends=moment(raffle["endsAt"]))]
        return self._ask(asked, words("raffle_admin.end"), raffle, lines, self._end)

    async def _end(self, asked: Asked) -> Card:
        told = await self._staffing.do(asked, "end_raffle", reason=reason(asked))
        return _changed(asked.words, asked.words("raffle_admin.ended"), told)

    async def restart(self, asked: Asked) -> Card:
        """Ask whether the open raffle is to end now, and the next one to begin."""
        raffle = await self._open(asked)
        words = asked.words
        lines = [*_holds(words, raffle), words("raffle_admin.restart_effect", number=raffle["number"] + 1)]
        return self._ask(asked, words("raffle_admin.restart"), raffle, lines, self._restart)

    async def _restart(self, asked: Asked) -> Card:
        told = await self._staffing.do(asked, "restart_raffle", title=asked.text("title"), reason=reason(asked))
        return _changed(asked.words, asked.words("raffle_admin.started"), told)

    async def dates(self, asked: Asked) -> Card:
        """Give the open raffle other dates; say them where none are given."""
        starts = await self._staffing.moment(asked, "start")
        ends = await self._staffing.moment(asked, "end", is_end=True)
        words = asked.words
        if starts is None and ends is None:
            return _changed(words, words("raffle_admin.dates"), {"raffle": await self._open(asked)})
        given: dict[str, Any] = {} if starts is None else {"startsAt": _iso(starts)}
        given |= {} if ends is None else {"endsAt": _iso(ends)}
        told = await self._staffing.do(asked, "set_raffle_dates", **given, reason=reason(asked))
        return _changed(words, words("raffle_admin.dated"), told)

    async def draw(self, asked: Asked) -> Card:
        """Ask whether a raffle that is over is to be drawn."""
        found, raffle = await self._over(asked)
        words = asked.words
        lines = [
            words("raffle.holds", tickets=int(raffle["tickets"]), count=raffle["entrants"]),
            words("raffle_admin.left_out", count=raffle["excluded"]["totalCount"]),
            words("raffle_admin.draw_effect", count=raffle["rules"]["winners"]),
        ]
        return self._ask(asked, words("raffle_admin.draw"), raffle, lines, partial(self._draw, found))

    async def _draw(self, raffle: str, asked: Asked) -> Card:
        told = await self._staffing.do(asked, "draw_raffle", raffleId=raffle, reason=reason(asked))
        draw = told["draw"]
        words = asked.words
        lines = [words("raffle_admin.drawn", at=moment(draw["roundAt"], "F"), away=moment(draw["roundAt"], "R"))]
        lines += [words("raffle.code", code=draw["code"])] if draw["code"] else [words("raffle_admin.code_follows")]
        return done(words("raffle_admin.drawn_title"), *lines)

    async def redraw(self, asked: Asked) -> Card:
        """Ask whether a winner is to be passed over for the next who was drawn."""
        _, raffle = await self._over(asked)
        words, place = asked.words, asked.whole("place", 1)
        draw = raffle["draw"]
        winner = next((one for one in draw["winners"] if one["position"] == place), None) if draw else None
        if draw is None or winner is None:
            raise ServerRefused(
                "winner_unknown", words("raffle_admin.no_winner", place=place), words("raffle_admin.places")
            )
        why = words(f"option.raffle-admin redraw.why.{asked.text('why')}")
        lines = [
            words("raffle_admin.redraw_effect", name=shown(winner["account"]["name"]), place=place, why=why),
            words("raffle_admin.reason", reason=shown(asked.text("reason"), REASON_MAX)),
        ]
        return self._ask(asked, words("raffle_admin.redraw"), raffle, lines, partial(self._redraw, draw["id"]))

    async def _redraw(self, draw: str, asked: Asked) -> Card:
        given = {"drawId": draw, "position": asked.whole("place", 1), "code": asked.text("why")}
        told = await self._staffing.do(asked, "pass_winner", **given, reason=asked.text("reason"))
        words = asked.words
        lines = winners(words, told["draw"]["winners"]) or [words("raffle_admin.nobody_left")]
        return done(words("raffle_admin.passed"), *lines)

    async def give(self, asked: Asked) -> Card:
        """Give somebody tickets."""
        return await self._grant(asked, asked.whole("amount", 0), "raffle_admin.given")

    async def remove(self, asked: Asked) -> Card:
        """Ask whether tickets are to be taken from somebody."""
        (_, name), words = await self._staffing.whom(asked), asked.words
        lines = [
            words("raffle_admin.remove_effect", count=asked.whole("amount", 0), name=name),
            words("raffle_admin.reason", reason=shown(asked.text("reason"), REASON_MAX)),
        ]
        label = words("raffle_admin.remove")
        return self._staffing.confirming.card(asked, title=label, lines=lines, label=label, run=self._remove)

    async def _remove(self, asked: Asked) -> Card:
        return await self._grant(asked, -asked.whole("amount", 0), "raffle_admin.removed")

    async def _grant(self, asked: Asked, tickets: int, said: str) -> Card:
        viewer, name = await self._staffing.whom(asked)
        return await granted(self._staffing, asked, viewer, tickets, asked.text("reason"), said=(said, name))

    async def stats(self, asked: Asked) -> Card:
        """Where the open raffle's tickets come from; with a member or a viewer, what he has."""
        words = asked.words
        if asked.text("member") or asked.text("viewer"):
            return await self._stats_of(asked)
        raffle = await self._open(asked)
        found = raffle["statistics"]
        lines = [
            *_holds(words, raffle),
            *(
                words(
                    "raffle_admin.source",
                    source=words("source." + one["source"]),
                    tickets=int(one["tickets"]),
                    count=one["viewers"],
                )
                for one in found["bySource"]
            ),
            words("raffle_admin.free_entries", count=found["freeEntries"]),
            words("raffle_admin.unlinked", count=found["unlinked"]),
            words("raffle_admin.left_out", count=found["excluded"]),
        ]
        return Card(title=title(words, raffle["title"], raffle["number"]), lines=lines)

    async def _stats_of(self, asked: Asked) -> Card:
        viewer, name = await self._staffing.whom(asked)
        words = asked.words
        found = (await self._staffing.read(asked, "tickets_of_member", viewer=viewer))["raffles"]["current"]
        if found is None:
            raise _none(words)
        return held_card(words, name, found["viewerTickets"])

    async def rules(self, asked: Asked) -> Card:
        """The rules of the open raffle, in words."""
        raffle = await self._open(asked)
        words, rules = asked.words, raffle["rules"]
        lines = [
            *(shown(line, PRIZES_MAX) for line in rules["prizes"].split("\n") if line),
            "",
            *(f"- {one}" for one in rules["howToEarn"]),
            words("raffle_admin.winners", count=rules["winners"], alternates=rules["alternates"]),
            words("raffle_admin.settlement", count=rules["settlementHours"]),
            words("raffle_admin.claim", count=rules["claimHours"]),
            words("raffle_admin.renews" if rules["renews"] else "raffle_admin.renews_not"),
            words("raffle_admin.rules_hash", hash=raffle["rulesSha256"]),
        ]
        return Card(title=title(words, raffle["title"], raffle["number"]), lines=lines)

    def _ask(
        self, asked: Asked, label: str, raffle: RaffleOfStaff | RaffleBeforeDraw, lines: Sequence[str], run: Any
    ) -> Card:
        """Have something be confirmed that is done to a raffle."""
        named = f"**{title(asked.words, raffle['title'], raffle['number'])}**"
        return self._staffing.confirming.card(asked, title=label, lines=[named, *lines], label=label, run=run)

    async def _all(self, asked: Asked) -> RafflesToChoose:
        return (await self._staffing.read(asked, "raffles_for_staff"))["raffles"]

    async def _open(self, asked: Asked) -> RaffleOfStaff:
        """The raffle that runs; refuses where none does."""
        current = (await self._all(asked))["current"]
        if current is None:
            raise _none(asked.words)
        told = await self._staffing.read(asked, "raffle_for_staff", raffle=current["id"])
        return told["raffles"]["raffle"]

    async def _over(self, asked: Asked) -> tuple[str, RaffleBeforeDraw]:
        """The raffle that was chosen, or else the last one that is over, by its id; refuses where there is none."""
        words, chosen = asked.words, asked.text("raffle")
        if not chosen:
            over = [one["id"] for one in (await self._all(asked))["history"]["nodes"] if one["state"] != "OPEN"]
            chosen = over[0] if over else ""
        told = await self._staffing.read(asked, "raffle_to_draw", raffle=chosen) if chosen else None
        if told is None or told["raffles"]["raffle"] is None:
            raise ServerRefused("raffle_unknown", words("raffle_admin.none_over"), words("raffle_admin.choose"))
        return chosen, told["raffles"]["raffle"]


def _none(words: Words) -> ServerRefused:
    return ServerRefused("raffle_none", words("raffle.none"), words("raffle_admin.start_one"))


def _holds(words: Words, raffle: RaffleOfStaff) -> list[str]:
    return [words("raffle.holds", tickets=int(raffle["tickets"]), count=raffle["entrants"])]


def _changed(words: Words, head: str, told: RaffleChanged | Any) -> Card:
    """A raffle with its dates as they are now."""
    raffle = told["raffle"]
    lines = [
        f"**{title(words, raffle['title'], raffle['number'])}**",
        words("raffle_admin.from_to", start=moment(raffle["startsAt"], "F"), end=moment(raffle["endsAt"], "F")),
        words("raffle_admin.draw_at", at=moment(raffle["drawAt"], "F")),
    ]
    return done(head, *lines)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
