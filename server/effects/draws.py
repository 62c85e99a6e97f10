"""Draws go on by themselves: planned, closed, promised and, once the beacon has spoken, drawn.

Every step is one transaction that does nothing where it was done already, so that a server may die between any two,
and however many servers look, each step happens once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import structlog

from server.actions import alerts
from server.actions.draws import commit, draw, freeze, plan, wait
from server.actions.giveaways.freeze import freeze as freeze_giveaway
from server.actions.raffle.share import look_again
from server.auth.signing import OperatorKeys
from server.domain.alerts import stuck_draw
from server.domain.audit import system
from server.domain.draws.plan import DrawState, DrawSubject
from server.domain.draws.rounds import QUICKNET, Beacon, Chain, round_at_or_after
from server.domain.draws.rounds import instant_of as time_of
from server.domain.draws.selection import Place, drawing, seed_of
from server.domain.draws.snapshot import Closed, Ranges, Reading
from server.domain.instants import micros
from server.domain.raffle.periods import DRAW_AFTER_SETTLEMENT
from server.domain.refusals import Refused
from server.effects import giveaways
from server.jobs.unit import Units
from server.ports import Chance, Reader
from server.ports_platforms import ApiFault
from server.store.database import Database
from server.store.draws import draws, published
from server.store.draws.draws import DrawRow
from server.store.draws.terms import terms_of
from server.store.errors import is_down
from server.store.giveaways import giveaways as of_giveaways
from server.store.jobs import LeasedJob
from server.store.raffle import due

log = structlog.get_logger(__name__)

BY = system("draws")
DRAWS_MAX = 100
SHARES_ROUNDS_MAX = 1_000
PLACES_AT_ONCE = 20
COMPLAIN_AGAIN_AFTER, COMPLAIN_EVERY = timedelta(minutes=5), timedelta(hours=6)
COMPLAINTS_MAX = 2 * DRAWS_MAX


class Beacons(Protocol):
    """Where rounds of the beacon come from; what it gives is checked."""

    async def round(self, number: int) -> Beacon | ApiFault:
        """The round, or why there is none yet."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What draws are made with."""

    keys: OperatorKeys
    chance: Chance
    beacons: Beacons
    public_url: str
    chain: Chain = QUICKNET


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """When the log is told once more what holds a draw up."""

    wait: timedelta
    again_at: datetime


