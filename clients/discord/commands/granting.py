"""Tickets given by staff: how it is told, and "Give raffle tickets" in the menu of a member."""

import re
from functools import partial

from clients.discord.asked.answering import Click, Clicks, custom_id
from clients.discord.asked.commands import Asked, Menu, Opens, Target
from clients.discord.commands.staffing import MANAGE_GUILD, REASON_MAX, Staffing, done
from clients.discord.graph.asking import ServerRefused
from clients.discord.render.card import Card
from clients.discord.render.form import Form, TextField
from clients.discord.render.limits import shown

NAME = "menu.give"
AREA, SENT = "give", "sent"
AMOUNT, REASON = "amount", "reason"
TICKETS_MAX = 1_000_000_000
AMOUNT_LENGTH_MAX = 13
"""So long is the greatest amount with its thousands set apart."""


async def granted(
    staffing: Staffing, asked: Asked, viewer: str, tickets: int, reason: str, *, said: tuple[str, str]
) -> Card:
    """Give tickets to a viewer, or take some; `said` is the key of the sentence for it, and the viewer's name."""
    key, name = said
    told = await staffing.do(asked, "grant_tickets", viewerId=viewer, tickets=tickets, reason=reason)
    words = asked.words
    lines = words(key, count=abs(tickets), name=name), words("raffle_admin.now", count=int(told["tickets"]))
    return done(words("raffle_admin.granted_title"), *lines)


APART = re.compile("[.,' \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]")
WHOLE = re.compile(f"[0-9]{{1,20}}|[0-9]{{1,3}}(?:{APART.pattern}[0-9]{{3}}){{1,6}}", re.ASCII)
"""Thousands may be set apart; 1.5 is no number of tickets, and least of all fifteen."""


class GiveMenu:
    """The entry of the menu, and who answers its form: the gift is confirmed, then given once."""

    def __init__(self, staffing: Staffing) -> None:
        self._staffing = staffing

    @property
    def menu(self) -> Menu:
        """The entry, for whoever manages the server."""
        return Menu(name=NAME, on=Target.USER, answer=Opens(form), permissions=MANAGE_GUILD)

    @property
    def clicks(self) -> Clicks:
        """Who answers the form."""
        return {f"{AREA}:{SENT}": Click(run=self._ask, is_apart=True)}

    async def _ask(self, asked: Asked, user: str) -> Card:
        """Ask whether the member is to have so many tickets; refuses what is no amount, and where no raffle runs."""
        words, name = asked.words, f"<@{user}>"
        tickets, reason = amount(asked), filled(asked, REASON)
        viewer = await self._staffing.viewer_of(asked, user, name)
        current = (await self._staffing.read(asked, "tickets_of_member", viewer=viewer))["raffles"]["current"]
        if current is None:
            raise ServerRefused("raffle_none", words("raffle.none"), words("raffle_admin.start_one"))
        held = current["viewerTickets"]
        lines = [
            words("raffle_admin.give_effect", count=tickets, name=name),
            words("raffle_admin.now", count=0 if held is None else int(held["tickets"])),
            words("raffle_admin.reason", reason=shown(reason, REASON_MAX)),
        ]
        run = partial(self._give, viewer, tickets, reason, name)
        return self._staffing.confirming.card(asked, title=words(NAME), lines=lines, label=words(NAME), run=run)

    async def _give(self, viewer: str, tickets: int, reason: str, name: str, asked: Asked) -> Card:
        return await granted(self._staffing, asked, viewer, tickets, reason, said=("raffle_admin.given", name))


def form(asked: Asked, user: str) -> Form:
    """Asks how many tickets, and why."""
    words = asked.words
    fields = [
        TextField(name=AMOUNT, label=words("give.amount"), hint=words("give.whole"), most=AMOUNT_LENGTH_MAX),
        TextField(name=REASON, label=words("give.reason"), hint=words("give.read"), most=REASON_MAX, has_lines=True),
    ]
    return Form(title=words(NAME), custom_id=custom_id(AREA, SENT, user), fields=fields)


def filled(asked: Asked, name: str) -> str:
    """What was written into a field of the form."""
    written = asked.interaction.fields.get(name, "")
    return written.strip() if isinstance(written, str) else ""


def amount(asked: Asked) -> int:
    """The whole number in the form, its thousands set apart or not; refuses what is none from 1 on."""
    written = filled(asked, AMOUNT)
    plain = APART.sub("", written) if WHOLE.fullmatch(written) else ""
    if not plain or not 1 <= int(plain) <= TICKETS_MAX:
        said = asked.words("give.no_amount", text=shown(written))
        raise ServerRefused("amount_unreadable", said, asked.words("give.whole"))
    return int(plain)
