"""An audience: very many listeners over raw sockets, who note when the last of them heard."""

import asyncio
import gc
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from benchmarks import asking

HANDSHAKE = b"\r\n".join(
    [
        b"GET /graphql HTTP/1.1",
        b"Host: 127.0.0.1",
        b"Connection: Upgrade",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: bWVhc3VyZWQgbGlnaHRseQ==",
        b"Sec-WebSocket-Protocol: graphql-transport-ws",
        b"\r\n",
    ]
)
TEXT, CLOSE, PING = 0x1, 0x8, 0x9
AT_ONCE = 25
ON_THEIR_WAY = 400
"""So many may have come and heard nothing yet; the server turns away strangers beyond some hundreds."""
FIRST = 100
"""So many come before memory is looked at: what the first ones make is there once, however many follow."""

HEAR_TIMEOUT_S = 60.0
SETTLE_S = 1.0
IDLE_S = 4.0
LISTEN = """subscription ($c: ID!) { leaderboardChanged(communityId: $c, first: 10) {
  sequence at standings { rank seconds viewerId account { name } } } }"""
"""What a listener asks where nothing else is said, with the community as `c`."""


def masked(opcode: int, payload: bytes) -> bytes:
    """A client's frame; a mask of zeros leaves the payload as it is."""
    head = (
        struct.pack("!BB", 0x80 | opcode, 0x80 | len(payload))
        if len(payload) < 126
        else (struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, len(payload)))
    )
    return head + bytes(4) + payload


class Room:
    """Counts who has heard."""

    def __init__(self) -> None:
        self.missing = 0
        self._everybody = asyncio.Event()
        self.last = 0.0

    def expect(self, many: int) -> None:
        """Wait for so many to hear from now on."""
        self.missing = many
        self._everybody.clear()

    def hear(self) -> None:
        """One more has heard."""
        self.missing -= 1
        if self.missing == 0:
            self.last = time.perf_counter()
            self._everybody.set()

    async def heard(self) -> float:
        """When the last one heard."""
        async with asyncio.timeout(HEAR_TIMEOUT_S):
            await self._everybody.wait()
        return self.last


class Listener(asyncio.Protocol):
    """One websocket that subscribes once and counts what it hears."""

    def __init__(self, room: Room, token: str, play: "Play") -> None:
        self._room = room
        self._said = [
            {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}},
            {"type": "subscribe", "id": "board", "payload": play.asks or play.board()},
        ]
        self._data = b""
        self._is_open = False
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a websocket."""
        self.transport = transport
        self.transport.write(HANDSHAKE)

    def data_received(self, data: bytes) -> None:
        """Take whole frames out of what came."""
        self._data += data
        if not self._is_open:
            head, end, self._data = self._data.partition(b"\r\n\r\n")
            if not end:
                self._data = head
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._is_open = True
            for message in self._said:
                self.transport.write(masked(TEXT, orjson.dumps(message)))
        while (frame := self._frame()) is not None:
            opcode, payload = frame
            assert opcode != CLOSE, payload
            if opcode == PING:
                self.transport.write(masked(0xA, payload))
            elif b'"next"' in payload[:60]:
                self._room.hear()
            else:
                assert b"connection_ack" in payload, payload

    def _frame(self) -> tuple[int, bytes] | None:
        if len(self._data) < 4:
            return None
        size, start = self._data[1], 2
        assert size < 127, "a frame of more than 64 KiB"
        if size == 126:
            [size], start = struct.unpack_from("!H", self._data, 2), 4
        if len(self._data) < start + size:
            return None
        opcode, payload = self._data[0] & 0xF, self._data[start : start + size]
        self._data = self._data[start + size :]
        return opcode, payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Where to listen, where to make changes, and how many of each."""

    port: int
    stage_port: int
    tokens: Sequence[str]
    community: str
    listeners: int
    changes: int
    pause_s: float
    asks: Mapping[str, Any] | None = None
    """The payload of each subscription; None for the top ten of the board."""
    has_homes: bool = False
    """Whether each comes from an address of its own; the server lets few strangers in from one at a time."""

    def board(self) -> Mapping[str, Any]:
        """The payload that asks for the top ten of the board."""
        return {"query": LISTEN, "variables": {"c": self.community}}


