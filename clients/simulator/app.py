"""One run of the simulator: the key, the plan, the courier, the sign-in, and the pages that show what it does."""

import asyncio
import signal
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import orjson
from aiohttp import web

from clients.simulator.beacon import OwnBeacon
from clients.simulator.book import REPEATS, WINDOW, Book, clock_time, micros
from clients.simulator.community import Setting, cast, plan
from clients.simulator.delivery import Courier, Progress, Route, pace
from clients.simulator.faults import NO_FAULTS, Faults, deliveries
from clients.simulator.frames import Rooms, pushes_of
from clients.simulator.grants import KickApp
from clients.simulator.happenings import StreamTold
from clients.simulator.played import HOST, add_kick
from clients.simulator.signing import SigningKey
from clients.simulator.stage import PLAYED_APP, Broadcast, Stage
from clients.simulator.system import wall_now

REPORT_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Everything that a run needs; `port` 0 takes any free one. A channel with `rooms` pushes over websockets, too."""

    target: str
    setting: Setting
    rooms: Rooms | None = None
    faults: Faults = NO_FAULTS
    speed: float = 1.0
    connections: int = 16
    patience_s: float = 60.0
    window: timedelta = WINDOW
    repeats: int = REPEATS
    port: int = 0
    key_file: Path | None = None
    public_key_file: Path | None = None
    book_file: Path | None = None
    url_file: Path | None = None
    app: KickApp = PLAYED_APP
    stays: bool = False
    is_live: bool = False
    is_quiet: bool = False


@dataclass(slots=True)
class Simulation:
    """A run and its book; `url` is known once it listens."""

    options: Options
    key: SigningKey
    book: Book
    progress: Progress = field(default_factory=Progress)
    url: str = ""
    listening: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    courier: Courier = field(init=False)
    stage: Stage = field(init=False)
    _streams: tuple[tuple[datetime, StreamTold], ...] = field(init=False)

    def __post_init__(self) -> None:
        told = ((happening.at, happening.fact) for happening in self.book.happenings)
        self._streams = tuple((at, fact) for at, fact in told if isinstance(fact, StreamTold))
        self.stage = Stage(self.options.app, cast(self.options.setting), seed=self.options.setting.seed)
        route = Route(
            target=self.options.target,
            key=self.key,
            broadcaster=self.options.setting.broadcaster,
            connections=self.options.connections,
            patience_s=self.options.patience_s,
        )
        self.courier = Courier(route, self.book, self.progress)

    @classmethod
    def prepare(cls, options: Options) -> "Simulation":
        """Load or create the key, write its public half where asked, and plan everything."""
        key = SigningKey.generate() if options.key_file is None else SigningKey.load_or_create(options.key_file)
        if options.public_key_file is not None:
            _write(options.public_key_file, key.public_pem.encode())
        return cls(options, key, Book(plan(options.setting), window=options.window, repeats=options.repeats))

    async def run(self) -> bool:
        """Deliver the whole plan, write the book and say whether all was acknowledged and all forgeries refused."""
        options, setting = self.options, self.options.setting
        runner = web.AppRunner(self._pages(), access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, options.port)
            await site.start()
            self.url = f"http://{HOST}:{runner.addresses[0][1]}"
            if options.url_file is not None:
                _write(options.url_file, self.url.encode())
            self.listening.set()
            self._say(f"Playing Kick at {self.url}, delivering to {options.target}", end="\n")
            planned = deliveries(self.book.happenings, end=setting.end, faults=options.faults, seed=setting.seed)
            began = wall_now() if options.is_live else None
            wait_s = pace(setting.start, options.speed, asyncio.get_running_loop().time, began=began)
            async with asyncio.TaskGroup() as group:
                beside = [group.create_task(self._report()), group.create_task(self._push(wall_now()))]
                await self.courier.run(planned, wait_s)
                for task in beside:
                    task.cancel()
            self._write_book()
            self._say(self._summary(), end="\n")
            if options.stays:
                await self.stopped.wait()
        finally:
            await runner.cleanup()
        return self.progress.is_clean

    def stop(self) -> None:
        """End the run soon: nothing new is sent, what is under way may finish, the book is written."""
        self.stopped.set()
        self.courier.stop()

    def stop_on_signals(self) -> None:
        """Stop cleanly on Ctrl-C and on SIGTERM."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)

    def _pages(self) -> web.Application:
        pages = web.Application()
        pages.router.add_get("/public/v1/public-key", self._public_key)
        pages.router.add_get("/book", self._show_book)
        pages.router.add_get("/progress", self._show_progress)
        OwnBeacon().add_to(pages)
        add_kick(pages, self.stage)
        return pages

    async def _public_key(self, _: web.Request) -> web.Response:
        return _json({"data": {"public_key": self.key.public_pem}, "message": "OK"})

    async def _show_book(self, _: web.Request) -> web.Response:
        return _json(self._whole_book())

    async def _show_progress(self, _: web.Request) -> web.Response:
        progress = self.progress
        return _json(
            {
                "planned": progress.planned,
                "sent": progress.sent,
                "acknowledged": progress.acknowledged,
                "retried": progress.retried,
                "refused_as_expected": progress.refused_as_expected,
                "misjudged": progress.misjudged,
                "outstanding": progress.outstanding,
                "event_clock": _clock(progress.event_clock),
                "is_done": progress.is_done,
            }
        )

    def _whole_book(self) -> dict[str, object]:
        setting = self.options.setting
        about: dict[str, object] = {
            "seed": setting.seed,
            "start": _clock(setting.start),
            "end": _clock(setting.end),
            "broadcaster": {"account": str(setting.broadcaster.account), "name": setting.broadcaster.name},
        }
        return about | self.book.as_json()

    def _write_book(self) -> None:
        if self.options.book_file is not None:
            _write(self.options.book_file, orjson.dumps(self._whole_book(), option=orjson.OPT_INDENT_2))

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_EVERY_S)
            progress = self.progress
            self.show_broadcast()
            clock = f"{progress.event_clock:%H:%M:%S}" if progress.event_clock else "--:--:--"
            line = (
                f"{clock} | {progress.acknowledged}/{progress.planned} acknowledged, {progress.retried} retried, "
                f"{progress.refused_as_expected} refused as expected, {progress.outstanding} outstanding"
            )
            self._say(f"\r{line:<110}" if sys.stdout.isatty() else line, end="" if sys.stdout.isatty() else "\n")

    def show_broadcast(self) -> None:
        """Have the API say of the channel what the webhooks said last."""
        clock, account = self.progress.event_clock, self.options.setting.broadcaster.account
        past = (fact for at, fact in self._streams if clock is not None and at <= clock)
        latest = max(past, key=lambda fact: (fact.started_at, fact.ended_at is not None), default=None)
        self.stage.broadcasts.pop(account, None)
        if latest is not None and latest.ended_at is None:
            self.stage.broadcasts[account] = Broadcast(latest.title, latest.started_at)

    async def _push(self, began: datetime) -> None:
        """Push what happens from now on, each at its own time; of the past no socket tells, however fast it is told."""
        rooms = self.options.rooms
        if rooms is None:
            return
        for happening in self.book.happenings:
            if happening.at >= began:
                await asyncio.sleep(max(0.0, (happening.at - wall_now()).total_seconds()))
                for push in pushes_of(rooms, happening.fact, happening.at):
                    await self.stage.sockets.push(push)

    def _summary(self) -> str:
        progress, totals_us = self.progress, self.book.totals()
        hours = sum(totals_us.values()) / 3_600_000_000
        went = (
            f"{'Everything' if progress.is_clean else 'NOT everything'} went as it should: {progress.sent} requests "
            f"sent, {progress.acknowledged} acknowledged, {progress.retried} retried, "
            f"{progress.refused_as_expected} forgeries refused, {progress.misjudged} misjudged, "
            f"{progress.outstanding} never answered."
        )
        known = (
            f"The book: {len(self.book.told)} of {len(self.book.happenings)} happenings told, "
            f"{len(self.book.streams())} streams, {hours:.2f} hours watched by {len(totals_us)} accounts."
        )
        return f"\n{went}\n{known}"

    def _say(self, text: str, *, end: str) -> None:
        if not self.options.is_quiet:
            print(text, end=end, flush=True)


def _clock(at: datetime | None) -> str | None:
    return None if at is None else clock_time(micros(at))


def _json(content: dict[str, object]) -> web.Response:
    return web.Response(body=orjson.dumps(content), content_type="application/json")


def _write(path: Path, content: bytes) -> None:
    """Write the file as a whole: a reader sees the old content or the new, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)
