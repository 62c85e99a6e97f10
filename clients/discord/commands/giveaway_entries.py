"""/giveaway entries, remove and readmit: staff sees who is in, and leaves people out before the list is closed."""

from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from clients.discord.asked.answering import custom_id
from clients.discord.asked.commands import Asked, Choice, Command, Option, Type
from clients.discord.commands.staffing import REASON_MAX, Staffing, done, moment
from clients.discord.graph.answers.giveaway_admin import Entrant, EntrantsCommunity, GiveawayWithEntrants
from clients.discord.graph.asking import ServerRefused
from clients.discord.render.card import Button, Card
from clients.discord.render.limits import shown
from clients.discord.words.language import Words

PLACE = "giveaway:entries"
ENTRANTS = "panel:entrants"
"""The button on a giveaway's panel."""
CODES = ("STAFF", "INELIGIBLE_RULES", "BANNED_PLATFORM", "DUPLICATE_PERSON", "ON_REQUEST")
TITLE_MAX = 100
SUGGESTED = 25
WHY = "option.giveaway remove.why"
VIEWER_MAX = 64

Which = Callable[[Asked], Awaitable[str]]
"""The id of the giveaway that is meant."""


class GiveawayEntries:
    """The commands, and the buttons that turn the pages of who is in."""

    def __init__(self, staffing: Staffing, which: Which) -> None:
        self._staffing = staffing
        self._which = which

    def commands(self, giveaway: Option) -> list[Command]:
        """The commands; each takes the giveaway that is meant."""
        why = Option(name="why", type=Type.TEXT, required=True, choices=CODES)
        reason = Option(name="reason", type=Type.TEXT, required=True, least=1, most=REASON_MAX)
        who = Option(name="viewer", type=Type.TEXT, required=True, most=VIEWER_MAX, suggest=self.suggest)
        return [
            Command(name="giveaway entries", run=self.entries, options=[giveaway]),
            Command(name="giveaway remove", run=self.remove, options=[who, why, reason, giveaway]),
            Command(name="giveaway readmit", run=self.readmit, options=[who, reason, giveaway]),
        ]

    async def entries(self, asked: Asked) -> Card:
        """The first page of who is in."""
        return await self._page(asked, await self._which(asked), None)

    async def turn(self, asked: Asked, more: str) -> Card:
        """Another page: `more` holds the giveaway, and the cursor before it."""
        giveaway, _, after = more.partition(":")
        return await self._page(asked, giveaway, after or None)

    async def suggest(self, asked: Asked) -> Sequence[Choice]:
        """Who is in and whose name begins with what is being typed."""
        given = {"giveaway": await self._which(asked), "first": SUGGESTED, "typed": asked.text("viewer")}
        nodes = (await self._asked(asked, **given))["entrants"]["nodes"]
        return [
            (f"{one['account']['name']} · {one['account']['platform'].capitalize()}", one["viewerId"]) for one in nodes
        ]

    async def remove(self, asked: Asked) -> Card:
        """Leave somebody out."""
        given = {"code": asked.text("why"), "reason": asked.text("reason")}
        return await self._do(asked, "exclude_from_giveaway", "giveaway.removed", **given)

    async def readmit(self, asked: Asked) -> Card:
        """Leave somebody out no longer."""
        return await self._do(asked, "include_in_giveaway", "giveaway.readmitted", reason=asked.text("reason"))

    async def _do(self, asked: Asked, name: str, said: str, **given: str) -> Card:
        giveaway = await self._which(asked)
        given |= {"giveawayId": giveaway, "viewerId": asked.text("viewer")}
        await self._staffing.do(asked, name, **given)
        title = (await self._asked(asked, giveaway=giveaway, first=1))["title"]
        return done(asked.words(said), f"**{shown(title, TITLE_MAX)}**")

    async def _page(self, asked: Asked, giveaway: str, after: str | None) -> Card:
        words, told = asked.words, await self._asked(asked, giveaway=giveaway, after=after)
        page = told["entrants"]
        following = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
        area, _, verb = PLACE.partition(":")
        first = Button(label=words("leaderboard.first"), custom_id=custom_id(area, verb, giveaway))
        onward = Button(label=words("pager.next"), custom_id=custom_id(area, verb, f"{giveaway}:{following}"))
        buttons = [*([first] if after else []), *([onward] if following else [])]
        return Card(
            title=words("giveaway.entries_title", title=shown(told["title"], TITLE_MAX)),
            lines=[_line(words, one) for one in page["nodes"]] or [words("giveaway.nobody_in")],
            footer=words("giveaway.entries", count=page["totalCount"]),
            buttons=[buttons],
        )

    async def _asked(self, asked: Asked, **given: object) -> GiveawayWithEntrants:
        told = cast("EntrantsCommunity", await self._staffing.read(asked, "giveaway_entrants", **given))["giveaway"]
        if told is None:
            raise ServerRefused("giveaway_unknown", asked.words("giveaway.none_fit"), asked.words("giveaway.choose"))
        return told


def _line(words: Words, one: Entrant) -> str:
    """An account that is in, since when, and what is to be known of it."""
    account = one["account"]
    code = one["leftOut"]
    why = [] if code is None else [f"**{words('giveaway.left_out', why=words(f'{WHY}.{code.upper()}'))}**"]
    more = [*([words("giveaway.subscriber")] if one["isSubscriber"] else []), *why]
    return " · ".join([shown(account["name"]), account["platform"].capitalize(), moment(one["enteredAt"], "R"), *more])