@dataclass(slots=True)
class Report:
    """What it was like; `processor_s` is what telling took the server beyond what it spends when nothing happens."""

    latencies_ms: list[float] = field(default_factory=list[float])
    deliveries: int = 0
    processor_s: float = 0.0
    kib_each: float = 0.0
    mib: float = 0.0
    """What the server holds with everybody seated."""


async def told(port: int, path: str) -> Any:
    """What a server says of itself, or does when asked."""
    line = await asking.Line.to(port)
    try:
        return (await line.ask(asking.post(b"{}", path=path))).json()
    finally:
        line.close()


def attend(play: Play) -> Report:
    """Fill the room, have the changes made, and tell how soon the last one heard each."""
    gc.disable()
    return asyncio.run(_attend(play))


async def _attend(play: Play) -> Report:
    report, room = Report(), Room()
    listeners = await seated(play, room, FIRST)
    before = await told(play.port, "/figures")
    listeners += await seated(play, room, play.listeners - FIRST)
    filled = await told(play.port, "/figures")
    report.kib_each = (filled["resident_kib"] - before["resident_kib"]) / (play.listeners - FIRST)
    report.mib = filled["resident_kib"] / 1024
    await asyncio.sleep(IDLE_S)
    idled = await told(play.port, "/figures")
    for _ in range(play.changes):
        room.expect(play.listeners)
        began = (await told(play.stage_port, "/change"))["began"]
        report.latencies_ms.append((await room.heard() - began) * 1000)
        await asyncio.sleep(play.pause_s)
    after = await told(play.port, "/figures")
    idling = spent(filled, idled) / (idled["at"] - filled["at"])
    report.processor_s = spent(idled, after) - idling * (after["at"] - idled["at"])
    report.deliveries = play.changes * play.listeners
    for listener in listeners:
        listener.transport.abort()
    await asyncio.sleep(SETTLE_S)
    return report


def spent(since: Any, until: Any) -> float:
    """The processor's seconds between two figures."""
    return until["processor_s"] - since["processor_s"]


async def seated(play: Play, room: Room, many: int) -> list[Listener]:
    """So many listeners, a few at a time, once all of them have heard something."""
    loop = asyncio.get_running_loop()
    listeners: list[Listener] = []
    room.expect(many)
    for number in range(many):
        listener = Listener(room, play.tokens[number % len(play.tokens)], play)
        home = (f"127.1.{number // 200}.{number % 200 + 1}", 0) if play.has_homes else None
        await loop.create_connection(lambda one=listener: one, "127.0.0.1", play.port, local_addr=home)
        listeners.append(listener)
        if number % AT_ONCE == 0:
            await asyncio.sleep(0.01)
        async with asyncio.timeout(HEAR_TIMEOUT_S):
            while number - (many - room.missing) > ON_THEIR_WAY:  # noqa: ASYNC110 - an event would be set for each of them
                await asyncio.sleep(0.01)
    await room.heard()
    await asyncio.sleep(SETTLE_S)
    return listeners


def visit(play: Play) -> Report:
    """Come and go, one after the other, each to hear once; how much memory that leaves behind, for all of them."""
    gc.disable()
    return asyncio.run(_visit(play))


async def _visit(play: Play) -> Report:
    report, started = Report(), time.perf_counter()
    before: Any = None
    loop = asyncio.get_running_loop()
    for number in range(0, play.listeners, AT_ONCE):
        room = Room()
        room.expect(AT_ONCE)
        listeners = [Listener(room, play.tokens[more % len(play.tokens)], play) for more in range(AT_ONCE)]
        for listener in listeners:
            await loop.create_connection(lambda one=listener: one, "127.0.0.1", play.port)
        await room.heard()
        for listener in listeners:
            listener.transport.abort()
        if number == play.listeners // 5 // AT_ONCE * AT_ONCE:
            before = await told(play.port, "/figures")
    report.latencies_ms = [(time.perf_counter() - started) * 1000]
    await asyncio.sleep(SETTLE_S)
    after = await told(play.port, "/figures")
    report.kib_each = after["resident_kib"] - before["resident_kib"]
    report.deliveries = play.listeners
    return report
