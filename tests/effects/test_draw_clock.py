"""Rounds are named, and draws given up, by the time at which the community is ours, not at which the wait began."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from server.actions.draws import commit, settle
from server.actions.draws.freeze import freeze
from server.domain.draws.plan import COMMIT_LEAD, DrawState
from server.domain.draws.rounds import instant_of as time_of
from server.domain.refusals import Refused
from server.effects.draws import closed_list
from server.jobs.unit import Done, Scope, locked
from server.ports import Tx
from server.system import SystemChance
from tests.actions.pipeline import pipeline_on
from tests.database import POSTGRES_URL, FrozenClock
from tests.effects.drawing import COMES, EVE, KEYS, PUBLIC_URL, Draws, draws_on

WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
LONG = timedelta(minutes=20)


@pytest.fixture
async def drawn(database_url: str) -> AsyncGenerator[Draws, None]:
    async with pipeline_on(database_url, FrozenClock(EVE)) as pipeline:
        yield await draws_on(pipeline)


async def after_a_long_wait(drawn: Draws, work: Coroutine[Any, Any, Any]) -> Any:
    """What comes of work that begins while somebody else has the community, and goes on 20 minutes later."""
    is_held, may_go = asyncio.Event(), asyncio.Event()

    async def hold(tx: Tx, scope: Scope) -> Done[None]:
        await locked(tx, scope)
        is_held.set()
        await may_go.wait()
        return Done(None)

    holding = asyncio.create_task(drawn.pipeline.server.units.run(drawn.house.community, hold))
    await is_held.wait()
    working = asyncio.create_task(work)
    if POSTGRES_URL is None:
        for _ in range(100):
            await asyncio.sleep(0)
    else:
        while not await drawn.pipeline.read(WAITING):
            await asyncio.sleep(0.01)
    drawn.pipeline.clock.at += LONG
    may_go.set()
    await holding
    return await working


async def frozen(drawn: Draws) -> partial[Any]:
    """The commit of a draw whose list is closed."""
    draw = await drawn.only()
    assert await drawn.house.do(freeze, draw_id=draw.id, chance=SystemChance(), keys=KEYS)
    closed = await closed_list(drawn.pipeline.server.database.reader(), draw.id)
    assert closed is not None
    return partial(commit.commit, draw_id=draw.id, closed=closed, keys=KEYS, public_url=PUBLIC_URL)


async def test_a_commit_that_staff_asked_for_names_a_round_that_nobody_knows_yet(drawn: Draws) -> None:
    await drawn.begin()
    drawn.at(COMES - timedelta(minutes=29))
    await drawn.house.look()
    await drawn.ask()
    action = await frozen(drawn)
    assert await after_a_long_wait(drawn, drawn.pipeline.server.units.run(drawn.house.community, action))
    assert time_of((await drawn.only()).beacon_round) >= drawn.pipeline.clock.now() + COMMIT_LEAD


async def test_a_planned_draw_is_moved_whose_round_came_while_its_commit_waited(drawn: Draws) -> None:
    await drawn.begin()
    drawn.at(COMES - timedelta(minutes=15))
    await drawn.house.look()
    action = await frozen(drawn)
    assert not await after_a_long_wait(drawn, drawn.pipeline.server.units.run(drawn.house.community, action))
    draw = await drawn.only()
    assert draw.state is DrawState.FROZEN
    assert time_of(draw.beacon_round) >= drawn.pipeline.clock.now() + COMMIT_LEAD


async def test_nobody_gives_a_draw_up_who_waited_until_its_round_was_out(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.close()
    drawn.at(COMES - timedelta(minutes=5))
    action = partial(settle.void, draw_id=(await drawn.only()).id, reason="not to my liking", keys=KEYS)
    with pytest.raises(Refused, match="round of this draw is out"):
        await after_a_long_wait(drawn, drawn.pipeline.server.units.run(drawn.house.community, action))


async def test_whoever_asks_for_a_draw_and_waits_gets_a_round_that_nobody_knows_yet(drawn: Draws) -> None:
    await drawn.begin()
    await drawn.close()
    drawn.at(COMES - timedelta(minutes=25))
    await drawn.house.do(settle.void, draw_id=(await drawn.only()).id, reason="a mistake", keys=KEYS)
    draw = await after_a_long_wait(drawn, drawn.ask())
    assert time_of(draw.beacon_round) >= drawn.pipeline.clock.now() + COMMIT_LEAD
