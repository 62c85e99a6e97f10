"""Look for signs that a source does not tell us all, and keep what was missed."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from server.actions import gaps as actions
from server.actions import subscriptions as subscription_actions
from server.domain.audit import system
from server.domain.gaps import BEAT_EVERY, NewGap
from server.domain.instants import EPOCH
from server.domain.sightings import Followed
from server.jobs.unit import Units
from server.ports import Reader
from server.store import gaps, sightings, subscriptions
from server.store.database import Database
from server.store.errors import is_down
from server.store.gaps import SaidLine, Socket

log = structlog.get_logger(__name__)

PLATFORM = "kick"
BY = system("connection")
CHAT = "chat.message.sent"
OVERLAP = timedelta(minutes=1)
LOOK_BACK_MAX = timedelta(minutes=15)
ECHO_WITHIN = timedelta(seconds=60)
ECHO_LOOKED_FOR = timedelta(minutes=5)
ECHOES_AT_ONCE = 20
SOCKET_DOWN_AFTER = timedelta(minutes=1)
POLL_FRESH = timedelta(minutes=5)
SOCKET_KINDS = (
    "channel.subscription.gifts",
    "channel.subscription.new",
    "channel.subscription.renewal",
    "kicks.gifted",
)
"""What is listened to over websockets unless a community chose otherwise."""


class Heartbeat:
    """Says every 20 seconds that somebody listens. Who comes back after a longer silence knows what he missed."""

    def __init__(self, units: Units, *, kinds: Sequence[str], is_polled: bool) -> None:
        """`is_polled` where asking the platform brings to light afterwards which streams there were."""
        self._units = units
        self._kinds = kinds
        self._filled_by = {"poll"} if is_polled else set[str]()
        self._cause = "server_down"

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            try:
                await self.beat()
            except Exception as error:  # noqa: BLE001 - whatever failed, the next beat may succeed and says so
                log.warning("heartbeat.missed", down=is_down(error), error=type(error).__name__)
            await asyncio.sleep(BEAT_EVERY.total_seconds())

    async def beat(self) -> int:
        """Beat once; how many channels have a gap because nobody had for a while."""
        note = partial(actions.beat, platform=PLATFORM, kinds=self._kinds, cause=self._cause, filled_by=self._filled_by)
        missed = await self._units.run(0, note, by=BY)
        # Whoever beat once and then could not was there himself, without his database.
        self._cause = "database_down"
        return missed


class GapWatch:
    """Compares what arrives with what must arrive: events, lines of our own, frames of the websocket."""

    def __init__(self, database: Database, units: Units) -> None:
        self._database = database
        self._units = units
        self._looked_at: datetime | None = None

    async def look(self) -> None:
        """Look once at everything."""
        reader, now = self._database.reader(), self._units.now()
        channels = {one.channel_id: one for one in await sightings.followed(reader, PLATFORM)}
        sockets = await gaps.sockets(reader, PLATFORM)
        await self._heard(channels, sockets, now)
        await self._echoes(channels, now)
        await self._sockets(channels, sockets, now)

    async def _heard(self, channels: Mapping[int, Followed], sockets: Sequence[Socket], now: datetime) -> None:
        """Keep when events came last, which closes gaps."""
        since = max((self._looked_at or now - LOOK_BACK_MAX) - OVERLAP, now - LOOK_BACK_MAX)
        newest = await subscriptions.newest_events(self._database.reader(), PLATFORM, since)
        by_number = {one.external_id: one.channel_id for one in channels.values()}
        heard = {(by_number[number], kind): at for (number, kind), at in newest.items() if number in by_number}
        if heard:
            tellers = telling(channels, sockets, now)
            note = partial(subscription_actions.note_heard, heard=heard, tellers=tellers)
            await self._units.run(0, note, by=BY)
        self._looked_at = now

    async def _echoes(self, channels: Mapping[int, Followed], now: datetime) -> None:
        """Look whether the lines that we said came back: if not while the channel is live, chat does not arrive."""
        reader = self._database.reader()
        for channel in channels.values():
            if not is_live(channel, now):
                continue
            for line in await gaps.said_lately(reader, channel.channel_id, ECHOES_AT_ONCE):
                age = now - line.said_at
                if ECHO_WITHIN < age < ECHO_LOOKED_FOR and not await self._chat_arrives(channel, line):
                    silent = partial(
                        subscription_actions.note_silent,
                        channel_id=channel.channel_id,
                        kind=CHAT,
                        cause=subscription_actions.SILENT,
                        began_at=line.said_at,
                    )
                    await self._units.run(0, silent, by=BY)

    async def _chat_arrives(self, channel: Followed, line: SaidLine) -> bool:
        """Whether a line of ours came back, or chat arrived after it: then all is well by now."""
        reader = self._database.reader()
        known = (await subscriptions.of_channel(reader, channel.channel_id)).get(CHAT)
        newest = None if known is None else known.known.last_event_at
        if newest is not None and newest > line.said_at:
            return True
        since = line.said_at - ECHO_WITHIN
        return await gaps.arrived(reader, channel.external_id, line.message_id, since) is not None

    async def _sockets(self, channels: Mapping[int, Followed], sockets: Sequence[Socket], now: datetime) -> None:
        """Keep when a channel's websocket was down."""
        for socket in sockets:
            is_down_long = not socket.listens and now - socket.since > SOCKET_DOWN_AFTER
            if socket.channel_id in channels and (socket.listens or is_down_long):
                gap = NewGap(
                    channel_id=socket.channel_id,
                    source="websocket",
                    cause="socket_down",
                    kinds=SOCKET_KINDS,
                    began_at=socket.since,
                )
                filled = {"webhook"} if socket.listens else ()
                note = partial(
                    actions.note_state, gap=gap, is_open=not socket.listens, ended_at=socket.since, filled_by=filled
                )
                await self._units.run(0, note, by=BY)


def telling(
    channels: Mapping[int, Followed], sockets: Sequence[Socket], now: datetime
) -> Mapping[int, Mapping[str, datetime]]:
    """Which other sources than webhooks tell of each channel at present, and since when."""
    found: dict[int, dict[str, datetime]] = {one: {} for one in channels}
    for socket in sockets:
        if socket.listens and socket.channel_id in found:
            found[socket.channel_id]["websocket"] = socket.since
    for channel in channels.values():
        checked_at = channel.sighting.checked_at
        if checked_at is not None and now - checked_at < POLL_FRESH:
            # Asking brings to light afterwards, too, what was before.
            found[channel.channel_id]["poll"] = EPOCH
    return found


async def telling_now(reader: Reader, now: datetime) -> Mapping[int, Mapping[str, datetime]]:
    """The same, looked up."""
    channels = {one.channel_id: one for one in await sightings.followed(reader, PLATFORM)}
    return telling(channels, await gaps.sockets(reader, PLATFORM), now)


def is_live(channel: Followed, now: datetime) -> bool:
    """Whether a channel was seen live at the last look, a short while ago."""
    seen_at = channel.sighting.seen_at
    return seen_at is not None and channel.sighting.missing_since is None and now - seen_at < POLL_FRESH
