"""An alert about who won comes when the reel on stream stands, and gives nobody away before."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from server import wiring
from server.actions.draws import plan
from server.domain.draws.plan import REVEAL_AFTER
from server.domain.streamalerts import REEL_STANDS
from server.jobs.queue import QueueRunner
from tests.effects.drawing import COMES
from tests.graph import Graph
from tests.resolvers.drawing import Eve, eve_on
from tests.resolvers.test_jobs import overlay
from tests.resolvers.test_streamalerts import COPY, TAKE, key, stage

REEL = Path(__file__).parents[2] / "clients" / "overlay" / "source" / "widgets" / "draw" / "reel.ts"


@pytest.fixture
async def eve(graph: Graph) -> Eve:
    return await eve_on(graph)


async def drawn(eve: Eve, *, is_test: bool) -> None:
    """A raffle, or a test of it, whose winners are drawn and about to be told."""
    await eve.begin(alternates=0)
    if is_test:
        eve.at(COMES - timedelta(seconds=75))
        await eve.do(plan.ask_test, period_id=eve.period, actor="tester", reason="")
        await eve.keeper.look()
    else:
        await eve.close()
    eve.at(COMES)
    await eve.keeper.look()


async def told(eve: Eve) -> None:
    """The server comes to tell who won."""
    server = eve.graph.server
    carried_out = {**wiring.effects(server.database, server.units), **wiring.draw_effects(eve.keeper)}
    await QueueRunner(server.database, server.units, effects=carried_out, clock=eve.graph.live.clock).drain()


@pytest.mark.parametrize("is_test", [False, True])
@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=3)])
async def test_no_alert_names_the_winner_before_the_reel_stands(eve: Eve, late: timedelta, *, is_test: bool) -> None:
    await key(eve.graph, eve.community, "main")
    client = overlay(eve.graph, eve.community, "main")
    await drawn(eve, is_test=is_test)
    eve.at(COMES + REVEAL_AFTER + late)
    await told(eve)
    assert (await stage(client))["waiting"] == 1
    eve.at(COMES + REVEAL_AFTER + REEL_STANDS)
    assert (await client.ask(TAKE, copy=COPY))["streamAlertId"] is None, "the reel just came to stand"
    eve.at(COMES + REVEAL_AFTER + REEL_STANDS + timedelta(seconds=1))
    assert (await client.ask(TAKE, copy=COPY))["isYours"]
    shown = (await stage(client))["shown"]["alert"]
    assert (shown["kind"], shown["isTest"]) == ("WINNER", is_test)


def test_the_server_waits_as_long_as_the_reel_of_the_page_takes_to_stop() -> None:
    found = re.search(r"^export const STOP_MS = (\d+);$", REEL.read_text(), re.MULTILINE)
    assert found
    assert timedelta(milliseconds=int(found[1])) == REEL_STANDS
