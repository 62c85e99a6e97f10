"""A draw of 100,000 entrants with a million tickets, from the end of the raffle to the file that anybody can check."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from benchmarks import raw_board, raw_draws
from benchmarks.community import SECRET, found, settings_for
from benchmarks.engines import Engine, tidy
from benchmarks.harness import Result, at_least, at_most
from benchmarks.looplag import LoopLag
from server.app import assembled
from server.auth.signing import OperatorKeys
from server.domain.draws.plan import COMMIT_LEAD
from server.domain.draws.rounds import Beacon, instant_of
from server.effects.draws import DrawKeeper, Means
from server.garbage import keeping_what_is_there
from server.running import Server
from server.store.draws import draws
from server.store.draws.draws import DrawRow
from server.store.draws.published import published
from server.system import SystemChance

TICKETS_EACH = 10
BEACON = Beacon(
    1000,
    bytes.fromhex("b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"),
)
COMES = instant_of(BEACON.round)
BEFORE = COMES - COMMIT_LEAD
PLACES = 30
PERIOD = (
    "INSERT INTO raffle_period (id, community_id, number, title, starts_at, ends_at, timezone, state, rules, "
    "rules_sha256, draw_at, opened_at, actor) VALUES (1, 1, 1, 'Measured', 0, 1, 'UTC', 'settling', '{rules}', "
    "'{hash}', 1, 0, 'benchmark')"
)
RULES = '{"winners": 10, "alternates": 20, "caps": {}}'
STANDINGS = (
    "INSERT INTO ticket_standing (community_id, period_id, viewer_id, tickets) "
    f"SELECT 1, 1, i, {TICKETS_EACH} FROM {{numbers}}"
)
TALLIES = (
    "INSERT INTO ticket_tally (community_id, period_id, account_id, source, amount, basis) "
    f"SELECT 1, 1, i, 'gifted_sub', {TICKETS_EACH}, 0 FROM {{numbers}}"
)
ASKED = (
    "INSERT INTO draw (id, community_id, subject_id, number, env, state, beacon_round, planned_for, is_manual, actor, "
    "made_at) VALUES ($1, 1, 1, $2, 'live', 'asked', 1, 0, TRUE, 'benchmark', 0)"
)
SETTLING = "UPDATE raffle_period SET state = 'settling' WHERE id = 1"


@dataclass
class Standing:
    """A clock that stands where it was put."""

    at: datetime = BEFORE

    def now(self) -> datetime:
        """That instant."""
        return self.at

    def monotonic(self) -> float:
        """Seconds by the real clock."""
        return time.monotonic()


class Told:
    """A beacon whose round is known; it was checked long ago."""

    async def round(self, number: int) -> Beacon:
        """The one round that is asked for."""
        assert number == BEACON.round
        return BEACON


@dataclass(slots=True)
class Seen:
    """Entrants a second, ours and bare, seconds of each of our steps, and the loop's lag meanwhile."""

    ours: list[float] = field(default_factory=list[float])
    bare: list[float] = field(default_factory=list[float])
    steps: list[tuple[float, float, float]] = field(default_factory=list[tuple[float, float, float]])
    lag: LoopLag = field(default_factory=LoopLag)


async def measure(engine: Engine, folder: Path, *, quick: bool) -> list[Result]:
    """Freeze, commit, draw and file through the server, in turns with the bare limit over the same tickets."""
    many, rounds = (20_000, 3) if quick else (100_000, 3)
    clock, seen = Standing(), Seen()
    async with engine.migrated() as url:
        async with assembled(settings_for(url), clock=clock) as server:
            await found(server, BEFORE)
        await populate(url, many)
        await tidy(url)
        async with assembled(settings_for(url), clock=clock) as server, keeping_what_is_there():
            means = Means(keys=OperatorKeys(SECRET), chance=SystemChance(), beacons=Told(), public_url="https://x.test")
            keeper = DrawKeeper(server.database, server.units, means)
            for number in range(1, rounds + 1):
                await ask(url, number)
                clock.at = BEFORE
                async with seen.lag.sampled():
                    steps = await drawn(server, keeper, clock, number, many)
                seen.steps.append(steps)
                seen.ours.append(many / sum(steps))
                started = time.perf_counter()
                assert await raw_draws.drawn(url, number, PLACES, folder / "bundle.json") == many
                seen.bare.append(many / (time.perf_counter() - started))
    return results(engine, many, seen)


def results(engine: Engine, many: int, seen: Seen) -> list[Result]:
    """The lines of the table."""
    frozen, made, filed = min(seen.steps, key=sum)
    return [
        at_least(f"draw of {many:,}, {engine.name}", "/s", seen.ours, seen.bare, share_min=0.3),
        at_most("  all of it", "s", many / max(seen.ours), 3, limit=many / max(seen.bare)),
        Result(name="  of that: freeze and commit", unit="s", ours=frozen),
        Result(name="  of that: draw", unit="s", ours=made),
        Result(name="  of that: file", unit="s", ours=filed),
        at_most("  99 % of the event loop's steps", "ms", seen.lag.p99_ms, 20),
        at_most("  longest step of the event loop", "ms", seen.lag.worst_ms, 20),
    ]


async def populate(url: str, many: int) -> None:
    """Give `many` viewers ten tickets each, in a raffle that is over."""
    await raw_board.populate(url, 1, many)
    numbers = (raw_board.NUMBERS_SQLITE if url.startswith("sqlite://") else raw_board.NUMBERS_POSTGRES).format(
        many=many
    )
    async with raw_board.opened(url) as board:
        await board.rows(PERIOD.format(rules=RULES, hash="00" * 32))
        await board.rows(STANDINGS.format(numbers=numbers))
        await board.rows(TALLIES.format(numbers=numbers))


async def ask(url: str, number: int) -> None:
    """Have the raffle be drawn once more."""
    async with raw_board.opened(url) as board:
        await board.rows(SETTLING)
        await board.rows(ASKED, number, number)


async def drawn(
    server: Server, keeper: DrawKeeper, clock: Standing, number: int, many: int
) -> tuple[float, float, float]:
    """Take a draw from nothing to its file: how long list and promise, result, and file took, in seconds."""
    started = time.perf_counter()
    await keeper.go_on(await known(server, number))
    committed = time.perf_counter()
    clock.at = COMES
    await keeper.go_on(await known(server, number))
    made = time.perf_counter()
    reader, draw = server.database.reader(), await known(server, number)
    file = await published(reader, draw)
    assert file is not None
    size = 0
    async for part in file.parts(reader):
        size += len(part)
    assert size == await file.length(reader)
    assert (draw.entries_count, draw.tickets_total) == (many, many * TICKETS_EACH)
    return committed - started, made - committed, time.perf_counter() - made


async def known(server: Server, number: int) -> DrawRow:
    """The draw as it stands."""
    draw = await draws.by_id(server.database.reader(), 1, number)
    assert draw is not None
    return draw
