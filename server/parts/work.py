"""The database, its units of work, and who brings them work: recorder, worker and queue."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from server import wiring
from server.announcements import announcements
from server.auth.keys import derived_key
from server.auth.signing import OperatorKeys
from server.domain.digests import line_digest
from server.effects.draws import DrawKeeper
from server.effects.rewards import Access
from server.ingest.kick_line import Record
from server.jobs.queue import QueueRunner
from server.jobs.recorder import Recorder
from server.jobs.unit import Units
from server.jobs.worker import Worker
from server.parts.bus import AnyBus, wake
from server.parts.outside import public_url
from server.ports import Clock
from server.publish import topics
from server.settings import Settings
from server.store.database import Database, open_database
from server.store.statements import StatementHook
from server.system import SystemChance, SystemClock
from server.web.metrics import Metrics

SPARE_CONNECTIONS = 2
"""How many connections to PostgreSQL no unit of work may take: for recording deliveries, and for questions."""


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


def recorder_for(database: Database, bus: AnyBus, metrics: Metrics) -> Recorder:
    """What makes deliveries durable, its queue shown among the figures."""
    recorder = Recorder(database, wake=lambda: bus.poke(topics.deliveries()))
    metrics.watch_recorder(lambda: recorder.depth)
    return recorder


@asynccontextmanager
async def units_for(settings: Settings, database: Database, bus: AnyBus, clock: Clock) -> AsyncGenerator[Units, None]:
    """The units of work, with everything wired that follows from what happens."""
    key = derived_key(settings.secret_key.get_secret_value(), "chat digests")
    units = Units(
        database,
        reactions=wiring.reactions(
            digest=line_digest(key),
            keys=OperatorKeys(settings.secret_key.get_secret_value()),
            public_url=public_url(settings),
        ),
        announcements=announcements(),
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


def worker_for(settings: Settings, database: Database, units: Units, clock: Clock, origin: str) -> Worker:
    """The worker, its batches as long as the engine bears."""
    milliseconds = settings.sqlite_batch_ms if database.dialect == "sqlite" else settings.postgres_batch_ms
    return Worker(
        database, units, parsers=wiring.parsers(), clock=clock, holder=origin, batch_target_s=milliseconds / 1000
    )


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
