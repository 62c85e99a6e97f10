"""One session of the gateway: its sequence, what can be replayed, and the connection that carries it now."""

import asyncio
import zlib
from collections import deque
from enum import IntEnum
from typing import Any, cast

import orjson
from aiohttp import web

from clients.simulator.discord.world import Json

REPLAYED_MAX = 1_000
SENT_MAX_S = 5.0


class Op(IntEnum):
    """What a payload of the gateway is."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE = 4
    RESUME = 6
    RECONNECT = 7
    MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Fatal(Exception):
    """The connection ends with one of the gateway's codes."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


class Connection:
    """One websocket, compressed as one stream where the client wants that."""

    def __init__(self, socket: web.WebSocketResponse, wire: asyncio.Transport | None, *, is_compressed: bool) -> None:
        self.socket = socket
        self.session: Session | None = None
        self._wire = wire
        self._deflate = zlib.compressobj() if is_compressed else None
        address: tuple[Any, ...] = wire.get_extra_info("sockname") if wire is not None else ("127.0.0.1", 0)
        self.host = f"{address[0]}:{address[1]}"

    @staticmethod
    def read(data: str | bytes) -> Json:
        """Return a payload, or end the connection of whoever sent no JSON object."""
        try:
            said: Any = orjson.loads(data)
        except orjson.JSONDecodeError:
            said = None
        if not isinstance(said, dict):
            raise Fatal(4002, "Error while decoding payload")
        return cast("Json", said)

    async def send(self, payload: Json) -> None:
        """Send a payload; who does not read for long, or is gone, misses it."""
        body = orjson.dumps({"op": 0, "d": None, "s": None, "t": None} | payload)
        try:
            async with asyncio.timeout(SENT_MAX_S):
                if self._deflate is None:
                    await self.socket.send_str(body.decode())
                else:
                    await self.socket.send_bytes(self._deflate.compress(body) + self._deflate.flush(zlib.Z_SYNC_FLUSH))
        except (ConnectionError, TimeoutError):
            self.cut()

    def cut(self) -> None:
        """Break the connection without a word."""
        if self._wire is not None:
            self._wire.abort()


class Session:
    """What one shard was told, numbered; the last thousand events can be told again."""

    def __init__(self, id_: str, intents: int, shard: int, shards: int, connection: Connection) -> None:
        self.id = id_
        self.intents = intents
        self.shard = shard
        self.shards = shards
        self.connection: Connection | None = connection
        self.said = 0
        self._events: deque[Json] = deque(maxlen=REPLAYED_MAX)

    def serves(self, guild: str | None) -> bool:
        """Say whether this shard hears of the guild; what belongs to none is told to the first shard."""
        return self.shard == (0 if guild is None else (int(guild) >> 22) % self.shards)

    async def tell(self, event: str, data: Json) -> None:
        """Number an event, keep it, and send it where somebody is connected."""
        self.said += 1
        payload: Json = {"op": Op.DISPATCH, "t": event, "s": self.said, "d": data}
        self._events.append(payload)
        if self.connection is not None:
            await self.connection.send(payload)

    def can_replay(self, seq: int) -> bool:
        """Say whether everything after this number is still kept."""
        return seq >= self.said - len(self._events)

    async def replay(self, seq: int) -> None:
        """Tell everything after this number again, then that the session is resumed."""
        for payload in [event for event in self._events if event["s"] > seq]:
            if self.connection is not None:
                await self.connection.send(payload)
        await self.tell("RESUMED", {"_trace": []})
