"""Listen to Kick's websockets for every attached channel: each by one server, many by one socket."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from zlib import crc32

import structlog

from server.domain.happenings.sources import IngestSources
from server.events.tellings import Source
from server.ingest.kick_frames import Channel
from server.ingest.kick_line import Condition, Line, LineParts
from server.jobs import leases
from server.jobs.unit import Done, Scope, Units
from server.ports import Tx
from server.store import listening
from server.store.database import Database
from server.store.errors import is_down
from server.store.listening import ListeningRecord, Rooms

log = structlog.get_logger(__name__)

LINES = 8
LOOK_EVERY_S = 1.0
LEASE = timedelta(seconds=20)
HOLD_EVERY_S = 5.0
NOTE_EVERY_S = 30.0
LEASES = "websocket:"

EVENTS: Mapping[str, frozenset[str]] = {
    "chat": frozenset({"ChatMessageEvent"}),
    "subs": frozenset({"SubscriptionEvent", "ChatMessageSentEvent", "ChannelSubscriptionEvent"}),
    "gifts": frozenset(
        {
            "GiftedSubscriptionsEvent",
            "LuckyUsersWhoGotGiftSubscriptionsEvent",
            "SubscriptionGifted",
            "ChatMessageSentEvent",
            "GiftsLeaderboardUpdated",
        }
    ),
    "kicks": frozenset({"KicksGifted"}),
    "streams": frozenset({"StreamerIsLive", "StopStreamBroadcast"}),
    "bans": frozenset({"UserBannedEvent"}),
}
"""Which events tell of which kind of news."""


class KickListener:
    """Follows which channels are attached, and keeps a line for each share of them that no other server has."""

    def __init__(self, database: Database, units: Units, parts: LineParts, *, holder: str) -> None:
        self._database = database
        self._units = units
        self._parts = parts
        self._holder = holder
        self._lines: dict[int, Line] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._carried: dict[int, Sequence[Rooms]] = {}
        self._held_at_s: dict[int, float] = {}
        self._noted: dict[int, tuple[Condition, datetime | None]] = {}
        self._noted_at_s = 0.0

    async def run(self) -> None:
        """Listen until cancelled; a database that is down leaves the lines as they are."""
        try:
            while True:
                try:
                    await self.look()
                except Exception as error:
                    log.warning(
                        "websocket.look_failed",
                        down=is_down(error),
                        error=type(error).__name__,
                        exc_info=not is_down(error),
                    )
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            for number in list(self._tasks):
                await self._stop(number)

    async def release(self) -> None:
        """Let other servers listen at once."""
        await self._units.run(0, self._give_back)

    async def look(self) -> None:
        """Bring the lines up to date with what is attached now."""
        shares = self._shares(await listening.rooms(self._database.reader(), "kick"))
        for number in sorted({*shares, *self._tasks}):
            if number in shares and await self._hold(number):
                self._carry(number, shares[number])
            else:
                await self._stop(number)
        await self._note()

    def conditions(self) -> Mapping[int, Condition]:
        """How each channel that this server listens to is doing, by its id."""
        return {
            rooms.channel_id: self._lines[number].condition
            for number, carried in self._carried.items()
            for rooms in carried
        }

    def _shares(self, rooms: Sequence[Rooms]) -> Mapping[int, Sequence[Rooms]]:
        """Channels by line; the same on every server."""
        shares: defaultdict[int, list[Rooms]] = defaultdict(list)
        for one in rooms:
            if events_of(one.sources):
                shares[crc32(one.external_id.encode()) % LINES].append(one)
        return shares

    def _carry(self, number: int, rooms: Sequence[Rooms]) -> None:
        task = self._tasks.get(number)
        if task is not None and task.done():
            # A line never ends by itself; whatever ended this one is a mistake of ours, and the others go on.
            log.error("websocket.line_failed", line=number, exc_info=None if task.cancelled() else task.exception())
        if task is None or task.done():
            self._lines[number] = Line(self._parts)
            self._tasks[number] = asyncio.create_task(self._lines[number].run(), name=f"websocket {number}")
        self._carried[number] = rooms
        self._lines[number].want(map(channel_of, rooms))

    async def _stop(self, number: int) -> None:
        task = self._tasks.pop(number, None)
        if task is None:
            return
        task.cancel()
        await asyncio.wait([task])
        line = self._lines.pop(number)
        for rooms in self._carried.pop(number, ()):
            self._noted.pop(rooms.channel_id, None)
        line.condition = Condition("stopped", line.condition.since)
        self._held_at_s.pop(number, None)

    async def _hold(self, number: int) -> bool:
        """Take or keep a share; on SQLite there is nobody else."""
        if self._database.dialect == "sqlite":
            return True
        now_s = self._parts.clock.monotonic()
        if now_s - self._held_at_s.get(number, -HOLD_EVERY_S) < HOLD_EVERY_S:
            return True
        if await self._units.run(0, partial(self._take, number=number)) is None:
            return False
        self._held_at_s[number] = now_s
        return True

    async def _take(self, tx: Tx, _: Scope, *, number: int) -> Done[int | None]:
        return Done(await leases.hold(tx, f"{LEASES}{number}", self._holder, LEASE))

    async def _give_back(self, tx: Tx, _: Scope) -> Done[int]:
        return Done(await leases.release_those(tx, LEASES, self._holder))

    async def _note(self) -> None:
        """Write down what is different, and twice a minute when the last frame came."""
        now_s = self._parts.clock.monotonic()
        is_time = now_s - self._noted_at_s >= NOTE_EVERY_S
        changed: list[ListeningRecord] = []
        for number, carried in self._carried.items():
            line = self._lines[number]
            for rooms in carried:
                told = (line.condition, line.last_frame_at.get(rooms.channel_id))
                before = self._noted.get(rooms.channel_id)
                if before is None or before[0] != told[0] or (is_time and before != told):
                    self._noted[rooms.channel_id] = told
                    changed.append(self._record(rooms.channel_id, *told))
        if is_time:
            self._noted_at_s = now_s
        if changed:
            await self._units.run(0, partial(self._write, records=changed))

    async def _write(self, tx: Tx, _: Scope, *, records: Sequence[ListeningRecord]) -> Done[None]:
        await listening.note(tx, records)
        return Done(None)

    def _record(self, channel_id: int, condition: Condition, last_frame_at: datetime | None) -> ListeningRecord:
        return ListeningRecord(
            channel_id=channel_id,
            state=condition.state,
            transport=condition.transport,
            holder=self._holder,
            since=condition.since,
            last_frame_at=last_frame_at,
            code=condition.code,
            detail=condition.detail,
        )


def events_of(sources: Sequence[IngestSources]) -> frozenset[str]:
    """The events that any of these communities listens to over websockets."""
    return frozenset[str]().union(
        *(
            events
            for kind, events in EVENTS.items()
            if any(getattr(one, kind).takes(Source.WEBSOCKET) for one in sources)
        )
    )


def channel_of(rooms: Rooms) -> Channel:
    """A channel as a line carries it, under each of the five names that Kick has used."""
    chat = (
        () if rooms.chatroom_ref is None else room_names("chatrooms.{}.v2 chatrooms.{} chatroom_{}", rooms.chatroom_ref)
    )
    channel = () if rooms.channel_ref is None else room_names("channel.{} channel_{}", rooms.channel_ref)
    return Channel(
        channel_id=rooms.channel_id,
        external_id=rooms.external_id,
        name=rooms.name,
        channel_ref=rooms.channel_ref,
        rooms=(*chat, *channel),
        events=events_of(rooms.sources),
    )


def room_names(patterns: str, ref: str) -> tuple[str, ...]:
    """The names that a number has on the sockets."""
    return tuple(pattern.format(ref) for pattern in patterns.split())
