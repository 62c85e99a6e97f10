"""The parts of a server, each made from the settings."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from aiohttp import ClientSession, DummyCookieJar

from server import wiring
from server.auth.codes import Codes
from server.auth.door import Door
from server.auth.keys import derived_key, key_list, master_keys
from server.auth.links import LinkSigner
from server.auth.sealing import Vault
from server.auth.shown_once import ShownOnce
from server.auth.signing import OperatorKeys
from server.auth.spending import Spending
from server.auth.tokens import TokenSigner
from server.domain.digests import line_digest
from server.domain.wagers import Provider
from server.effects.apps import AppAccess
from server.effects.chat import Speakers
from server.effects.credentials import Renewals
from server.effects.draws import DrawKeeper
from server.effects.gaps import Heartbeat
from server.effects.rewards import Access
from server.effects.setup import KickLook, NobodyToAsk
from server.effects.wagers import WagerWatch
from server.ingest.kick_line import LineParts, Record
from server.ingest.kick_websocket import KickListener
from server.jobs.queue import QueueRunner
from server.jobs.recorder import Recorder
from server.jobs.unit import Units
from server.jobs.worker import Worker
from server.platforms.howl.client import HowlWagers
from server.platforms.kick.api import KickClient
from server.platforms.kick.chat import KickChat
from server.platforms.kick.key import KeyRing, load_key, published_key
from server.platforms.kick.key_source import KeySource
from server.platforms.kick.livestreams import KickLivestreams
from server.platforms.kick.negotiation import Negotiation
from server.platforms.kick.oauth import KickOAuth
from server.platforms.kick.parse import KINDS
from server.platforms.kick.requests import Requests
from server.platforms.kick.rewards import KickRewards
from server.platforms.kick.subscriptions import KickSubscriptions
from server.platforms.shuffle.client import ShuffleWagers
from server.ports import Clock, Ids, OAuthProvider, Wagers
from server.publish import topics
from server.publish.limits import RateLimits
from server.publish.limits_memory import MemoryLimiter
from server.publish.looks import Looks
from server.publish.memory import MemoryBus
from server.publish.postgres import PostgresBus
from server.resolvers.services import Rounds, Services
from server.settings import Settings
from server.store.database import Database, dialect_of, open_database
from server.store.statements import StatementHook
from server.store.tokens import service_keys
from server.system import SystemChance, SystemClock
from server.web.metrics import Metrics
from server.web.pages.browser import browsers
from server.web.pages.platforms import Platform

SPARE_CONNECTIONS = 2
"""How many connections to PostgreSQL no unit of work may take: for recording deliveries, and for questions."""

if TYPE_CHECKING:
    from server.publish.redis import RedisBus

AnyBus: TypeAlias = "MemoryBus | PostgresBus | RedisBus"


@asynccontextmanager
async def database_for(settings: Settings, hook: StatementHook | None) -> AsyncGenerator[Database, None]:
    """The database, open for whoever applies what platforms tell."""
    database = await open_database(
        settings.database_url,
        pool_size=settings.postgres_connections_max,
        hook=hook,
        digest_key=derived_key(settings.secret_key.get_secret_value(), "forgotten accounts"),
    )
    try:
        yield database
    finally:
        await database.close()


def bus_for(settings: Settings, origin: str) -> AnyBus:
    """The wake-up bus that fits the engine."""
    if settings.redis_url is not None:
        # Only here: a small machine without Redis saves the 6 MiB of its client.
        from server.publish.redis import RedisBus  # noqa: PLC0415 - as the line above says

        return RedisBus(settings.redis_url, origin)
    if dialect_of(settings.database_url) == "postgres":
        return PostgresBus(settings.database_url, origin)
    return MemoryBus()


def outgoing(metrics: Metrics) -> ClientSession:
    """What calls the outside; it keeps no cookies, so that nothing passes from one person's sign-in to another's."""
    return ClientSession(trace_configs=[metrics.trace()], cookie_jar=DummyCookieJar())


@asynccontextmanager
async def limits_for(settings: Settings, clock: Clock) -> AsyncGenerator[RateLimits, None]:
    """The rate limits, their buckets in Redis where there is one, shared by all processes of the installation."""
    if settings.redis_url is None:
        yield RateLimits(MemoryLimiter(clock), clock, factor=settings.rate_limit_factor)
        return
    installation = derived_key(settings.secret_key.get_secret_value(), "names in Redis").hex()[:16]
    from server.publish.limits_redis import RedisLimiter  # noqa: PLC0415 - as above

    async with RedisLimiter(settings.redis_url, installation, clock) as limiter:
        yield RateLimits(limiter, clock, factor=settings.rate_limit_factor)


def recorder_for(database: Database, bus: AnyBus, metrics: Metrics) -> Recorder:
    """What makes deliveries durable, its queue shown among the figures."""
    recorder = Recorder(database, wake=lambda: bus.poke(topics.deliveries()))
    metrics.watch_recorder(lambda: recorder.depth)
    return recorder


def key_ring(settings: Settings, clock: Clock, session: ClientSession) -> KeyRing:
    """The keys that may sign Kick's deliveries: a pinned file, or Kick's published key and what follows it."""
    if settings.kick_public_key_file is not None:
        return KeyRing([load_key(settings.kick_public_key_file.read_bytes())], clock)
    return KeyRing([published_key()], clock, KeySource(session, settings.kick_api_url))


def platforms_for(settings: Settings, session: ClientSession) -> Mapping[str, Platform]:
    """The platforms that people can sign in with: those whose app is in the settings."""
    if settings.kick_client_id is None or settings.kick_client_secret is None:
        return {}
    oauth = KickOAuth(
        session,
        auth_url=settings.kick_auth_url,
        client_id=settings.kick_client_id,
        client_secret=settings.kick_client_secret.get_secret_value(),
    )
    api = KickClient(session, api_url=settings.kick_api_url, auth_url=settings.kick_auth_url)
    return {"kick": Platform(oauth=oauth, api=api)}


def kick_connection_for(
    settings: Settings,
    session: ClientSession,
    platforms: Mapping[str, Platform],
    recorder: Recorder,
    *,
    rewards: Access,
    clock: Clock,
) -> wiring.KickConnection | None:
    """What looks after the connection to Kick; None where no Kick app is in the settings."""
    if "kick" not in platforms:
        return None
    requests = Requests(session, api_url=settings.kick_api_url, chance=SystemChance())
    return wiring.KickConnection(
        app=AppAccess(platforms["kick"].oauth, clock),
        events=KickSubscriptions(requests),
        lives=KickLivestreams(requests),
        rewards=rewards,
        record=recorder.record,
        live_every=timedelta(seconds=settings.kick_live_every_s),
    )


def oauths(platforms: Mapping[str, Platform]) -> Mapping[str, OAuthProvider]:
    """The sign-ins of platforms, which tokens are renewed with, too."""
    return {name: platform.oauth for name, platform in platforms.items()}


@asynccontextmanager
async def speakers_for(
    settings: Settings,
    session: ClientSession,
    database: Database,
    units: Units,
    renewals: Renewals,
    *,
    clock: Clock,
    origin: str,
) -> AsyncGenerator[Speakers, None]:
    """What says lines in chats; what it has begun to say is said on the way out."""
    requests = Requests(session, api_url=settings.kick_api_url, chance=SystemChance())
    speakers = Speakers(
        database,
        units,
        chats={"kick": KickChat(requests, spacing_s=0.0)},
        tokens=renewals,
        clock=clock,
        holder=origin,
        pace_s=settings.chat_pace_ms / 1000,
    )
    try:
        yield speakers
    finally:
        await speakers.close()


def wager_watch_for(
    settings: Settings, session: ClientSession, database: Database, units: Units, renewals: Renewals
) -> WagerWatch:
    """What asks affiliate feeds in their turn."""
    shuffle, howl = ShuffleWagers(session, url=settings.shuffle_url), HowlWagers(session, url=settings.howl_url)
    providers: Mapping[Provider, Wagers] = {Provider.SHUFFLE: shuffle, Provider.HOWL: howl}
    return WagerWatch(database, units, providers=providers, vault=renewals.vault, chance=SystemChance())


def vault_for(settings: Settings, ids: Ids) -> Vault:
    """What seals and opens tokens, with the master keys of the settings and the one derived from the secret key."""
    listed = key_list(settings.master_keys.get_secret_value(), settings.master_keys_file)
    return Vault(master_keys(listed, settings.secret_key.get_secret_value()), ids, SystemChance())


@asynccontextmanager
async def units_for(settings: Settings, database: Database, bus: AnyBus, clock: Clock) -> AsyncGenerator[Units, None]:
    """The units of work, with everything wired that follows from what happens."""
    key = derived_key(settings.secret_key.get_secret_value(), "chat digests")
    units = Units(
        database,
        reactions=wiring.reactions(digest=line_digest(key), public_url=public_url(settings)),
        announcements=wiring.announcements(),
        wake=partial(wake, bus),
        clock=clock,
        chance=SystemChance(),
        at_once=max(settings.postgres_connections_max - SPARE_CONNECTIONS, 1),
    )
    try:
        yield units
    finally:
        await units.close()


@asynccontextmanager
async def beside(settings: Settings) -> AsyncGenerator[Units, None]:
    """Units of work for a command, also beside a running server; nothing is wired to what they do."""
    database = await open_database(settings.database_url, shared=True)
    units = Units(database, reactions={}, announcements={}, wake=lambda _: None, clock=SystemClock())
    try:
        yield units
    finally:
        await units.close()
        await database.close()


def wake(bus: AnyBus, community_id: int) -> None:
    """Tell whoever reads a community's feed that it has grown; what made it grow may have left jobs, too."""
    bus.poke(topics.feed(community_id))
    bus.poke(topics.jobs())


