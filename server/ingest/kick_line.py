"""One websocket to Kick, for many channels: connect, subscribe, record what is pushed, and begin again for ever."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from server.ingest.kick_frames import Channel, event_of, received_of
from server.jobs.pauses import pause
from server.jobs.recorder import NotRecorded
from server.platforms.kick.frames import (
    FRAME_BYTES_MAX,
    IGNORED,
    KINDS,
    Frame,
    read_frame,
)
from server.platforms.kick.negotiation import Negotiation, NotNegotiated
from server.platforms.kick.sockets import Again, Failed, Odd, Pushed, Ready, Reply, Signal, Subscribed, Transport
from server.platforms.kick.values import Unparsable
from server.ports import Chance, Clock
from server.store.inbox import Received
from server.store.listening import State

log = structlog.get_logger(__name__)

OPEN_WITHIN_S = 10.0
PONG_WITHIN_S = 30.0
READY_WITHIN_S = 15.0
ANSWERED_WITHIN_S = 15.0
PAUSE_FIRST, PAUSE_LONGEST = timedelta(seconds=1), timedelta(seconds=60)
STEADY_S = 60.0
"""A socket that lived so long was a good one: after it the pauses begin anew."""
RECORDING_MAX = 500
UNKNOWN_EVERY = timedelta(hours=1)
UNKNOWN_MAX = 100
RECORD_AGAIN_MAX_S = 5.0
PUSHER = "pusher"
REFRESH_SHARE = 0.8
DOWN: frozenset[State] = frozenset({"connecting", "waiting", "refused"})

Record = Callable[[Received], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Condition:
    """How a line is doing, since when it listens or does not, and what is wrong, if anything."""

    state: State
    since: datetime
    transport: str = ""
    code: int | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineParts:
    """What every line needs. `observe` is told of every frame its event and what became of it."""

    negotiation: Negotiation
    negotiates: bool
    record: Record
    clock: Clock
    chance: Chance
    observe: Callable[[str, str], None]
    ended: Callable[[str], None]


class _Ended(Exception):
    """The connection is over; whether and when to begin again, and why."""

    def __init__(self, again: Again, code: int | None, detail: str) -> None:
        super().__init__(detail)
        self.again = again
        self.code = code
        self.detail = detail


class Line:
    """One socket. `want` says which channels it carries, from one moment to the next."""

    def __init__(self, parts: LineParts) -> None:
        self._parts = parts
        self._channels: Mapping[int, Channel] = {}
        self._rooms: dict[str, Channel] = {}
        self._changed = asyncio.Event()
        self._keeping: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(RECORDING_MAX)
        self._unknown: dict[str, datetime] = {}
        self._settled: set[str] = set()
        self._answered = asyncio.Event()
        self._failures = 0
        self._is_turned_away = False
        self.condition = Condition("stopped", parts.clock.now())
        self.last_frame_at: dict[int, datetime] = {}

    def want(self, channels: Iterable[Channel]) -> None:
        """Listen to these channels and no others from now on."""
        wanted = {channel.channel_id: channel for channel in channels}
        if wanted != self._channels:
            self._channels = wanted
            self._rooms = {room: channel for channel in wanted.values() for room in channel.rooms}
            self._changed.set()

    async def run(self) -> None:
        """Listen until cancelled."""
        try:
            while True:
                await self._live()
        finally:
            for task in self._keeping:
                task.cancel()
            if self._keeping:
                log.warning("websocket.frames_lost", frames=len(self._keeping))

    async def _live(self) -> None:
        """One connection, from the first channel to the pause after its end."""
        while not self._channels:
            self._become("stopped")
            await self._change()
        self._changed.clear()
        began_s = self._parts.clock.monotonic()
        end = _Ended(Again.LATER, None, "The connection was given up.")
        try:
            await self._connection()
        except _Ended as ended:
            end = ended
        except (OSError, TimeoutError, WebSocketException) as fault:
            # What a library says may show the whole address.
            end = _Ended(Again.LATER, None, f"No connection ({type(fault).__name__}).")
        lived_s = self._parts.clock.monotonic() - began_s
        await self._after(end, is_steady=lived_s >= STEADY_S)

    async def _after(self, end: _Ended, *, is_steady: bool) -> None:
        self._parts.ended("none" if end.code is None else str(end.code))
        log.info("websocket.ended", code=end.code, again=end.again.value, detail=end.detail)
        self._failures = 1 if is_steady else self._failures + 1
        if end.again is Again.NEVER and self.condition.transport != PUSHER and not self._is_turned_away:
            # The newer transport wants nothing of us; the older one may.
            self._is_turned_away = True
        elif end.again is Again.NEVER:
            log.error("websocket.refused", code=end.code, remedy="Check REGULARS_KICK_PUSHER_URL, then restart.")
            self._become("refused", end)
            await self._change()
            return
        if end.again is Again.AT_ONCE and self._failures == 1:
            return
        self._become("waiting", end)
        wait = pause(self._parts.chance, self._failures, first=PAUSE_FIRST, longest=PAUSE_LONGEST)
        await asyncio.sleep(wait.total_seconds())

    async def _change(self) -> None:
        await self._changed.wait()
        self._changed.clear()

    def _become(self, state: State, end: _Ended | None = None, transport: str = "") -> None:
        code, detail = (None, None) if end is None else (end.code, end.detail)
        known = transport or self.condition.transport
        if (self.condition.state, self.condition.code, self.condition.transport) != (state, code, known):
            was = self.condition
            # Trying again and again is one time of being down, which began when it listened last.
            since = was.since if {was.state, state} <= DOWN else self._parts.clock.now()
            self.condition = Condition(state, since, known, code, detail)

    async def _transport(self) -> Transport:
        """What Kick names, if it is asked and answers; else the older one, which takes no asking."""
        negotiation = self._parts.negotiation
        ref = next((channel.channel_ref for channel in self._channels.values() if channel.channel_ref), None)
        if ref is None or not self._parts.negotiates or self._is_turned_away:
            return negotiation.pusher()
        try:
            return await negotiation.transport(ref)
        except NotNegotiated as fault:
            log.info("websocket.not_negotiated", reason=str(fault))
            return negotiation.pusher()

    async def _connection(self) -> None:
        transport = await self._transport()
        self._become("connecting", transport=transport.name)
        async with connect(
            transport.url,
            open_timeout=OPEN_WITHIN_S,
            close_timeout=1,
            ping_interval=None,
            compression=None,
            max_size=FRAME_BYTES_MAX,
            max_queue=64,
        ) as socket:
            try:
                greeting = transport.greeting()
                if greeting is not None:
                    await socket.send(greeting)
                await self._talk(socket, transport)
            except ConnectionClosed as closed:
                code = None if closed.rcvd is None else closed.rcvd.code
                raise _Ended(transport.again(code), code, "Kick closed the connection.") from None

    async def _talk(self, socket: ClientConnection, transport: Transport) -> None:
        """Listen to one connection until it ends; raises `_Ended`."""
        helpers: list[asyncio.Task[None]] = []
        silence_s, is_asked = READY_WITHIN_S, False
        alive_s = READY_WITHIN_S
        try:
            while True:
                text = await self._next(socket, silence_s)
                if text is None:
                    ping = transport.ping()
                    if is_asked or ping is None or not helpers:
                        raise _Ended(Again.LATER, None, "Kick says nothing any more.")
                    await socket.send(ping)
                    silence_s, is_asked = PONG_WITHIN_S, True
                    continue
                for signal in transport.read(text):
                    if isinstance(signal, Ready) and not helpers:
                        alive_s = signal.activity_timeout_s
                        helpers.append(asyncio.create_task(self._follow(socket, transport)))
                        if signal.expires_after_s is not None:
                            keeping = self._refresh(socket, transport, signal.expires_after_s)
                            helpers.append(asyncio.create_task(keeping))
                        self._become("listening")
                    await self._heard(socket, transport, signal)
                silence_s, is_asked = (alive_s if helpers else silence_s), False
        finally:
            for helper in helpers:
                helper.cancel()

    async def _next(self, socket: ClientConnection, silence_s: float) -> str | None:
        """The next message; None after so long a silence."""
        try:
            async with asyncio.timeout(silence_s):
                message = await socket.recv()
        except TimeoutError:
            return None
        return message if isinstance(message, str) else ""

    async def _heard(self, socket: ClientConnection, transport: Transport, signal: Signal) -> None:
        match signal:
            case Pushed(frame):
                await self._pushed(frame)
            case Reply(text):
                await socket.send(text)
            case Subscribed(room, is_refused):
                if is_refused:
                    log.info("websocket.room_refused", room=room)
                self._settled.add(room)
                self._answered.set()
            case Failed(None, message):
                log.info("websocket.told", message=message)
            case Failed(code, message):
                raise _Ended(transport.again(code), code, message)
            case Odd(reason):
                self._parts.observe("odd", "odd")
                log.debug("websocket.odd", reason=reason)
            case _:
                pass

    async def _follow(self, socket: ClientConnection, transport: Transport) -> None:
        """Have the connection carry the wanted rooms, now and whenever they change; what is not answered ends it."""
        carried: set[str] = set()
        self._settled.clear()
        with suppress(ConnectionClosed):
            while True:
                self._changed.clear()
                wanted = set(self._rooms)
                for room in sorted(carried - wanted):
                    self._settled.discard(room)
                    await socket.send(transport.unsubscribe(room))
                for room in sorted(wanted - carried):
                    await socket.send(transport.subscribe(room))
                carried = wanted
                if not wanted or not await self._answer(wanted):
                    await socket.close()
                    return
                await self._changed.wait()

    async def _answer(self, wanted: set[str]) -> bool:
        """Wait until Kick has answered about each room; False when it takes too long."""
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                while not wanted <= self._settled:
                    self._answered.clear()
                    await self._answered.wait()
        except TimeoutError:
            log.warning("websocket.unanswered", rooms=len(wanted - self._settled))
            return False
        return True

    async def _refresh(self, socket: ClientConnection, transport: Transport, expires_after_s: float) -> None:
        """Show fresh tokens before the old ones end; where there is none the connection ends, and another begins."""
        with suppress(ConnectionClosed, NotNegotiated):
            while True:
                await asyncio.sleep(expires_after_s * REFRESH_SHARE)
                command = transport.refresh(await self._parts.negotiation.token())
                if command is None:
                    return
                await socket.send(command)

    async def _pushed(self, text: str) -> None:
        """Record a frame, if anybody wants it."""
        try:
            frame = read_frame(text)
        except Unparsable:
            self._parts.observe("odd", "odd")
            return
        channel = self._rooms.get(frame.channel or "")
        if channel is None:
            self._parts.observe(event_of(frame), "unasked")
            return
        now = self._parts.clock.now()
        self.last_frame_at[channel.channel_id] = now
        if not self._wants(channel, frame, now):
            self._parts.observe(event_of(frame), "ignored")
            return
        await self._slots.acquire()
        received = received_of(channel, frame, text, now)
        task = asyncio.create_task(self._keep(received, event_of(frame)))
        self._keeping.add(task)
        task.add_done_callback(self._kept)

    def _wants(self, channel: Channel, frame: Frame, now: datetime) -> bool:
        """Whether a frame is recorded; of events that nobody knows, one an hour, so that it can be learnt from."""
        if frame.event in KINDS:
            return frame.event in channel.events
        if frame.event in IGNORED:
            return False
        key = f"{channel.channel_id}:{frame.event}"
        before = self._unknown.get(key)
        if before is None and len(self._unknown) >= UNKNOWN_MAX:
            self._unknown.clear()
        if before is not None and now - before < UNKNOWN_EVERY:
            return False
        self._unknown[key] = now
        return True

    def _kept(self, task: asyncio.Task[None]) -> None:
        self._keeping.discard(task)
        self._slots.release()

    async def _keep(self, received: Received, event: str) -> None:
        """Record a frame, however long the database is away: meanwhile few are taken, and then none."""
        while True:
            try:
                await self._parts.record(received)
            except NotRecorded as fault:
                await asyncio.sleep(min(fault.retry_after_s, RECORD_AGAIN_MAX_S))
            else:
                self._parts.observe(event, "recorded")
                return
