"""Bots in processes of their own: ours and the bare library's, each in a simulated Discord of its own."""

import asyncio
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

import orjson
from aiohttp import ClientSession

from benchmarks import community, machine
from benchmarks.engines import Engine
from benchmarks.processes import free_port
from server.actions import guilds
from server.app import assembled
from server.demo.discord import DiscordServer, Unanswered, controls_of, service_key, told_by
from server.running import Server, listening, running
from server.system import SystemClock

ROOT = Path(__file__).parents[1]
CHANNEL = "general"
READY_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 20.0
POLL_S = 0.02
NO_WORD = "this kernel does not say what a process takes"


@dataclass(frozen=True, slots=True)
class Place:
    """A server with a community, and what a bot needs to serve it."""

    server: Server
    community: int
    origin: str
    key: str
    session: ClientSession
    folder: Path


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot that is there, how long that took, and what of it the processor; its own pages, where it has some."""

    process: Process
    seconds: float
    processor_s: float
    pages: str = ""

    @classmethod
    def there(cls, process: Process, begun_s: float, pages: str = "") -> "Bot":
        """A bot whose process began then, and which is there now."""
        seconds, processor_s = time.perf_counter() - begun_s, machine.processor_s(process.pid)
        assert processor_s is not None, NO_WORD
        return cls(process, seconds, processor_s, pages)

    @property
    def mib(self) -> float:
        """The memory that it holds."""
        held = machine.resident_mib(self.process.pid)
        assert held is not None, NO_WORD
        return held


@asynccontextmanager
async def placed(engine: Engine, folder: Path) -> AsyncGenerator[Place, None]:
    """A server over a measured database, with a community whose stream is live."""
    port = free_port()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(engine.migrated())
        server = await stack.enter_async_context(assembled(community.settings_for(url, port=port)))
        await stack.enter_async_context(running(server))
        await stack.enter_async_context(listening(server))
        found = await community.found(server, SystemClock().now())
        session = await stack.enter_async_context(ClientSession())
        yield Place(server, found, f"http://127.0.0.1:{port}", await service_key(server), session, folder)


@asynccontextmanager
async def played(place: Place) -> AsyncGenerator[DiscordServer, None]:
    """A fresh simulated Discord, whose one server belongs to the community while it is there."""
    written = Path(mkdtemp(dir=place.folder)) / "discord.json"
    arguments = ("clients.simulator.discord", "--channel", CHANNEL, "--quiet", "--url-file", str(written))
    async with living(*arguments, folder=written.parent, environment={}) as process:
        told = orjson.loads(await content(written, process))
        world = await told_by(place.session, f"{controls_of(told['api'])}/world")
        [guild] = world["guilds"]
        offer = partial(guilds.offer, salt=guild["id"], lifetime=timedelta(minutes=1))
        code, _ = await place.server.units.run(place.community, offer)
        bind = partial(guilds.bind, code_id=code, guild=guild["id"], name="Harbour")
        await place.server.units.run(place.community, bind)
        yield DiscordServer(place.session, told["api"], told["token"], guild["id"], guild["channels"])
        await place.server.units.run(place.community, partial(guilds.unbind, guild=guild["id"]))


@asynccontextmanager
async def ours(place: Place, home: DiscordServer) -> AsyncGenerator[Bot, None]:
    """`regulars-bot run` that never ran before, from when its health page says that Discord is connected."""
    pages = f"http://127.0.0.1:{free_port()}"
    environment = told_to(home) | {
        "REGULARS_BOT_SERVICE_KEY": place.key,
        "REGULARS_BOT_SERVER_URL": place.origin,
        "REGULARS_BOT_HEALTH_PORT": pages.rpartition(":")[2],
        "REGULARS_BOT_DATA": ".",
    }
    begun_s = time.perf_counter()
    folder = Path(mkdtemp(dir=place.folder))
    async with living("clients.discord", "run", folder=folder, environment=environment) as process:
        while not await says(place.session, f"{pages}/healthz"):
            alive(process, begun_s)
            await asyncio.sleep(POLL_S)
        yield Bot.there(process, begun_s, pages)


@asynccontextmanager
async def bare(place: Place, home: DiscordServer) -> AsyncGenerator[Bot, None]:
    """The library alone, from when it says that the gateway is ready."""
    begun_s = time.perf_counter()
    async with living("benchmarks.raw_discord", folder=place.folder, environment=told_to(home)) as process:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), READY_TIMEOUT_S)
        assert line == b"ready\n", line
        yield Bot.there(process, begun_s)


def told_to(home: DiscordServer) -> dict[str, str]:
    """What every bot has to know of Discord."""
    return {"REGULARS_BOT_DISCORD_API": home.api, "REGULARS_DISCORD_TOKEN": home.token}


@asynccontextmanager
async def living(*arguments: str, folder: Path, environment: Mapping[str, str]) -> AsyncGenerator[Process, None]:
    """`python -m ...` with nothing but `environment`, away from any .env file, until the way out."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *arguments),
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), **environment},
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)


async def content(path: Path, process: Process) -> bytes:
    """What a process writes into a file, once it did."""
    begun_s = time.perf_counter()
    while (told := written(path)) is None:
        alive(process, begun_s)
        await asyncio.sleep(POLL_S)
    return told


def written(path: Path) -> bytes | None:
    """What stands in a file that may not be there yet."""
    return path.read_bytes() if path.exists() else None


def alive(process: Process, begun_s: float) -> None:
    """Give up on a process that ended, or takes too long."""
    assert process.returncode is None, "it ended before it was there"
    assert time.perf_counter() - begun_s < READY_TIMEOUT_S, "it takes too long"


async def says(session: ClientSession, url: str) -> bool:
    """Whether a page of a bot says that all is well."""
    try:
        await told_by(session, url)
    except Unanswered:
        return False
    return True