class DrawKeeper:
    """Takes every draw one step further, again and again."""

    def __init__(self, database: Database, units: Units, means: Means) -> None:
        self._database = database
        self._units = units
        self._means = means
        self._complaints: dict[tuple[int, str, str | None], Complaint] = {}
        self._silent: set[int] = set()

    async def look(self) -> None:
        """Plan what is not planned, and do what is due of all draws on their way."""
        reader = self._database.reader()
        for community_id, period_id in await draws.unplanned(reader, DRAWS_MAX):
            await self._units.run(community_id, partial(plan.plan, period_id=period_id, keys=self._means.keys), by=BY)
        self._silent.clear()
        now = self._units.now()
        planned_until = micros(now) + DRAW_AFTER_SETTLEMENT
        # Promises come first: they are late when relays of the beacon take their time.
        await self._take_on(partial(draws.unpromised, reader, planned_until))
        await self._take_on(partial(draws.undrawn, reader, round_at_or_after(now)))

    async def _take_on(self, page: Callable[[int, int], Awaitable[list[DrawRow]]]) -> None:
        """Take all draws one step further that are read page by page; one that fails holds no other up."""
        after = 0
        while found := await page(after, DRAWS_MAX):
            after = found[-1].id
            for one in found:
                try:
                    await self.go_on(one)
                except Refused as refused:
                    if self._complain(one, "draw.stuck", code=refused.code, message=refused.message):
                        await self._alert(one, refused.message, refused.remedy)
                except Exception as error:
                    if is_down(error):
                        raise
                    if self._complain(one, "draw.failed", code=type(error).__name__, exc_info=True):
                        await self._alert(one, f"It failed: {type(error).__name__}.", "Look at the server's log.")

    async def _alert(self, one: DrawRow, why: str, remedy: str) -> None:
        """Alert staff of a draw that does not go on."""
        settle = partial(alerts.settle, causes=(), troubles=[stuck_draw(one.community_id, one.name, why, remedy)])
        await self._units.run(one.community_id, settle, by=alerts.BY)

    async def go_on(self, one: DrawRow) -> None:
        """Take a draw as far as it can go now."""
        if one.state in {DrawState.PLANNED, DrawState.ASKED}:
            await self._freeze(one)
        elif one.state is DrawState.FROZEN:
            await self._commit(one, await closed_list(self._database.reader(), one.id))
        elif one.state is DrawState.COMMITTED and self._units.now() >= time_of(one.beacon_round):
            await self._draw(one)

    async def _freeze(self, one: DrawRow) -> None:
        if one.subject is DrawSubject.GIVEAWAY and one.supplement_of is None:
            await self._freeze_giveaway(one)
            return
        given = {"draw_id": one.id, "chance": self._means.chance}
        if one.supplement_of is not None:
            action = partial(freeze.freeze_further, **given)
        else:
            if not one.is_test:
                await self._share_out(one.community_id, one.subject_id)
            action = partial(freeze.freeze, **given, keys=self._means.keys)
        await self._commit(one, await self._units.run(one.community_id, action, by=BY))

    async def _freeze_giveaway(self, one: DrawRow) -> None:
        giveaway = await of_giveaways.by_id(self._database.reader(), one.community_id, one.subject_id)
        if giveaway is not None and giveaway.period_id is not None:
            await self._share_out(one.community_id, giveaway.period_id)
        go_on = partial(wait.go_on_without, draw_id=one.id, keys=self._means.keys)
        await self._units.run(one.community_id, go_on, by=BY)
        action = partial(freeze_giveaway, draw_id=one.id, chance=self._means.chance)
        if await self._units.run(one.community_id, action, by=BY):
            await self._commit(one, await closed_list(self._database.reader(), one.id))

    async def _share_out(self, community_id: int, period_id: int) -> None:
        """Bring everybody's shares of a raffle up to date; what concerns later ones alone goes on all the while."""
        for _ in range(SHARES_ROUNDS_MAX):
            if not await due.is_any(self._database.reader(), community_id, period_id):
                break
            await self._units.run(community_id, look_again, by=BY)

    async def _commit(self, one: DrawRow, closed: Closed | None) -> None:
        """Promise a list; None is one that is not closed, or in which nobody is."""
        if closed is None:
            return
        means = self._means
        action = partial(
            commit.commit,
            draw_id=one.id,
            closed=closed,
            keys=means.keys,
            public_url=means.public_url,
            chain=means.chain,
        )
        await self._units.run(one.community_id, action, by=BY)

    async def _draw(self, one: DrawRow) -> None:
        beacon = await self._beacon(one)
        reader = self._database.reader()
        terms = await terms_of(reader, one)
        if beacon is None or terms is None or one.commit_hash is None:
            return
        seed = seed_of(bytes.fromhex(one.commit_hash), self._means.chain.hash, beacon.round, beacon.randomness)
        drawn = await drawn_from(reader, one.id, seed, terms.winners + terms.alternates)
        action = partial(draw.draw, draw_id=one.id, beacon=beacon, seed=seed, drawn=drawn, keys=self._means.keys)
        await self._units.run(one.community_id, action, by=BY)

    async def _beacon(self, one: DrawRow) -> Beacon | None:
        """The round of a draw: supplied by somebody, or from a relay; both were checked."""
        if one.beacon_signature is not None:
            return Beacon(one.beacon_round, bytes.fromhex(one.beacon_signature))
        if one.beacon_round in self._silent:
            return None
        told = await self._means.beacons.round(one.beacon_round)
        if isinstance(told, ApiFault):
            self._silent.add(one.beacon_round)
            self._complain(one, "draw.no_beacon", round=one.beacon_round, message=told.message)
            return None
        return told

    async def look_at_giveaways(self) -> None:
        """Have giveaways be drawn whose end has come, and alternates follow who did not claim in time."""
        await giveaways.look(self._database, self._units, keys=self._means.keys)

    def _complain(self, one: DrawRow, what: str, **why: Any) -> bool:
        """Log what holds a draw up: at once, then after 5 minutes, 10, 20 and so on, as long as it is the same.

        Whether it was its turn to be told.
        """
        cause, now = (one.id, what, why.get("code")), self._units.now()
        told = self._complaints.get(cause)
        if told is not None and now < told.again_at:
            return False
        wait = COMPLAIN_AGAIN_AFTER if told is None else min(2 * told.wait, COMPLAIN_EVERY)
        self._complaints.pop(cause, None)
        self._complaints[cause] = Complaint(wait=wait, again_at=now + wait)
        if len(self._complaints) > COMPLAINTS_MAX:
            del self._complaints[next(iter(self._complaints))]
        log.warning(what, draw=one.name, again_in_s=int(wait.total_seconds()), **why)
        return True

    async def reveal(self, job: LeasedJob) -> None:
        """Name the winners where viewers are."""
        by = system("draws", f"{job.kind} {job.key}")
        action = partial(draw.reveal, job=job, public_url=self._means.public_url)
        await self._units.run(job.community_id or 0, action, by=by)


async def closed_list(reader: Reader, draw_id: int) -> Closed | None:
    """What is promised of a closed list, read a page at a time; None where nobody is in it."""
    reading = Reading()
    async for page in published.entries(reader, draw_id):
        reading.take(page)
    async for page in published.left_out(reader, draw_id, reading.count):
        reading.leave_out(page)
    return reading.done()


async def drawn_from(reader: Reader, draw_id: int, seed: bytes, count: int) -> list[tuple[Place, str]]:
    """Who is drawn from a closed list, each with the id of his entry, computed with pauses in which others get on."""
    ranges = Ranges()
    async for page in published.entries(reader, draw_id):
        ranges.take(page)
    drawn: list[tuple[Place, str]] = []
    for place in drawing(seed, ranges.starts, count):
        drawn.append((place, ranges.id_of(place.owner)))
        if len(drawn) % PLACES_AT_ONCE == 0:
            await asyncio.sleep(0)
    return drawn
