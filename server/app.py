"""The composition root: settings in, a running server out. It owns every connection."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

import structlog
from aiohttp import ClientSession

from server import wiring
from server.actions import invitations
from server.auth.addresses import Addresses
from server.auth.capabilities import Asked, capabilities_among
from server.domain.draws.rounds import QUICKNET, Chain
from server.domain.staff import Capabilities
from server.effects.credentials import Renewals
from server.effects.draws import DrawKeeper
from server.effects.overlay_presence import Presence
from server.effects.rewards import Access
from server.effects.tokens import Crowds
from server.effects.wagers import WagerWatch
from server.garbage import keeping_what_is_there
from server.ingest.failures import Failures
from server.ingest.kick_webhook import KickWebhook
from server.ingest.kick_websocket import KickListener
from server.jobs.recorder import Recorder
from server.jobs.schedule import Scheduled
from server.jobs.spool import Spool
from server.jobs.unit import Units
from server.parts.bus import AnyBus, bus_for, limits_for
from server.parts.graph import services_for
from server.parts.kick import key_ring, kick_connection_for, listener_for, reward_access_for, speakers_for
from server.parts.outside import oauths, outgoing, platforms_for, wager_watch_for
from server.parts.secrets import door_for, renewals_for
from server.parts.work import database_for, queue_for, recorder_for, units_for, worker_for
from server.platforms.drand.client import DrandClient
from server.ports import Clock, Ids
from server.ports_platforms import OAuthProvider
from server.publish.limits import RateLimits
from server.resolvers.context import context_factory
from server.resolvers.root import build_schema, root_fields
from server.resolvers.services import Services
from server.routines import beacons_for, draws_for, schedule_for
from server.running import EVERYTHING, Role, Server, expected_loops, listening, running
from server.settings import Settings
from server.store.database import Database
from server.store.migrations import OutdatedSchema, pending
from server.store.statements import StatementHook
from server.system import SystemClock, SystemIds, instance_id
from server.web.graphql.documents import registered
from server.web.graphql.endpoint import add_graphql
from server.web.health import add_health, answers, runs, sockets_of, up_to_date
from server.web.limited import LIMITS, Limits
from server.web.metrics import Metrics, add_metrics
from server.web.overlay.pages import add_overlay
from server.web.pages.draws import add_draws
from server.web.pages.platforms import Platform
from server.web.pages.site import add_pages
from server.web.pages.start import START
from server.web.playground.pages import add_playground
from server.web.verify.pages import add_verify

log = structlog.get_logger(__name__)

VERSION = version("regulars")

WELCOME = """
  Regulars is new here. To make your community open

      {url}

  sign in with Kick and type this code:

      {code}

  It is good once, for 24 hours; `regulars setup-code` makes another one.
"""

Tell = Callable[[str], None]
"""Says something to whoever started the server."""


async def check_schema(settings: Settings) -> None:
    """Refuse a database that lacks migrations, with the command to run."""
    missing = await pending(settings.database_url)
    if missing:
        raise OutdatedSchema(
            f"The database lacks {len(missing)} migration(s), the first is {missing[0]}. Run: regulars migrate"
        )


Base = tuple[Database, Metrics, ClientSession, AnyBus, RateLimits, Units]


@asynccontextmanager
async def base_for(
    settings: Settings, clock: Clock, origin: str, hook: StatementHook | None
) -> AsyncGenerator[Base, None]:
    """What everything else stands on: the database with its units of work, and the ways to the outside."""
    await check_schema(settings)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(database_for(settings, hook))
        metrics = Metrics(clock=clock, version=VERSION, dialect=database.dialect, root_fields=root_fields())
        session = await stack.enter_async_context(outgoing(metrics))
        bus = await stack.enter_async_context(bus_for(settings, origin))
        limits = await stack.enter_async_context(limits_for(settings, clock))
        units = await stack.enter_async_context(units_for(settings, database, bus, clock))
        yield database, metrics, session, bus, limits, units


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the server does outside: the sign-ins and tokens for it, and what it asks and watches there."""

    platforms: Mapping[str, Platform]
    renewals: Renewals
    wagers: WagerWatch
    rewards: Access
    beacons: DrandClient
    drawing: DrawKeeper
    looks: Sequence[Scheduled]


