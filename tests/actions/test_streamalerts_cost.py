"""However many overlays a community has, what happens costs as many statements as with one."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

import pytest

from server.domain.streamalerts import AlertKind, Mode
from server.events.tellings import Corrected
from tests.actions.alerting import MAIN, STREAMER, House, follow, gift, kicks, rules, sub
from tests.actions.pipeline import pipeline_on
from tests.database import FrozenClock


@dataclass
class Counted:
    """A community, and what the database was asked."""

    house: House
    asked: list[str]

    async def cost(self, overlays: int) -> list[int]:
        """How many statements a batch costs that makes, folds and replaces alerts, and a correction of it."""
        house = self.house
        names = [f"{MAIN}-{number}" for number in range(overlays)]
        for name in names:
            await house.key(name)
            await rules(house, AlertKind.KICKS, name, mode=Mode.REPLACE)
        await house.happen(gift(9, 5, house.now, 1), kicks(3, 7, house.now, 2))
        house.pipeline.clock.pass_time(seconds=3)
        assert all([await house.take(name) is not None for name in names])
        await house.meet(6)
        self.asked.clear()
        more = gift(9, 2, house.now, 3)
        await house.happen(more, kicks(4, 8, house.now, 4), sub(5, house.now, 5), follow(6, house.now))
        happened = len(self.asked)
        self.asked.clear()
        place = {"platform": "kick", "broadcaster": STREAMER}
        known = Corrected(happening_id=3, was=more, now=replace(more, total=4), **place)
        await house.happen(known, Corrected(happening_id=5, was=sub(5, house.now, 5), now=None, **place))
        corrected = len(self.asked)
        for name in names:
            assert sorted(one.payload["amount"] for one in await house.waiting(name)) == [1, 8, 9]
        return [happened, corrected]


@pytest.fixture
async def counted(database_url: str, clock: FrozenClock) -> AsyncGenerator[Counted, None]:
    asked: list[str] = []
    async with pipeline_on(database_url, clock, hook=asked.append) as pipeline:
        house = House(pipeline, await pipeline.community())
        yield Counted(house, asked)


async def test_ten_overlays_cost_as_many_statements_as_one(counted: Counted) -> None:
    alone = await counted.cost(1)
    other = House(counted.house.pipeline, await counted.house.pipeline.community())
    assert await Counted(other, counted.asked).cost(10) == alone