def worker_for(settings: Settings, database: Database, units: Units, clock: Clock, origin: str) -> Worker:
    """The worker, its batches as long as the engine bears."""
    milliseconds = settings.sqlite_batch_ms if database.dialect == "sqlite" else settings.postgres_batch_ms
    return Worker(
        database, units, parsers=wiring.parsers(), clock=clock, holder=origin, batch_target_s=milliseconds / 1000
    )


def reward_access_for(settings: Settings, session: ClientSession, database: Database, renewals: Renewals) -> Access:
    """What acts on rewards of channels in the name of their owners."""
    requests = Requests(session, api_url=settings.kick_api_url, chance=SystemChance())
    return Access(database, platforms={"kick": KickRewards(requests)}, tokens=renewals)


def queue_for(
    database: Database, units: Units, rewards: Access, record: Record, *, drawing: DrawKeeper, clock: Clock
) -> QueueRunner:
    """What carries out the server's own jobs."""
    effects = {
        **wiring.effects(database, units),
        **wiring.reward_effects(database, units, rewards, record),
        **wiring.draw_effects(drawing),
    }
    return QueueRunner(database, units, effects=effects, clock=clock, chance=SystemChance())


def renewals_for(
    settings: Settings,
    database: Database,
    units: Units,
    providers: Mapping[str, OAuthProvider],
    *,
    clock: Clock,
    ids: Ids,
) -> Renewals:
    """What keeps the tokens of channels and bots good."""
    vault = vault_for(settings, ids)
    return Renewals(database, units, vault=vault, providers=providers, clock=clock, ids=ids, chance=SystemChance())


