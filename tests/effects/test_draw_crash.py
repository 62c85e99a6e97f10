"""Killed at every statement of a raffle's way from its end to its winners, a server goes on as if nothing had been."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.domain.draws.plan import COMMIT_LEAD, DrawState
from server.domain.instants import micros
from server.domain.raffle.periods import ARCHIVED_AFTER
from tests.actions.pipeline import pipeline_on
from tests.actions.test_raffle import House, kicks
from tests.database import FrozenClock, Migrated, fresh_url
from tests.effects.draw_driver import Life
from tests.effects.drawing import COMES, EVE, Draws, Relay, draws_on, keeper_on
from tests.effects.mortal import DRIVER, Mortal, do_at_once
from tests.lives import driver

DEATHS_MIN = 30
CLOSES = COMES - timedelta(minutes=29)
TOLD = COMES + timedelta(seconds=11)
BEFORE = COMES - timedelta(minutes=40)
LOOKS = [("look", instant) for instant in (COMES - COMMIT_LEAD, COMES, TOLD)]


@asynccontextmanager
async def mortal_on(migrated: Migrated, folder: Path, **rules: Any) -> AsyncGenerator[tuple[Mortal, int], None]:
    """A mortal server, and the raffle it has: four people are in it, one of whom has tickets due by a rate."""
    async with fresh_url(migrated, folder) as url:
        async with pipeline_on(url, FrozenClock(EVE)) as pipeline:
            draws = await draws_on(pipeline)
            await draws.begin(kicks=3, alternates=2, **rules)
            await draws.house.happen(kicks(4, 1_000, micros(EVE), 5))
        with driver(DRIVER) as process:
            yield Mortal(url, draws.house.community, process), draws.period


@asynccontextmanager
async def survived(mortal: Mortal, at: datetime, period: int) -> AsyncGenerator[Draws, None]:
    """What is there after all lives."""
    async with pipeline_on(mortal.url, FrozenClock(at)) as pipeline:
        house = House(pipeline, mortal.community)
        yield Draws(house, Relay(), keeper_on(pipeline.server, Relay()), period)


async def rows(draws: Draws, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await draws.pipeline.read(sql)]


@pytest.mark.crash
@pytest.mark.timeout(300)
async def test_a_raffle_ends_is_renewed_and_drawn_once(migrated: Migrated, tmp_path: Path) -> None:
    async with mortal_on(migrated, tmp_path, renews=True) as (mortal, period):
        await mortal.does("look", CLOSES)
        async with survived(mortal, CLOSES, period) as draws:
            assert (await draws.only()).state is DrawState.COMMITTED
            promised = await draws.bundle()
            await draws.say_all()
        await mortal.does("look", COMES)
        await mortal.does("look", TOLD)
        await mortal.does("look", COMES + ARCHIVED_AFTER)
        assert len(mortal.deaths) > DEATHS_MIN
        async with survived(mortal, COMES + ARCHIVED_AFTER, period) as draws:
            assert await rows(draws, "SELECT number, state FROM raffle_period ORDER BY id") == [
                (1, "archived"),
                (2, "frozen"),
                (3, "open"),
            ]
            assert await rows(draws, "SELECT number, state FROM draw ORDER BY id") == [
                (1, "drawn"),
                (1, "empty"),
                (1, "planned"),
            ]
            assert await rows(draws, "SELECT kind FROM draw_record ORDER BY seq") == [("commit",), ("result",)]
            assert await rows(draws, "SELECT kind, state FROM job WHERE kind LIKE 'draw%' ORDER BY kind") == [
                ("draw_committed", "ready"),
                ("draw_done", "behind"),
                ("draws.reveal", "done"),
            ]
            assert await rows(draws, "SELECT count(*) FROM chat_line") == [(2,)], "the code, and the winners"
            assert await draws.house.tickets(period) == {"1": 15, "2": 30, "3": 45, "4": 90}
            bundle, report = await draws.bundle(), await draws.report()
            assert {name: bundle[name] for name in ("entries", "excluded", "rules")} == {
                name: promised[name] for name in ("entries", "excluded", "rules")
            }
            assert bundle["signatures"][: len(promised["log"])] == promised["signatures"]
            assert report.verdict == "verified"
            assert await rows(draws, "SELECT position, place, state FROM draw_place ORDER BY position") == [
                (one.place.position, one.place.owner, "won" if one.wins else "alternate") for one in report.winners
            ]


@pytest.mark.crash
@pytest.mark.timeout(300)
async def test_what_staff_does_about_a_draw_is_done_once(migrated: Migrated, tmp_path: Path) -> None:
    async with mortal_on(migrated, tmp_path) as (mortal, period):
        await mortal.does("end", EVE + timedelta(hours=1))
        await mortal.does("ask", EVE + timedelta(hours=2), period)
        await mortal.does("look", EVE + timedelta(hours=2))
        async with survived(mortal, EVE + timedelta(hours=2), period) as draws:
            first = await draws.only()
        await mortal.does("void", EVE + timedelta(hours=2), first.id)
        await mortal.does("ask", CLOSES, period)
        await mortal.does("look", COMES - COMMIT_LEAD)
        await mortal.does("look", COMES)
        async with survived(mortal, COMES, period) as draws:
            second = await draws.only()
        await mortal.does("pass_on", TOLD, second.id)
        await mortal.does("confirm", TOLD, second.id)
        assert len(mortal.deaths) > DEATHS_MIN
        async with survived(mortal, TOLD, period) as draws:
            assert await rows(draws, "SELECT number, state FROM raffle_period ORDER BY id") == [(1, "drawn")]
            assert await rows(draws, "SELECT number, state FROM draw ORDER BY id") == [(1, "void"), (2, "drawn")]
            kinds = await rows(draws, "SELECT kind FROM draw_record ORDER BY seq")
            assert kinds == [  # the second draw had the round that the rules name
                ("postponed",),
                ("commit",),
                ("void",),
                ("commit",),
                ("result",),
                ("pass",),
            ]
            assert await rows(draws, "SELECT state FROM draw_place ORDER BY position") == [
                ("passed",),
                ("confirmed",),
                ("alternate",),
            ]
            assert [one.wins for one in (await draws.report()).winners] == [False, True, False]


@pytest.mark.several_servers
async def test_two_servers_that_do_everything_at_the_same_instant_draw_once(migrated: Migrated, tmp_path: Path) -> None:
    async with mortal_on(migrated, tmp_path) as (mortal, period):
        with driver(DRIVER) as other:
            for deed, at in (("end", BEFORE), ("ask", BEFORE), *LOOKS):
                life = Life(mortal.url, mortal.community, at.isoformat(), deed, period)
                await do_at_once((mortal.driver, other), life)
        async with survived(mortal, TOLD, period) as draws:
            assert await rows(draws, "SELECT number, state FROM draw") == [(1, "drawn")]
            assert await rows(draws, "SELECT kind FROM draw_record ORDER BY seq") == [("commit",), ("result",)]
            assert await rows(draws, "SELECT count(*) FROM draw_place WHERE state = 'won'") == [(1,)]
            assert await rows(draws, "SELECT count(*) FROM chat_line") == [(2,)], "the code, and the winners"
            assert (await draws.report()).verdict == "not_independently_verifiable", "its code was posted nowhere"
