"""A server that goes away and comes back under the same address, with a clock that goes on, and pages that listen."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import orjson
from aiohttp.test_utils import TestServer, unused_port

from server.actions import names
from server.actions.tokens import overlay_keys
from server.app import assembled
from server.auth.shown_once import digest_of
from server.domain.names import NameSettings
from server.running import Server, running
from server.settings import Settings
from tests.actions.alerting import House
from tests.actions.pipeline import Pipeline
from tests.database import FrozenClock
from tests.keys import kicks_key
from tests.running import SECRET
from tests.web.chromium import Browser

OVERLAY = "main"
TICK_S = 0.02
COUNTING = """window.sounds = 0; window.AudioContext = class extends AudioContext {
    constructor() { super(); window.sounds += 1 } }"""
ALERT = "document.querySelector('.alert .who')?.textContent ?? null"


@dataclass
class Theatre:
    """One community's overlay, served under an address that stays."""

    database_url: str
    clock: FrozenClock
    folder: Path
    port: int = field(default_factory=unused_port)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    secret: str = ""
    house: House | None = None

    @property
    def at_home(self) -> House:
        assert self.house is not None
        return self.house

    async def open(self) -> Server:
        """Serve, again or for the first time."""
        pem = self.folder / "kick.pem"
        pem.write_text(kicks_key().public_pem)
        settings = Settings(
            database_url=self.database_url,
            secret_key=SECRET,  # type: ignore[arg-type]
            kick_public_key_file=pem,
        )
        server = await self.stack.enter_async_context(assembled(settings, roles=frozenset({"web"}), clock=self.clock))
        await self.stack.enter_async_context(running(server))
        site = TestServer(server.site, port=self.port)
        await site.start_server()
        self.stack.push_async_callback(site.close)
        pipeline = Pipeline(server, self.clock)  # type: ignore[arg-type] - of a whole server the same parts are used
        self.house = House(pipeline, self.house.community if self.house else await pipeline.community())
        return server

    async def close(self) -> None:
        """Be away."""
        await self.stack.aclose()
        self.stack = AsyncExitStack()

    async def furnish(self, server: Server) -> None:
        """A key for the overlay, and names that are shown whole."""
        self.secret = server.services.shown_once.secret("overlay", "salt")
        key = partial(overlay_keys.create, overlay=OVERLAY, digest=digest_of(self.secret))
        await server.units.run(self.at_home.community, key)
        await server.units.run(
            self.at_home.community, partial(names.change_settings, settings=NameSettings(masks=False), actor="staff")
        )

    async def show(self, browser: Browser, widget: str = "alerts", **options: str) -> None:
        """Open the alerts, or another widget, in a browser that counts its sounds."""
        await browser.call("Page.addScriptToEvaluateOnNewDocument", source=COUNTING)
        more = "".join(f"&{name}={value}" for name, value in options.items())
        await browser.open(f"http://127.0.0.1:{self.port}/overlay/{widget}#k={self.secret}&lang=en{more}")
        await browser.until("document.readyState === 'complete' && !location.hash.includes('k=')")

    async def half_seen(self) -> None:
        """Wait until well over half of the alert that is shown is over."""
        [row] = await self.at_home.pipeline.read(
            "SELECT payload FROM job WHERE kind = 'stream_alert' AND state <> 'done'"
        )
        told = orjson.loads(row["payload"])
        starts, ends = (datetime.fromisoformat(told[name]) for name in ("startsAt", "endsAt"))
        while self.clock.now() < starts + (ends - starts) * 0.7:
            await asyncio.sleep(TICK_S)

    async def ended(self) -> dict[str, list[str]]:
        return await self.at_home.ended(OVERLAY)

    async def until_ended(self, how: str, many: int) -> None:
        """Wait until so many alerts ended in a way."""
        async with asyncio.timeout(30):
            while len((await self.ended()).get(how, [])) < many:
                await asyncio.sleep(0.1)


@asynccontextmanager
async def theatre_on(database_url: str, clock: FrozenClock, folder: Path) -> AsyncGenerator[Theatre, None]:
    """A theatre whose clock goes like that of the wall."""

    async def pass_time() -> None:
        loop = asyncio.get_running_loop()
        last_s = loop.time()
        while True:
            await asyncio.sleep(TICK_S)
            now_s = loop.time()
            clock.pass_time(seconds=now_s - last_s)
            last_s = now_s

    theatre = Theatre(database_url, clock, folder)
    passing = asyncio.create_task(pass_time())
    try:
        await theatre.furnish(await theatre.open())
        yield theatre
    finally:
        passing.cancel()
        await theatre.close()
