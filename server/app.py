"""The composition root: settings in, a running server out. It owns every connection, task and loop."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from typing import Any, Literal

import structlog
from aiohttp import ClientSession, web
from strawberry.schema import BaseSchema

from server.actions import invitations
from server.auth.addresses import Addresses
from server.auth.capabilities import Asked, capabilities_among
from server.auth.door import Door
from server.auth.tokens import TokenSigner
from server.domain.staff import Capabilities
from server.effects.chat import Speakers
from server.effects.credentials import Renewals
from server.effects.tokens import Crowds, keep_noting
from server.ingest.failures import Failures
from server.ingest.kick_webhook import KickWebhook
from server.ingest.kick_websocket import KickListener
from server.jobs import leases
from server.jobs.queue import QueueRunner
from server.jobs.recorder import Recorder
from server.jobs.schedule import Schedule
from server.jobs.spool import Spool
from server.jobs.unit import Units
from server.jobs.worker import Worker
from server.parts import (
    AnyBus,
    bus_for,
    database_for,
    door_for,
    heartbeat_for,
    key_ring,
    kick_connection_for,
    limits_for,
    listener_for,
    oauths,
    outgoing,
    platforms_for,
    queue_for,
    recorder_for,
    renewals_for,
    services_for,
    speakers_for,
    units_for,
    worker_for,
)
from server.platforms.kick.key import KeyRing
from server.ports import Clock, Ids, OAuthProvider
from server.publish import topics
from server.resolvers.context import context_factory
from server.resolvers.root import build_schema, root_fields
from server.resolvers.services import Services
from server.routines import schedule_for
from server.settings import Settings
from server.store.database import Database
from server.store.migrations import OutdatedSchema, pending
from server.store.statements import StatementHook
from server.system import SystemClock, SystemIds, instance_id, keep_what_is_there
from server.web.connections import IDLE_S, Connections
from server.web.graphql.documents import registered
from server.web.graphql.endpoint import add_graphql
from server.web.health import add_health, answers, runs, up_to_date
from server.web.limited import LIMITS, Limits
from server.web.metrics import Metrics, add_metrics, keep_refreshed, sample_loop_lag
from server.web.pages.platforms import Platform
from server.web.pages.site import add_pages
from server.web.pages.start import START
from server.web.playground.pages import add_playground

log = structlog.get_logger(__name__)

VERSION = version("regulars")
KEY_REFRESH_S = 24 * 3600
GRACE_S = 10.0

WELCOME = """
  Regulars is new here. To make your community open

      {url}

  sign in with Kick and type this code:

      {code}

  It is good once, for 24 hours; `regulars setup-code` makes another one.
"""

Role = Literal["web", "worker"]
Tell = Callable[[str], None]
"""Says something to whoever started the server."""
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


async def check_schema(settings: Settings) -> None:
    """Refuse a database that lacks migrations, with the command to run."""
    missing = await pending(settings.database_url)
    if missing:
        raise OutdatedSchema(
            f"The database lacks {len(missing)} migration(s), the first is {missing[0]}. Run: regulars migrate"
        )


@asynccontextmanager
async def assembled(
    settings: Settings,
    *,
    roles: frozenset[Role] = EVERYTHING,
    clock: Clock | None = None,
    ids: Ids | None = None,
    hook: StatementHook | None = None,
    providers: Mapping[str, OAuthProvider] | None = None,
) -> AsyncGenerator[Server, None]:
    """Everything connected and wired, nothing running yet; closed in order on the way out."""
    clock, ids, origin = clock or SystemClock(), ids or SystemIds(), instance_id()
    await check_schema(settings)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(database_for(settings, hook))
        metrics = Metrics(clock=clock, version=VERSION, dialect=database.dialect, root_fields=root_fields())
        session = await stack.enter_async_context(outgoing(metrics))
        bus = await stack.enter_async_context(bus_for(settings, origin))
        limits = await stack.enter_async_context(limits_for(settings, clock))
        units = await stack.enter_async_context(units_for(settings, database, bus, clock))
        platforms = platforms_for(settings, session)
        renewals = renewals_for(settings, database, units, providers or oauths(platforms), clock=clock, ids=ids)
        stack.push_async_callback(renewals.close)
        recorder = recorder_for(database, bus, metrics)
        connection = kick_connection_for(settings, session, platforms, recorder, clock)
        speaking = speakers_for(settings, session, database, units, renewals, clock=clock, origin=origin)
        server = Server(
            settings=settings,
            roles=roles,
            clock=clock,
            database=database,
            bus=bus,
            units=units,
            recorder=recorder,
            worker=worker_for(settings, database, units, clock, origin),
            queue=queue_for(database, units, clock),
            schedule=schedule_for(settings, database, units, renewals, connection, clock=clock, ids=ids, origin=origin),
            spool=None if settings.spool_directory is None else Spool(settings.spool_directory, recorder),
            door=await stack.enter_async_context(door_for(settings, database, clock, ids)),
            keys=key_ring(settings, clock, session),
            renewals=renewals,
            speakers=await stack.enter_async_context(speaking),
            services=services_for(settings, database, units, bus, limits=limits, platforms=platforms, clock=clock),
            schema=build_schema(),
            ids=ids,
            metrics=metrics,
            platforms=platforms,
        )
        server.listener = listener(server, session, origin)
        add_routes(server)
        yield server


def listener(server: Server, session: ClientSession, origin: str) -> KickListener | None:
    """What listens to Kick's websockets, recording as the webhook does."""
    spool = server.spool if "web" in server.roles else None
    return listener_for(
        server.settings,
        server.database,
        server.units,
        session,
        server.metrics,
        record=server.recorder.record if spool is None else spool.record,
        clock=server.clock,
        origin=origin,
    )