def listener_for(
    settings: Settings,
    database: Database,
    units: Units,
    session: ClientSession,
    metrics: Metrics,
    *,
    record: Record,
    clock: Clock,
    origin: str,
) -> KickListener | None:
    """What listens to Kick's websockets, unless that is switched off."""
    if settings.kick_sockets == "off":
        return None
    negotiation = Negotiation(
        session,
        web_url=settings.kick_web_url,
        pusher_url=settings.kick_pusher_url,
        client_id=str(UUID(bytes=SystemChance().draw(16), version=4)),
    )
    parts = LineParts(
        negotiation=negotiation,
        negotiates=settings.kick_sockets == "auto",
        record=record,
        clock=clock,
        chance=SystemChance(),
        observe=metrics.frame,
        ended=metrics.websocket_ended,
    )
    return KickListener(database, units, parts, holder=origin)


def heartbeat_for(units: Units, platforms: Mapping[str, Platform]) -> Heartbeat:
    """What shows afterwards whether somebody was there to listen."""
    return Heartbeat(units, kinds=sorted(KINDS), is_polled="kick" in platforms)


def codes_for(settings: Settings) -> Codes:
    """What makes one-time codes."""
    return Codes(derived_key(settings.secret_key.get_secret_value(), "one-time codes"))


@asynccontextmanager
async def door_for(settings: Settings, database: Database, clock: Clock, ids: Ids) -> AsyncGenerator[Door, None]:
    """Who lets people and programs in."""
    spending = Spending(partial(service_keys.spend, database.writer()))
    tokens = TokenSigner(settings.secret_key.get_secret_value(), clock, ids)
    known = browsers(settings.secret_key.get_secret_value(), public_url(settings), clock, ids)
    try:
        yield Door(tokens, reader=database.reader, spending=spending, clock=clock, sessions=known.session_digest)
    finally:
        await spending.close()


def public_url(settings: Settings) -> str:
    """The address under which browsers reach the server."""
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def services_for(
    settings: Settings,
    database: Database,
    units: Units,
    bus: AnyBus,
    wagers: WagerWatch,
    *,
    limits: RateLimits,
    platforms: Mapping[str, Platform],
    rounds: Rounds,
    clock: Clock,
) -> Services:
    """What every resolver may use."""
    kick = platforms.get("kick")
    return Services(
        database=database,
        units=units,
        bus=bus,
        clock=clock,
        chance=SystemChance(),
        limits=limits,
        version=version("regulars"),
        links=LinkSigner(derived_key(settings.secret_key.get_secret_value(), "links")),
        codes=codes_for(settings),
        shown_once=ShownOnce(derived_key(settings.secret_key.get_secret_value(), "secrets shown once")),
        public_url=public_url(settings),
        kick_look=KickLook(kick.oauth, kick.api) if kick else NobodyToAsk(),
        has_kick_app=kick is not None,
        forget_grace=timedelta(days=settings.forget_grace_days),
        looks=Looks(bus, database.reader, clock),
        vault=wagers.vault,
        wagers=wagers.providers,
        keys=OperatorKeys(settings.secret_key.get_secret_value()),
        rounds=rounds,
    )
