"""The server as one holds it: its parts, its loops, and how they end."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog
from aiohttp import web
from strawberry.schema import BaseSchema

from server.auth.door import Door
from server.auth.tokens import TokenSigner
from server.effects.chat import Speakers
from server.effects.credentials import Renewals
from server.effects.overlay_presence import Presence
from server.effects.tokens import keep_noting
from server.ingest.kick_websocket import KickListener
from server.jobs import leases
from server.jobs.queue import QueueRunner
from server.jobs.recorder import Recorder
from server.jobs.schedule import Schedule
from server.jobs.spool import Spool
from server.jobs.unit import Units
from server.jobs.worker import Worker
from server.parts.bus import AnyBus
from server.parts.kick import heartbeat_for
from server.platforms.kick.key import KeyRing
from server.ports import Clock, Ids
from server.publish import topics
from server.resolvers.services import Services
from server.settings import Settings
from server.store.database import Database
from server.web.connections import IDLE_S, Connections
from server.web.metrics import Metrics, keep_refreshed, sample_loop_lag
from server.web.pages.platforms import Platform

log = structlog.get_logger(__name__)

KEY_REFRESH_S = 24 * 3600
GRACE_S = 10.0

Role = Literal["web", "worker"]
EVERYTHING: frozenset[Role] = frozenset({"web", "worker"})


@dataclass(slots=True, kw_only=True)
class Server:
    """A running server, as the command line and the tests hold it."""

    settings: Settings
    roles: frozenset[Role]
    clock: Clock
    database: Database
    bus: AnyBus
    units: Units
    recorder: Recorder
    worker: Worker
    queue: QueueRunner
    schedule: Schedule
    spool: Spool | None
    door: Door
    keys: KeyRing
    renewals: Renewals
    speakers: Speakers
    services: Services
    schema: BaseSchema
    ids: Ids
    metrics: Metrics
    platforms: Mapping[str, Platform]
    presence: Presence | None = None
    listener: KickListener | None = None
    site: web.Application = field(default_factory=web.Application)
    loops: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, asyncio.Task[None]])

    @property
    def tokens(self) -> TokenSigner:
        """What prints tokens."""
        return self.door.tokens

    async def settle(self) -> None:
        """Apply all that waits and run all jobs that are due, until nothing is left."""
        while await self.worker.drain() + await self.queue.drain() + await self.speakers.drain():
            pass


def expected_loops(server: Server) -> Iterable[str]:
    """The loops without which a server of these roles is not ready."""
    return ("recorder", "worker", "queue") if "worker" in server.roles else ("recorder",)


@asynccontextmanager
async def running(server: Server) -> AsyncGenerator[None, None]:
    """The server's loops, until the way out: then no new work is taken, and what was taken is finished.

    The recorder stands apart from the others: should one of them fail, every sender still gets his answer.
    """
    recorder = asyncio.create_task(server.recorder.run(), name="recorder")
    server.loops["recorder"] = recorder
    try:
        async with asyncio.TaskGroup() as loops:
            endless = [loops.create_task(loop, name=name) for name, loop in endless_loops(server)]
            server.loops.update({task.get_name(): task for task in endless})
            try:
                yield
            finally:
                for task in endless:
                    task.cancel()
    finally:
        server.recorder.close()
        await asyncio.wait([recorder], timeout=GRACE_S)
        await give_back(server)


async def give_back(server: Server) -> None:
    """Let other servers have at once what this one held; where the database is away they wait for the leases' end."""
    # What a batch still writes comes first, or another server would begin beside it.
    await server.units.close()
    await leases.on_the_way_out(server.worker.release(), "communities")
    if server.listener is not None and server.database.dialect != "sqlite":
        await leases.on_the_way_out(server.listener.release(), "websockets")


def endless_loops(server: Server) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
    """The loops that run until they are cancelled, by name."""
    yield "metrics", keep_refreshed(server.metrics, server.database)
    yield "loop lag", sample_loop_lag(server.metrics, server.clock)
    if "worker" in server.roles:
        yield "worker", server.worker.run(server.bus.listen(topics.deliveries()))
        yield "queue", server.queue.run(server.bus.listen(topics.jobs()))
        yield "schedule", server.schedule.run()
        yield "chat", server.speakers.run(server.bus.listen(topics.jobs()))
        if server.listener is not None:
            yield "websockets", server.listener.run()
    if "web" in server.roles:
        yield "keys", refresh_keys(server.keys)
        yield "token uses", keep_noting(server.units, server.door.uses)
        yield "heartbeat", heartbeat_for(server.units, server.platforms).run()
        if server.presence is not None:
            yield "overlay presence", server.presence.keep()
        if server.spool is not None:
            yield "spool", server.spool.run()


async def refresh_keys(keys: KeyRing) -> None:
    """Look once a day whether Kick publishes another key."""
    while True:
        await keys.refresh()
        await asyncio.sleep(KEY_REFRESH_S)


@asynccontextmanager
async def listening(server: Server) -> AsyncGenerator[None, None]:
    """The web application, bound to its address; open requests get time to end on the way out."""
    runner = web.AppRunner(
        server.site, access_log=None, handler_cancellation=False, shutdown_timeout=GRACE_S, keepalive_timeout=IDLE_S
    )
    connections = Connections()
    connections.heed(server.site)
    await runner.setup()
    watching = asyncio.create_task(connections.watch(runner), name="silent connections")
    try:
        await web.TCPSite(runner, server.settings.host, server.settings.port, backlog=1024).start()
        log.info("server.listening", host=server.settings.host, port=server.settings.port)
        yield
    finally:
        watching.cancel()
        await runner.cleanup()