def add_routes(server: Server) -> None:
    """Put the pages and endpoints of the server's roles into the web application; a worker only tells how it is."""
    add_metrics(server.site, server.metrics)
    add_health(
        server.site,
        {
            "database": answers(server.database),
            "schema": up_to_date(server.database),
            **{name: runs(partial(server.loops.get, name)) for name in expected_loops(server)},
        },
    )
    if "web" in server.roles:
        add_api(server)


def add_api(server: Server) -> None:
    """Put what is open to the outside into the web application: the webhook, the graph and its playground."""
    settings, site = server.settings, server.site
    addresses = Addresses(settings.trusted_proxies)
    site[LIMITS] = Limits(server.services.limits, addresses)
    webhook = KickWebhook(
        keys=server.keys,
        record=server.recorder.record if server.spool is None else server.spool.record,
        make_way=server.recorder.make_way,
        failures=Failures(server.services.limits, server.clock),
        addresses=addresses,
        clock=server.clock,
        observe=server.metrics.webhook,
        body_max_bytes=settings.webhook_body_max_bytes,
        body_timeout_s=settings.webhook_body_timeout_s,
    )
    site.router.add_post("/webhooks/kick", webhook.handle)
    add_graphql(
        site,
        schema=server.schema,
        documents=registered(server.schema, strangers_free_form=settings.strangers_free_form),
        context=context_factory(server.services, server.ids, server.metrics.operation),
        door=server.door,
        rights=partial(rights_now, server.database),
        clock=server.clock,
        limits=server.services.limits,
        addresses=addresses,
        ids=server.ids,
        allowed_origins=settings.allowed_origins,
        crowded=Crowds(server.units, server.clock).tell,
    )
    add_playground(site)
    add_pages(
        site,
        database=server.database,
        units=server.units,
        clock=server.clock,
        ids=server.ids,
        secret=settings.secret_key.get_secret_value(),
        public_url=server.services.public_url,
        links=server.services.links,
        codes=server.services.codes,
        open_sign_up=settings.open_sign_up,
        vault=server.renewals.vault,
        kick_look=server.services.kick_look,
        forget_grace=server.services.forget_grace,
        sign_in_url=settings.kick_auth_url,
        platforms=server.platforms,
    )


async def rights_now(database: Database, asked: Collection[Asked]) -> Mapping[Asked, Capabilities]:
    """What people may do in communities by their grants of this moment."""
    return await capabilities_among(database.reader(), asked)


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


async def welcome(server: Server, tell: Tell) -> None:
    """Where there is no community yet, tell once how to make the first one."""
    salt = server.ids.token()
    if "web" in server.roles and await server.units.run(0, partial(invitations.prepare_once, salt=salt)):
        code = server.services.codes.code("invitation", salt)
        tell(WELCOME.format(url=f"{server.services.public_url}{START}", code=code))


async def serve(settings: Settings, *, roles: frozenset[Role] = EVERYTHING, tell: Tell | None = None) -> None:
    """Run the server until cancelled; it loses nothing on the way out. A new one tells how to begin."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(assembled(settings, roles=roles))
        await stack.enter_async_context(running(server))
        await stack.enter_async_context(listening(server))
        if tell is not None:
            await welcome(server, tell)
        keep_what_is_there()
        try:
            await asyncio.Event().wait()
        finally:
            log.info("server.stopping")
