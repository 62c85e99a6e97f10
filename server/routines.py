"""What is done again and again while a server runs, as the settings say; and the doctor's examination."""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from aiohttp import ClientSession

from server import wiring
from server.auth.signing import OperatorKeys
from server.domain.alerts import Thresholds
from server.domain.draws.rounds import QUICKNET, Chain
from server.effects.alerts import Watch
from server.effects.apart import examined_apart
from server.effects.credentials import Renewals
from server.effects.doctor import examine
from server.effects.draws import Beacons, DrawKeeper, Means
from server.effects.findings import Finding
from server.effects.privacy import Forgetter
from server.effects.promises import Kept
from server.jobs.schedule import Schedule, Scheduled
from server.jobs.unit import Units
from server.parts.outside import public_url
from server.parts.secrets import vault_for
from server.platforms.drand.client import RELAYS, DrandClient
from server.platforms.drand.worker import CheckingProcess
from server.ports import Clock, Ids
from server.settings import Settings
from server.store.database import Database, open_database
from server.system import SystemChance, SystemClock, SystemIds


def schedule_for(
    settings: Settings,
    database: Database,
    units: Units,
    renewals: Renewals,
    looks: Sequence[Scheduled],
    *,
    clock: Clock,
    ids: Ids,
    origin: str,
) -> Schedule:
    """What is done again and again, by one process at a time."""
    work = wiring.schedule(
        database,
        units,
        kept=kept(settings),
        renewals=renewals,
        forgetter=Forgetter(database, units, ids.token),
        watch=Watch(database, units, thresholds=thresholds(settings), clock=clock),
        examine=partial(examined_apart, partial(examined_now, settings)),
        examine_every=timedelta(hours=settings.doctor_every_hours),
        chance=SystemChance(),
    )
    return Schedule([*looks, *work], dialect=database.dialect, units=units, clock=clock, holder=origin)


def examined_now(settings: Settings) -> list[Finding]:
    """What the doctor finds, for a process that does nothing else."""
    return asyncio.run(examined(settings))


async def examined(settings: Settings) -> list[Finding]:
    """What the doctor finds in the database that the settings name; it may be in use."""
    database = await open_database(settings.database_url, shared=True)
    try:
        given = (settings.secret_key.get_secret_value(), settings.master_keys.get_secret_value())
        vault = vault_for(settings, SystemIds()) if any(given) or settings.master_keys_file else None
        return await examine(database, SystemClock(), vault, kept(settings))
    finally:
        await database.close()


def thresholds(settings: Settings) -> Thresholds:
    """From when on something is trouble, by the settings."""
    return Thresholds(
        silence=timedelta(minutes=settings.alert_silence_minutes),
        gap=timedelta(minutes=settings.alert_gap_minutes),
        quarantined=settings.alert_quarantined_min,
    )


def kept(settings: Settings) -> Kept:
    """How long things are kept, by the settings."""
    return Kept(
        bodies=timedelta(days=settings.raw_retention_days),
        feed=timedelta(days=settings.feed_retention_days),
        results=timedelta(days=settings.idempotency_retention_days),
        audit=timedelta(days=settings.audit_retention_days),
    )


@contextmanager
def beacons_for(settings: Settings, session: ClientSession, chain: Chain = QUICKNET) -> Generator[DrandClient]:
    """What asks for rounds of the beacon, and checks them in a process of its own that starts when it is needed."""
    executor = CheckingProcess()
    try:
        yield DrandClient(session, executor, chain=chain, relays=settings.drand_relays or RELAYS)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def draws_for(
    settings: Settings, database: Database, units: Units, beacons: Beacons, chain: Chain = QUICKNET
) -> DrawKeeper:
    """What takes draws further."""
    means = Means(
        keys=OperatorKeys(settings.secret_key.get_secret_value()),
        chance=SystemChance(),
        beacons=beacons,
        public_url=public_url(settings),
        chain=chain,
    )
    return DrawKeeper(database, units, means)
