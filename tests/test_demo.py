"""The demo hears both ways in which Kick tells, draws a raffle that anybody can check, and shows the bot at work."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from clients.simulator.beacon import OwnBeacon
from server.app import assembled
from server.demo.community import BROADCASTER_ID, RAFFLE_ENDS_AFTER, begun, ended, seeded
from server.domain.draws.records import short_code
from server.domain.draws.rounds import DEMO
from server.domain.draws.rounds import instant_of as time_of
from server.domain.draws.verify import verify
from server.effects.draws import DrawKeeper
from server.events.happening import Person
from server.jobs.unit import Done, Scope
from server.platforms.drand.bls import signature_fault
from server.ports import Tx
from server.routines import beacons_for, draws_for
from server.running import Server
from server.settings import Settings
from server.store.draws import draws
from server.store.draws.draws import DrawRow
from server.store.raffle.periods import PeriodRecord
from server.web.overlay.build import PAGE, VENDOR
from tests.actions.test_raffle import gift
from tests.database import START, FrozenClock
from tests.programs import environment, free_port
from tests.running import SECRET
from tests.test_fairness import ran
from tests.web.chromium import chromium


async def test_the_demo_listens_to_the_simulated_websockets(tmp_path: Path) -> None:
    process = await started(tmp_path, "--json")
    assert process.stdout is not None
    try:
        told = orjson.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        async with asyncio.timeout(30), aiohttp.ClientSession() as session:
            while not await listens(session, told["urls"]):
                await asyncio.sleep(0.1)
            while not (await session.get(told["urls"]["bot"])).ok:
                await asyncio.sleep(0.1)
            async with session.get(told["urls"]["overlay"]) as overlay:
                assert overlay.status == 200
                assert "Regulars overlay" in await overlay.text()
            async with session.get(told["urls"]["discord"]) as transcript:
                assert "Regulars" in await transcript.text()
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0


@pytest.mark.browser
@pytest.mark.timeout(300)
async def test_alerts_come_as_people_of_the_demo_do_things(tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("there is no chromium; apt-get install chromium installs it")
    if not (VENDOR / PAGE).is_file():
        pytest.skip("the overlay is not built; make install builds it where there is npm")
    process = await started(tmp_path, "--json")
    assert process.stdout is not None
    try:
        told = orjson.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        async with chromium() as browser, asyncio.timeout(210):
            await browser.open(told["urls"]["alerts"])
            while not await browser.value("document.querySelector('.alert .who')?.textContent"):
                await asyncio.sleep(0.2)
            assert browser.troubles == []
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0


@pytest.mark.browser
@pytest.mark.timeout(180)
async def test_the_streamer_of_the_demo_signs_in_at_the_studio(tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("there is no chromium; apt-get install chromium installs it")
    process = await started(tmp_path, "--json")
    assert process.stdout is not None
    try:
        told = orjson.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        async with chromium() as browser:
            await browser.open(told["urls"]["studio"])
            await browser.until("document.querySelector('form button')")
            await browser.value("document.querySelector('form button').click()")
            await browser.until("document.querySelector('#account')")
            await browser.value(f"document.querySelector('#account').value = {BROADCASTER_ID!r}")
            await browser.value("document.querySelector('button[value=allow]').click()")
            await browser.until("document.querySelectorAll('iframe').length > 5")
            assert told["urls"]["studio"] == await browser.value("location.href")
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0


@pytest.mark.timeout(300)
async def test_what_people_ask_on_discord_and_what_the_bot_posts_goes_by(tmp_path: Path) -> None:
    process = await started(tmp_path)
    try:
        seen = await until_said(process, "mug: the list is closed")
        said, posted = "\n".join(seen), "\n".join(seen[-12:])
        for told in (
            "ada uses /watchtime",
            "bruno uses /leaderboard",
            "bruno uses /raffle info",
            "ada uses /link kick",
        ):
            asked, _, command = told.partition(" uses ")
            answered = said.partition(told)[2].partition(f"answers {asked}")[2].lstrip().splitlines()
            assert any(line.lstrip().startswith("| **") for line in answered[:3]), f"{command} shows no card"
        assert "Kick: " in said.partition("ada uses /link confirm")[2].partition("ada uses")[0], "she is linked"
        assert "#raffle Regulars" in posted
        code = re.search(r"Code of the list: `([A-Z0-9-]{19})`", "\n".join([*seen, *await lines_of(process, 8)]))
        assert code is not None
        assert said.count("deliveries applied") > 1, "the status goes on between"
        assert code[1] in (tmp_path / "data" / "demo" / "discord.txt").read_text(encoding="utf-8")
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0


@pytest.mark.timeout(120)
async def test_the_demo_goes_on_without_its_bot_and_says_so(tmp_path: Path) -> None:
    process = await started(tmp_path)
    try:
        await until_said(process, "uses /link kick")
        bot = child(process, "clients.discord")
        os.kill(bot, signal.SIGKILL)
        [*_, said] = await until_said(process, "The bot ended")
        assert "exit code -9" in said
        assert "bot.log" in said
        assert (tmp_path / "data" / "demo" / "bot.log").exists()
        await until_said(process, "deliveries applied")
        others = [child(process, module) for module in ("clients.simulator", "clients.simulator.discord")]
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0
    assert not [one for one in others if Path(f"/proc/{one}").exists()], "all end with the demo"


@pytest.mark.timeout(120)
async def test_no_process_outlives_the_terminal_of_the_demo(tmp_path: Path) -> None:
    process = await started(tmp_path)
    await until_said(process, "Ctrl-C stops everything")
    others = [child(process, f"clients.{module}") for module in ("simulator", "simulator.discord", "discord")]
    process.send_signal(signal.SIGHUP)
    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert not [one for one in others if Path(f"/proc/{one}").exists()]


async def started(folder: Path, *more: str) -> asyncio.subprocess.Process:
    """The demo, as a person starts it whose output goes into a pipe."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "demo", *more),
        env=environment(REGULARS_PORT=str(free_port()), PYTHONPATH=str(Path(__file__).parents[1])),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )


async def until_said(process: asyncio.subprocess.Process, words: str) -> list[str]:
    """What the demo prints, up to a line with these words."""
    assert process.stdout is not None
    seen: list[str] = []
    async for line in process.stdout:
        seen.append(line.decode().rstrip("\n"))
        if words in seen[-1]:
            return seen
    raise AssertionError("\n".join(["the demo ended:", *seen[-20:]]))


async def lines_of(process: asyncio.subprocess.Process, many: int) -> list[str]:
    """So many more lines."""
    assert process.stdout is not None
    return [(await process.stdout.readline()).decode() for _ in range(many)]


def child(process: asyncio.subprocess.Process, module: str) -> int:
    """The process that the demo started for a module."""
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        for number in (task / "children").read_text().split():
            if module in Path(f"/proc/{number}/cmdline").read_text().split("\0"):
                return int(number)
    raise AssertionError(f"{module} does not run")


async def listens(session: aiohttp.ClientSession, urls: dict[str, str]) -> bool:
    """Whether the server listens, and has heard a frame."""
    async with session.get(urls["ready"]) as answer:
        sockets = (await answer.json())["websockets"]
    async with session.get(urls["metrics"]) as answer:
        lines = (await answer.text()).splitlines()
    frames = [line for line in lines if line.startswith("regulars_websocket_frames_total{")]
    return sockets == {"listening": 1} and any(float(line.split()[-1]) for line in frames)


@dataclass
class Demo:
    """The demo's server with its beacon, and a clock that can be set forward."""

    server: Server
    clock: FrozenClock
    keeper: DrawKeeper
    community: int

    async def giving(self, raffle: PeriodRecord) -> None:
        """Have five people give subscriptions within the raffle."""
        harbour = Person(id=BROADCASTER_ID, name="HarbourLights")
        gifts = [replace(gift(one, one, raffle.span.starts, one), broadcaster=harbour) for one in range(1, 6)]

        async def tell(tx: Tx, scope: Scope) -> Done[None]:
            del tx, scope
            return Done(None, gifts)

        await self.server.units.run(self.community, tell)
        await self.server.settle()

    async def look(self, raffle: PeriodRecord) -> DrawRow:
        await self.keeper.look()
        draw = await draws.latest(self.server.database.reader(), raffle.id)
        assert draw is not None
        return draw


@asynccontextmanager
async def demo_on(database_url: str) -> AsyncGenerator[Demo, None]:
    clock, site = FrozenClock(), web.Application()
    OwnBeacon(clock.now).add_to(site)
    async with TestServer(site) as relay, aiohttp.ClientSession() as session:
        settings = Settings(
            database_url=database_url,
            secret_key=SECRET,  # type: ignore[arg-type]
            drand_relays=(str(relay.make_url("")).rstrip("/"),),
        )
        async with assembled(settings, clock=clock, chain=DEMO) as server:
            with beacons_for(settings, session, DEMO) as beacons:
                keeper = draws_for(settings, server.database, server.units, beacons, DEMO)
                yield Demo(server, clock, keeper, await seeded(server))


async def test_a_stranger_checks_the_demos_draw_with_a_script_of_his_own(database_url: str, tmp_path: Path) -> None:
    async with demo_on(database_url) as demo:
        raffle = await begun(demo.server, demo.community)
        await demo.giving(raffle)
        demo.clock.at += RAFFLE_ENDS_AFTER
        await ended(demo.server, demo.community, raffle)
        promised = await demo.look(raffle)
        demo.clock.at = time_of(promised.beacon_round)
        drawn = await demo.look(raffle)
        told = await file_of(demo.server, drawn)
    assert drawn.commit_hash is not None
    assert drawn.drawn_at is not None
    assert drawn.drawn_at - START < timedelta(minutes=3)
    done = ran(tmp_path, "check.py", told, short_code(bytes.fromhex(drawn.commit_hash)))
    assert done.stderr == ""
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["wins", "alternate", "alternate", "alternate"]
    assert ran(tmp_path, "beacon.py", told).returncode == 1
    report = verify(told, signature_fault)
    assert report.verdict == "not_independently_verifiable"
    assert [check.name for check in report.checks if check.fault] == ["chain"]


async def file_of(server: Server, draw: DrawRow) -> Any:
    async with TestClient(TestServer(server.site)) as http, http.get(f"/draws/{draw.name}") as answer:
        assert answer.status == 200
        return await answer.json()
