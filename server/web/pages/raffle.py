"""The page of a community's raffle, for everybody: how to take part, how it is drawn, and how to check that."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from server.domain.draws.checks import VERDICTS
from server.domain.draws.plan import DrawState
from server.domain.draws.records import Commit, short_code
from server.domain.draws.rounds import QUICKNET
from server.domain.draws.rounds import instant_of as time_of
from server.domain.draws.verify import worth
from server.domain.instants import instant_of
from server.domain.limits import RAFFLE_PAGE
from server.domain.names import NameSettings, public_name
from server.domain.raffle.periods import PeriodState
from server.domain.raffle.words import ways_to_earn
from server.domain.refusals import Refused
from server.ports import Reader
from server.store import communities, linking
from server.store.communities import CommunityRecord
from server.store.draws import draws, entrants, log, shown
from server.store.draws.draws import DrawRow
from server.store.names import settings_in_force
from server.store.raffle import board, periods
from server.store.raffle.periods import PeriodRecord
from server.web.limited import LIMITS
from server.web.pages.desk import Desk
from server.web.pages.layout import Turned
from server.web.pages.start import COMMUNITY_ROUTE

RAFFLE = f"{COMMUNITY_ROUTE}/raffle"
NUMBERED = RAFFLE + "/{number:[1-9][0-9]{0,8}}"
BOARD_SHOWN, DRAWS_SHOWN = 25, 20
ID_SHOWN = 8
"""So many digits of an entry's id tell it from others in a list that somebody looks through."""
STATES = {
    PeriodState.OPEN: "It is open.",
    PeriodState.SETTLING: "It is over; what is told late is still counted.",
    PeriodState.FROZEN: "It is over, and its list is closed.",
    PeriodState.DRAWN: "It is drawn.",
    PeriodState.ARCHIVED: "It is history.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A draw as the page shows it; `sentence` says what it proves, once it is promised."""

    name: str
    is_test: bool
    comes: datetime
    beacon_round: int
    code: str | None
    state: DrawState
    is_further: bool
    period_id: int
    sentence: str = ""
    is_of_demo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Somebody who was drawn, be it in a further draw; `reason` says why he was passed over.

    `entry` is how the id begins under which he stands in the draw's file.
    """

    position: int
    name: str
    entry: str
    ticket: int
    state: str
    reason: str
    is_further: bool


class RafflePage:
    """The pages of a community's raffles, and their rules as they are hashed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add_to(self, site: web.Application) -> None:
        """Serve the pages."""
        for place in (RAFFLE, NUMBERED):
            site.router.add_get(place, self._desk.layout.telling(self.show))
            site.router.add_get(f"{place}/rules", self._desk.layout.telling(self.rules))

    async def show(self, request: web.Request) -> web.Response:
        """The raffle with the number, else the open one, or else the last one."""
        return await self._page(*await self._raffle(request))

    async def rules(self, request: web.Request) -> web.Response:
        """The rules of a raffle, byte for byte the text whose SHA-256 its draws promise."""
        _, period = await self._raffle(request)
        text = await periods.rules_text(self._desk.reader, period.id)
        if text is None:
            raise unknown("rules_unkept", "The text of these rules was not kept when the raffle began.")
        digest = b64encode(bytes.fromhex(period.rules_sha256)).decode()
        headers = {
            hdrs.ETAG: f'"{period.rules_sha256}"',
            hdrs.CACHE_CONTROL: "no-cache",
            "Repr-Digest": f"sha-256=:{digest}:",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=text.encode(), content_type="application/json", headers=headers)

    async def _raffle(self, request: web.Request) -> tuple[CommunityRecord, PeriodRecord]:
        reader, number = self._desk.reader, request.match_info.get("number")
        await request.app[LIMITS].take(request, RAFFLE_PAGE)
        community = await communities.by_slug(reader, request.match_info["slug"])
        if community is None:
            raise unknown("community_unknown", "There is no such community.")
        if number is not None:
            period = await periods.numbered(reader, community.id, int(number))
            if period is None:
                raise unknown("raffle_unknown", f"{community.name} has had no raffle {number}.")
            return community, period
        current = await periods.current(reader, community.id)
        period = current or next(iter(await periods.newest(reader, community.id, 1)), None)
        if period is None:
            raise unknown("raffle_none", f"{community.name} has had no raffle yet.", "Come again when there is one.")
        return community, period

    async def _page(self, community: CommunityRecord, period: PeriodRecord) -> web.Response:
        reader, zone, now = self._desk.reader, ZoneInfo(period.timezone), self._desk.browsers.now
        made = await draws.page(reader, community.id, None, DRAWS_SHOWN, subject_id=period.id)
        draw = await draws.latest(reader, period.id)
        tickets, entrants_count = await board.totals(reader, period.id)
        names = await settings_in_force(reader, community.id)
        past = [one for one in await draws.page(reader, community.id, None, DRAWS_SHOWN) if one.commit_hash is not None]
        return self._desk.layout.page(
            "raffle.html",
            community=community,
            period=period,
            zone=zone,
            state=STATES[period.state],
            starts=instant_of(period.span.starts).astimezone(zone),
            ends=instant_of(period.span.ends).astimezone(zone),
            draw_at=(period.draw_at if draw is None else time_of(draw.round_expected(now))).astimezone(zone),
            round=None if draw is None else draw.round_expected(now),
            ways=ways_to_earn(period.rules),
            draw=None if draw is None else await judged(reader, draw),
            drawn=[person for one in made[::-1] for person in await revealed(reader, one, now, names)],
            tickets=tickets,
            entrants=entrants_count,
            board=await first_of_board(reader, community.id, period, names),
            names=names,
            past=[drawing(one) for one in past],
            numbers=await periods.numbers(reader, [one.subject_id for one in past]),
        )


def unknown(code: str, message: str, remedy: str = "Check the address.") -> Turned:
    """The refusal to show what is not there."""
    return Turned(HTTPStatus.NOT_FOUND, Refused(code, message, remedy))


async def first_of_board(
    reader: Reader, community_id: int, period: PeriodRecord, names: NameSettings
) -> list[tuple[int, str, int, str]]:
    """Rank, public name and tickets of the first, and why staff leaves somebody out, or nothing."""
    _, leaders = await board.page(reader, period.id, None, BOARD_SHOWN)
    out = await shown.left_out_among(reader, community_id, period.id, [one.viewer_id for one in leaders])
    tells_wagers = period.rules.wager > 0
    return [
        (
            rank,
            public_name(one.name, names, tells_wagers=tells_wagers),
            one.tickets,
            out.get(one.viewer_id, "").replace("_", " "),
        )
        for rank, one in enumerate(leaders, 1)
    ]


def drawing(draw: DrawRow) -> Drawing:
    """A draw, without what its records say."""
    return Drawing(
        name=draw.name,
        is_test=draw.is_test,
        comes=time_of(draw.beacon_round),
        beacon_round=draw.beacon_round,
        code=short_code(bytes.fromhex(draw.commit_hash)) if draw.commit_hash else None,
        state=draw.state,
        is_further=draw.supplement_of is not None,
        period_id=draw.subject_id,
    )


async def judged(reader: Reader, draw: DrawRow) -> Drawing:
    """A draw, with what it is worth if all that its records say holds."""
    records = await log.about(reader, draw)
    verdict, plain = worth(draw.name, records), drawing(draw)
    commit = next((one for one in records if isinstance(one, Commit) and one.draw_id == draw.name), None)
    return Drawing(
        name=plain.name,
        is_test=plain.is_test,
        comes=plain.comes,
        beacon_round=plain.beacon_round,
        code=plain.code,
        state=plain.state,
        is_further=plain.is_further,
        period_id=plain.period_id,
        sentence="" if verdict is None else VERDICTS[verdict],
        is_of_demo=commit is not None and commit.beacon_chain != QUICKNET.hash.hex(),
    )


async def revealed(reader: Reader, draw: DrawRow, now: datetime, names: NameSettings) -> list[Drawn]:
    """Who was drawn, from the reveal on; nobody in a test."""
    if draw.is_test or draw.state is not DrawState.DRAWN or not draw.is_revealed(now):
        return []
    places = await entrants.places(reader, draw.id)
    accounts = await linking.accounts_by_ids(reader, [one.account_id for one in places])
    entries = await shown.drawn_ids(reader, draw.id)
    return [
        Drawn(
            position=one.position,
            name=public_name(accounts[one.account_id].name, names) if one.account_id in accounts else "forgotten",
            entry=entries.get(one.position, "")[:ID_SHOWN],
            ticket=one.ticket,
            state=one.state,
            reason=(one.reason or "").replace("_", " "),
            is_further=draw.supplement_of is not None,
        )
        for one in places
    ]
