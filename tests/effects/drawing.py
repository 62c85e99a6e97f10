"""A raffle on the eve of its draw, by the real rounds of the beacon and a clock that stands before them."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from server.actions.draws import plan
from server.auth.signing import OperatorKeys
from server.domain.draws.rounds import Beacon
from server.domain.draws.rounds import instant_of as time_of
from server.domain.draws.typed import Viewer
from server.domain.draws.verify import Report, verify
from server.domain.instants import MINUTE, micros
from server.effects.draws import Beacons, DrawKeeper, Means
from server.platforms.drand.bls import signature_fault
from server.ports import Reader
from server.ports_platforms import ApiFault
from server.store.draws import draws
from server.store.draws.draws import DrawRow
from server.store.draws.published import published
from server.system import SystemChance
from tests.actions.pipeline import Pipeline
from tests.actions.test_raffle import House, gift
from tests.engine import Engine
from tests.running import SECRET

ROUND = 1000
COMES = time_of(ROUND)
EVE = COMES - timedelta(hours=3)
ENDS = micros(COMES) - 30 * MINUTE
KEYS = OperatorKeys(SECRET)
PUBLIC_URL = "https://regulars.example"
fault_of = cache(signature_fault)


def known_round(number: int) -> Beacon:
    """A round of the beacon as it was published."""
    path = Path(__file__).parents[1] / "payloads" / "drand" / f"round-{number}.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    return Beacon(told["round"], bytes.fromhex(told["signature"]))


@dataclass
class Relay:
    """Gives rounds that were published; `is_away` while nobody answers."""

    is_away: bool = False
    is_broken: bool = False
    asked: list[int] = field(default_factory=list)

    async def round(self, number: int) -> Beacon | ApiFault:
        self.asked.append(number)
        if self.is_broken:
            raise RuntimeError("Nobody thought of this.")
        if self.is_away:
            return ApiFault(kind="unavailable", message="Nobody answers.")
        return known_round(number)


def keeper_on(engine: Engine, relay: Beacons) -> DrawKeeper:
    """What takes draws further on an engine."""
    means = Means(keys=KEYS, chance=SystemChance(), beacons=relay, public_url=PUBLIC_URL)
    return DrawKeeper(engine.database, engine.units, means)


async def draws_on(pipeline: Pipeline) -> "Draws":
    """A community whose channel's chat is spoken in, and no raffle yet."""
    community = await pipeline.community()
    await pipeline.channel(900001)
    await pipeline.attach(community, 900001)
    await pipeline.write(
        "INSERT INTO setting_version (community_id, capability, effective_from, data, actor, created_at) "
        "VALUES ($1, 'chat', 0, $2, 'tester', 0) RETURNING id",
        community,
        '{"speaks": true, "texts": {}}',
    )
    relay = Relay()
    return Draws(House(pipeline, community), relay, keeper_on(pipeline.server, relay))


async def file_of(reader: Reader, draw: DrawRow) -> dict[str, Any]:
    """What is published of a draw."""
    file = await published(reader, draw)
    assert file is not None
    told = b"".join([part async for part in file.parts(reader)])
    assert len(told) == await file.length(reader)
    return json.loads(told)


@dataclass
class Draws:
    """A community with a raffle whose planned round is a real one."""

    house: House
    relay: Relay
    keeper: DrawKeeper
    period: int = 0

    @property
    def pipeline(self) -> Pipeline:
        return self.house.pipeline

    def at(self, instant: datetime) -> None:
        self.pipeline.clock.at = instant

    async def begin(self, ends: int = ENDS, **rules: Any) -> None:
        """Open a raffle with four people in it, who gave one to four subscriptions."""
        await self.house.rules(**{"settlement_h": 0, "renews": False} | rules)
        self.period = await self.house.start(ends=ends)
        await self.house.happen(*(gift(one, one, micros(EVE), one) for one in (1, 2, 3, 4)))
        await self.look()

    async def look(self) -> None:
        await self.house.look()
        await self.keeper.look()

    async def close(self) -> None:
        """Let the raffle end and its list be closed and promised."""
        self.at(COMES - timedelta(minutes=29))
        await self.look()

    async def ask(self, reason: str = "now") -> DrawRow:
        return await self.house.do(plan.ask, period_id=self.period, actor="tester", reason=reason)

    async def only(self) -> DrawRow:
        draw = await draws.latest(self.pipeline.server.database.reader(), self.period)
        assert draw is not None
        return draw

    async def bundle(self) -> dict[str, Any]:
        """What is published of the draw."""
        return await file_of(self.pipeline.server.database.reader(), await self.only())

    async def report(self, viewer: Viewer | None = None) -> Report:
        """What checking the draw as anybody can comes to."""
        return verify(await self.bundle(), fault_of, viewer)

    async def say_all(self) -> None:
        """Have the lines that wait be posted, as the speaker would, at this instant."""
        await self.pipeline.write(
            "UPDATE chat_line SET state = 'sent', message_id = 'm-' || id, settled_at = $1 WHERE state = 'queued' "
            "RETURNING id",
            micros(self.pipeline.clock.now()),
        )