@asynccontextmanager
async def outside_for(
    settings: Settings,
    base: Base,
    recorder: Recorder,
    providers: Mapping[str, OAuthProvider] | None,
    *,
    clock: Clock,
    ids: Ids,
    chain: Chain,
) -> AsyncGenerator[Outside, None]:
    """What is done outside, everything with the tokens that it needs; renewals end on the way out."""
    database, _, session, _, _, units = base
    platforms = platforms_for(settings, session)
    renewals = renewals_for(settings, database, units, providers or oauths(platforms), clock=clock, ids=ids)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(renewals.close)
        wagers = wager_watch_for(settings, session, database, units, renewals)
        rewards = reward_access_for(settings, session, database, renewals)
        connection = kick_connection_for(settings, session, platforms, recorder, rewards=rewards, clock=clock)
        beacons = stack.enter_context(beacons_for(settings, session, chain))
        drawing = draws_for(settings, database, units, beacons, chain)
        yield Outside(
            platforms=platforms,
            renewals=renewals,
            wagers=wagers,
            rewards=rewards,
            beacons=beacons,
            drawing=drawing,
            looks=[*wiring.looks(database, units, renewals, connection, wagers), *wiring.draw_looks(drawing)],
        )


def services_of(settings: Settings, base: Base, outside: Outside, clock: Clock) -> Services:
    """What every resolver may use, with what it may ask outside."""
    database, _, _, bus, limits, units = base
    return services_for(
        settings,
        database,
        units,
        bus,
        outside.wagers,
        limits=limits,
        platforms=outside.platforms,
        rounds=outside.beacons,
        clock=clock,
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
    chain: Chain = QUICKNET,
) -> AsyncGenerator[Server, None]:
    """Everything connected and wired, nothing running yet; closed in order on the way out.

    No setting names `chain`, by which draws are made: only the demo has another one than quicknet.
    """
    clock, ids, origin = clock or SystemClock(), ids or SystemIds(), instance_id()
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(base_for(settings, clock, origin, hook))
        database, metrics, session, bus, _, units = base
        recorder = recorder_for(database, bus, metrics)
        outside = await stack.enter_async_context(
            outside_for(settings, base, recorder, providers, clock=clock, ids=ids, chain=chain)
        )
        renewals, looks = outside.renewals, outside.looks
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
            queue=queue_for(database, units, outside.rewards, recorder.record, drawing=outside.drawing, clock=clock),
            schedule=schedule_for(settings, database, units, renewals, looks, clock=clock, ids=ids, origin=origin),
            spool=None if settings.spool_directory is None else Spool(settings.spool_directory, recorder),
            door=await stack.enter_async_context(door_for(settings, database, clock, ids)),
            keys=key_ring(settings, clock, session),
            renewals=renewals,
            speakers=await stack.enter_async_context(speaking),
            services=services_of(settings, base, outside, clock),
            schema=build_schema(),
            ids=ids,
            metrics=metrics,
            platforms=outside.platforms,
        )
        yield furnish(server, session, origin)


def furnish(server: Server, session: ClientSession, origin: str) -> Server:
    """The server with ears and pages, which both lead back to it; the one beside others counts with them."""
    server.listener = listener(server, session, origin)
    server.presence = None if server.database.dialect == "sqlite" else Presence(server.units, origin)
    add_routes(server)
    return server


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
        sockets_of(server.database),
    )
    if "web" in server.roles:
        add_api(server)


def add_api(server: Server) -> None:
    """Put what is open to the outside into the web application: the webhook, the graph and its playground."""
    settings, site = server.settings, server.site
    addresses = Addresses(settings.trusted_proxies)
    site[LIMITS] = Limits(server.services.limits, addresses)
    add_webhook(server, addresses)
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
        places=server.presence,
    )
    add_playground(site)
    add_verify(site)
    add_overlay(site)
    add_draws(site, server.database)
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
        shown_once=server.services.shown_once,
        sign_in_url=settings.kick_auth_url,
        platforms=server.platforms,
    )


def add_webhook(server: Server, addresses: Addresses) -> None:
    """Let Kick deliver what happens."""
    settings = server.settings
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
    server.site.router.add_post("/webhooks/kick", webhook.handle)


async def rights_now(database: Database, asked: Collection[Asked]) -> Mapping[Asked, Capabilities]:
    """What people may do in communities by their grants of this moment."""
    return await capabilities_among(database.reader(), asked)


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
        await stack.enter_async_context(keeping_what_is_there())
        try:
            await asyncio.Event().wait()
        finally:
            log.info("server.stopping")
