"""What the server does with Kick: keys of its deliveries, its API, chat, rewards and websockets."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from aiohttp import ClientSession

from server import wiring
from server.effects.apps import AppAccess
from server.effects.chat import Speakers
from server.effects.credentials import Renewals
from server.effects.gaps import Heartbeat
from server.effects.rewards import Access
from server.ingest.kick_line import LineParts, Record
from server.ingest.kick_websocket import KickListener
from server.jobs.recorder import Recorder
from server.jobs.unit import Units
from server.platforms.kick.chat import KickChat
from server.platforms.kick.key import KeyRing, load_key, published_key
from server.platforms.kick.key_source import KeySource
from server.platforms.kick.livestreams import KickLivestreams
from server.platforms.kick.negotiation import Negotiation
from server.platforms.kick.parse import KINDS
from server.platforms.kick.requests import Requests
from server.platforms.kick.rewards import KickRewards
from server.platforms.kick.subscriptions import KickSubscriptions
from server.ports import Clock
from server.settings import Settings
from server.store.database import Database
from server.system import SystemChance
from server.web.metrics import Metrics
from server.web.pages.platforms import Platform


def key_ring(settings: Settings, clock: Clock, session: ClientSession) -> KeyRing:
    """The keys that may sign Kick's deliveries: a pinned file, or Kick's published key and what follows it."""
    if settings.kick_public_key_file is not None:
        return KeyRing([load_key(settings.kick_public_key_file.read_bytes())], clock)
    return KeyRing([published_key()], clock, KeySource(session, settings.kick_api_url))


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


def reward_access_for(settings: Settings, session: ClientSession, database: Database, renewals: Renewals) -> Access:
    """What acts on rewards of channels in the name of their owners."""
    requests = Requests(session, api_url=settings.kick_api_url, chance=SystemChance())
    return Access(database, platforms={"kick": KickRewards(requests)}, tokens=renewals)


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
