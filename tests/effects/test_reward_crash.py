"""Killed at any statement, a server that starts again makes a reward once, and carries a redemption out once."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.store.database import open_database
from tests.database import FrozenClock, Migrated, copy_of, fresh_url
from tests.effects.connecting import OWNER
from tests.effects.redeeming import SLOT, VIEWER, Shop, shop_on
from tests.lives import Driver, driver

DRIVER = "tests.effects.reward_driver"
LATER_S = 600
STEP = 3
"""Each run begins elsewhere and kills at every third statement; three of them see every one."""

DEATHS_MIN = 5


@dataclass
class Crashes:
    """Lives on copies of a database, with a Kick that is as it was each time."""

    shop: Shop
    crashing: Driver
    template: str
    folder: Path

    async def play(self, check: Callable[[str], Awaitable[None]], first: int) -> int:
        """Kill a first life at one statement after the other; a second one ends as `check` wants it. How many died."""
        rewards, redemptions = deepcopy(self.shop.kick.rewards), deepcopy(self.shop.kick.redemptions)

        async def lives(*kills: tuple[int, int]) -> int | None:
            self.shop.kick.rewards, self.shop.kick.redemptions = deepcopy(rewards), deepcopy(redemptions)
            async with copy_of(self.template, self.folder) as url:
                told: list[int | None] = []
                for kill_at, later_s in kills:
                    await end_leases(url)
                    kick = self.shop.kick.url
                    told.append(await self.crashing.life(url=url, kick=kick, kill_at=kill_at, later_s=later_s))
                await check(url)
            return told[0]

        undisturbed = await lives((0, LATER_S))
        assert undisturbed is not None
        deaths = 0
        for kill_at in range(1 + first, undisturbed + 1, STEP):
            if await lives((kill_at, 0), (0, LATER_S)) is not None:
                break
            deaths += 1
        return deaths


@asynccontextmanager
async def crashes(
    migrated: Migrated, folder: Path, furnish: Callable[[Shop], Awaitable[None]]
) -> AsyncGenerator[Crashes, None]:
    async with fresh_url(migrated, folder) as template:
        async with shop_on(template, FrozenClock(), folder) as shop:
            await furnish(shop)
        # Its Kick is gone with the server; another one plays on with what the first one knew.
        async with again(shop) as kick_alone:
            with driver(DRIVER) as crashing:
                yield Crashes(kick_alone, crashing, template, folder)


@asynccontextmanager
async def again(shop: Shop) -> AsyncGenerator[Shop, None]:
    """The same Kick, listening anew."""
    async with shop.kick:
        yield shop


async def end_leases(url: str) -> None:
    """Let go of what a killed process held: PostgreSQL ends its leases by its own clock, which no test can turn."""
    database = await open_database(url)
    try:
        await database.writer().execute("DELETE FROM lease")
    finally:
        await database.close()


async def read(url: str, sql: str) -> list[tuple[object, ...]]:
    database = await open_database(url)
    try:
        return [tuple(row) for row in await database.reader().fetch(sql)]
    finally:
        await database.close()


@pytest.mark.crash
@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(STEP))
async def test_a_reward_is_made_once(migrated: Migrated, tmp_path: Path, first: int) -> None:
    async def furnish(shop: Shop) -> None:
        await shop.wish(is_on=False)

    async with crashes(migrated, tmp_path, furnish) as lives:

        async def made_once(url: str) -> None:
            known = await read(url, "SELECT external_id, applied, problem FROM reward")
            jobs = await read(url, "SELECT kind, state, attempts, error FROM job ORDER BY id")
            assert known == [(name, 1, None) for name in lives.shop.page], jobs
            assert [one["is_paused"] for one in lives.shop.page.values()] == [True], jobs

        assert await lives.play(made_once, first) > DEATHS_MIN


@pytest.mark.crash
@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(STEP))
async def test_redemptions_are_carried_out_once(migrated: Migrated, tmp_path: Path, first: int) -> None:
    async def furnish(shop: Shop) -> None:
        bonus, slot = await shop.sell(), await shop.sell(SLOT, title="Slot")
        for reward in (bonus, slot):
            await shop.kick.redeem(OWNER, reward, VIEWER, "Book of Dead")

    async with crashes(migrated, tmp_path, furnish) as lives:

        async def done_once(url: str) -> None:
            rows = await read(url, "SELECT told, deed, settling, reason FROM redemption ORDER BY id")
            assert sorted(rows, key=str) == [
                ("accepted", "done", "settled", None),
                ("rejected", "refused", "settled", "slot_calls_closed"),
            ]
            assert await read(url, "SELECT amount_us FROM watch_adjustment") == [(600_000_000,)]
            assert await read(url, "SELECT id FROM slot_call") == []
            told = sorted(one["status"] for one in lives.shop.kick.redemptions.values())
            assert told == ["accepted", "rejected"]

        assert await lives.play(done_once, first) > DEATHS_MIN
