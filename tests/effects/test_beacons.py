"""Draws that ask relays over HTTP for real rounds and check each: late ones, liars, silent ones, and none at all."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from concurrent.futures import BrokenExecutor, Executor
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from clients.simulator.beacon import Mood, Relay
from server.actions.draws import draw as drawing
from server.domain.draws.plan import DrawState
from server.domain.draws.rounds import instant_of as time_of
from server.domain.refusals import Refused
from server.platforms.drand.client import DrandClient
from server.platforms.drand.rounds import pasted
from server.platforms.drand.worker import CheckingProcess
from server.ports_platforms import ApiFault
from server.routines import beacons_for
from server.settings import Settings
from tests.actions.pipeline import pipeline_on
from tests.database import FrozenClock
from tests.effects.drawing import COMES, EVE, ROUND, Draws, draws_on, keeper_on, known_round

TIMEOUT_S = 1.0
KNOWN = {number: known_round(number).signature.hex() for number in (ROUND, ROUND + 1)}


@asynccontextmanager
async def asking(drawn: Draws, checking: Executor, *moods: Mood) -> AsyncGenerator[tuple[Draws, list[Relay]], None]:
    """The draws, whose keeper asks relays of these moods one after the other."""
    relays = [Relay(dict(KNOWN), mood) for mood in moods]
    servers: list[TestServer] = []
    for relay in relays:
        site = web.Application()
        relay.add_to(site)
        servers.append(TestServer(site))
        await servers[-1].start_server()
    async with ClientSession() as session:
        addresses = [str(server.make_url("")) for server in servers]
        client = DrandClient(session, checking, relays=addresses, timeout_s=TIMEOUT_S)
        yield replace(drawn, keeper=keeper_on(drawn.pipeline.server, client)), relays
    for server in servers:
        await server.close()


@pytest.fixture
async def drawn(database_url: str) -> AsyncGenerator[Draws, None]:
    async with pipeline_on(database_url, FrozenClock(EVE)) as pipeline:
        yield await draws_on(pipeline)


@pytest.mark.timeout(120)
async def test_relays_that_lie_hang_or_are_down_are_passed_over(drawn: Draws, checking: Executor) -> None:
    async with asking(drawn, checking, "down", "hanging", "lying", "honest", "honest") as (draws, relays):
        await draws.begin()
        await draws.close()
        await draws.say_all()
        draws.at(COMES)
        await draws.look()
        assert (await draws.report()).verdict == "verified"
        assert [relay.asked for relay in relays] == [[ROUND], [ROUND], [ROUND], [ROUND], []]


@pytest.mark.timeout(120)
async def test_a_round_that_comes_late_is_waited_for_and_no_other_is_taken(drawn: Draws, checking: Executor) -> None:
    async with asking(drawn, checking, "honest") as (draws, [relay]):
        relay.rounds = {ROUND + 1: KNOWN[ROUND + 1]}
        await draws.begin()
        await draws.close()
        for late_s in (0, 5, 3_600):
            draws.at(COMES + timedelta(seconds=late_s))
            await draws.look()
            assert (await draws.only()).state is DrawState.COMMITTED
        relay.rounds = KNOWN
        await draws.look()
        assert (await draws.only()).state is DrawState.DRAWN
        assert set(relay.asked) == {ROUND}
        assert (await draws.report()).verdict == "not_independently_verifiable", "its code was posted nowhere"


@pytest.mark.timeout(120)
async def test_with_every_relay_down_or_lying_the_round_is_pasted_in_and_checked(
    drawn: Draws, checking: Executor
) -> None:
    async with asking(drawn, checking, "down", "lying") as (draws, _):
        await draws.begin()
        await draws.close()
        draws.at(COMES + timedelta(hours=1))
        await draws.look()
        waiting = await draws.only()
        assert waiting.state is DrawState.COMMITTED
        text = orjson.dumps({"round": ROUND, "signature": KNOWN[ROUND + 1]}).decode()
        with pytest.raises(Refused) as refused:
            await pasted(text, ROUND, checking)
        assert refused.value.code == "signature_wrong"
        beacon = await pasted(text.replace(KNOWN[ROUND + 1], KNOWN[ROUND]), ROUND, checking)
        await draws.house.do(drawing.supply, draw_id=waiting.id, beacon=beacon)
        await draws.look()
        assert (await draws.only()).state is DrawState.DRAWN


async def test_a_round_that_is_known_already_is_neither_promised_nor_asked_for(
    drawn: Draws, checking: Executor
) -> None:
    async with asking(drawn, checking, "honest") as (draws, [relay]):
        await draws.begin()
        draws.at(COMES + timedelta(hours=1))
        for _ in range(3):
            await draws.look()
        promised = await draws.only()
        assert promised.state is DrawState.COMMITTED
        assert time_of(promised.beacon_round) >= COMES + timedelta(hours=1, seconds=60)
        assert relay.asked == []


async def test_the_relays_of_the_settings_are_asked() -> None:
    settings = Settings(
        database_url="sqlite:///nowhere.sqlite3", drand_relays=("http://127.0.0.1:1", "http://localhost:1")
    )
    async with ClientSession() as session:
        with beacons_for(settings, session) as client:
            told = await client.round(ROUND)
    assert isinstance(told, ApiFault)
    assert told.message.startswith("127.0.0.1: It could not be asked")
    assert "localhost: It could not be asked" in told.message


async def test_the_process_that_checks_is_started_anew_after_it_died() -> None:
    checking = CheckingProcess()
    try:
        number = await asyncio.wrap_future(checking.submit(os.getpid))
        os.kill(number, signal.SIGKILL)
        with suppress(BrokenExecutor):
            await asyncio.wrap_future(checking.submit(os.getpid))
        assert await asyncio.wrap_future(checking.submit(os.getpid)) != number
    finally:
        checking.shutdown()
