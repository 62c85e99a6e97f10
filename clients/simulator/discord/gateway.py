"""Discord's gateway: who is connected, what each session was told, and how a broken one is resumed."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import WSMsgType, web

from clients.simulator.discord.sessions import Connection, Fatal, Op, Session
from clients.simulator.discord.shapes import guild_json, own_json
from clients.simulator.discord.world import Json, World

PATH = "/gateway"
SENT_SIZE_MAX = 4096
SENDS_MAX = 120
SENDS_WINDOW_S = 60.0
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
INTENTS_MAX = 1 << 26
# Which intent an event needs; interactions need none.
INTENTS = {
    "GUILD_CREATE": 1 << 0,
    "GUILD_ROLE_DELETE": 1 << 0,
    "CHANNEL_DELETE": 1 << 0,
    "CHANNEL_PINS_UPDATE": 1 << 0,
    "GUILD_MEMBER_ADD": 1 << 1,
    "GUILD_MEMBER_REMOVE": 1 << 1,
    "GUILD_MEMBER_UPDATE": 1 << 1,
    "MESSAGE_CREATE": 1 << 9,
    "MESSAGE_UPDATE": 1 << 9,
    "MESSAGE_DELETE": 1 << 9,
    "MESSAGE_REACTION_ADD": 1 << 10,
    "MESSAGE_REACTION_REMOVE": 1 << 10,
}


@dataclass(slots=True)
class Gateway:
    """The gateway of one played Discord; `identifies_left` of a day, one in every `identify_every_s`."""

    world: World
    token: str
    heartbeat_s: float = 41.25
    identify_every_s: float = 5.0
    identifies_left: int = 1_000
    allowed_privileged: int = 0
    sessions: dict[str, Session] = field(default_factory=dict[str, Session])
    connections: set[Connection] = field(default_factory=set[Connection])
    identified: list[float] = field(default_factory=list[float])
    resumed: int = 0
    is_dead: bool = False
    is_mute: bool = False
    """Whether whoever connects is let in and told nothing, not even hello."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add_to(self, site: web.Application) -> None:
        """Put the gateway into a web application."""
        site.router.add_get(PATH, self.serve)
        site.router.add_get(f"{PATH}/", self.serve)
        site.on_shutdown.append(self._leave)

    async def tell(self, event: str, data: Json, guild: str | None = None) -> None:
        """Tell an event to every session that has its intent and the guild's shard; what is lost can be resumed."""
        needed = INTENTS.get(event, 0)
        for session in list(self.sessions.values()):
            if (not needed or session.intents & needed) and session.serves(guild):
                await session.tell(event, data)

    async def until_ready(self, sessions: int = 1) -> None:
        """Wait until so many sessions are connected."""
        while sum(one.session is not None for one in self.connections) < sessions:
            self._changed.clear()
            await self._changed.wait()

    async def until_resumed(self, times: int) -> None:
        """Wait until a session was resumed for the `times`-th time."""
        while self.resumed < times:
            self._changed.clear()
            await self._changed.wait()

    async def reconnect(self) -> None:
        """Ask every connection to come again (op 7)."""
        for one in list(self.connections):
            await one.send({"op": Op.RECONNECT, "d": None})

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Declare every session invalid (op 9)."""
        for one in list(self.connections):
            if not resumable and one.session is not None:
                self.sessions.pop(one.session.id, None)
                one.session.connection, one.session = None, None
            await one.send({"op": Op.INVALID_SESSION, "d": resumable})

    async def close(self, code: int) -> None:
        """End every connection with a code; those from 4003 to 4009 are Discord's to resume or not."""
        await asyncio.gather(*(one.socket.close(code=code) for one in list(self.connections)))

    def drop(self) -> None:
        """Cut every connection without a word."""
        for one in list(self.connections):
            one.cut()

    def die(self) -> None:
        """End as if the process had been killed: connections break without a word, sessions are forgotten.

        Nobody gets in until `come_back`; what was posted stays, and is not asked for here.
        """
        self.is_dead = True
        self.sessions.clear()
        for one in list(self.connections):
            one.session = None
            one.cut()

    def come_back(self) -> None:
        """Let connections in again; whoever wants to resume is told that his session is invalid."""
        self.is_dead = False

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Speak to whoever connects until he goes or does what is forbidden."""
        if self.is_dead:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        socket = web.WebSocketResponse(max_msg_size=1 << 16, timeout=1.0)
        await socket.prepare(request)
        is_compressed = request.query.get("compress") == "zlib-stream"
        one = Connection(socket, request.transport, is_compressed=is_compressed)
        self.connections.add(one)
        try:
            await self._welcome(one, request.query.get("v", "10"))
            await self._listen(one)
        except Fatal as fatal:
            await socket.close(code=fatal.code, message=fatal.words.encode())
        finally:
            self.connections.discard(one)
            if one.session is not None and one.session.connection is one:
                one.session.connection = None
            self._changed.set()
        return socket

    async def _welcome(self, one: Connection, version: str) -> None:
        if version != "10":
            raise Fatal(4012, "Invalid API version")
        if not self.is_mute:
            await one.send({"op": Op.HELLO, "d": {"heartbeat_interval": int(self.heartbeat_s * 1000), "_trace": []}})

    async def _listen(self, one: Connection) -> None:
        sent = deque[float](maxlen=SENDS_MAX + 1)
        async for frame in one.socket:
            if frame.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                return
            now_s = self.world.clock.now().timestamp()
            sent.append(now_s)
            if len(sent) > SENDS_MAX and now_s - sent[0] < SENDS_WINDOW_S:
                raise Fatal(4008, "You are sending payloads too quickly")
            if len(frame.data) > SENT_SIZE_MAX:
                raise Fatal(4002, "The payload is larger than 4096 bytes")
            await self._hear(one, Connection.read(frame.data))
            self._changed.set()

    async def _hear(self, one: Connection, said: Json) -> None:
        match said:
            case {"op": Op.HEARTBEAT}:
                await one.send({"op": Op.HEARTBEAT_ACK, "d": None})
            case {"op": Op.IDENTIFY} if one.session is not None:
                raise Fatal(4005, "Already authenticated")
            case {"op": Op.IDENTIFY, "d": {"token": str(), "intents": int()} as asked}:
                await self._identify(one, asked)
            case {"op": Op.RESUME, "d": {"token": str(), "session_id": str(), "seq": int()} as asked}:
                await self._resume(one, asked)
            case {"op": Op.PRESENCE | Op.VOICE | Op.MEMBERS}:
                if one.session is None:
                    raise Fatal(4003, "Not authenticated")
            case {"op": Op.IDENTIFY | Op.RESUME}:
                raise Fatal(4002, "Error while decoding payload")
            case _:
                raise Fatal(4001, "Unknown opcode")

    async def _identify(self, one: Connection, asked: Json) -> None:
        now_s = self.world.clock.now().timestamp()
        self.identifies_left -= 1
        if asked["token"] != self.token or self.identifies_left < 0:
            raise Fatal(4004, "Authentication failed")  # who identifies too often loses the token for good
        shard, count = asked.get("shard") or (0, 1)
        if not 0 <= shard < count:
            raise Fatal(4010, "Invalid shard")
        if not 0 <= asked["intents"] < INTENTS_MAX:
            raise Fatal(4013, "Invalid intents")
        if asked["intents"] & PRIVILEGED & ~self.allowed_privileged:
            raise Fatal(4014, "Disallowed intents")
        is_early = bool(self.identified) and now_s - self.identified[-1] < self.identify_every_s
        self.identified.append(now_s)
        if is_early:
            await one.send({"op": Op.INVALID_SESSION, "d": False})
            return
        session = Session(self.world.clock.snowflake(), asked["intents"], shard, count, one)
        one.session = self.sessions[session.id] = session
        await self._greet(session, f"ws://{one.host}{PATH}")

    async def _greet(self, session: Session, url: str) -> None:
        guilds = [guild for guild in self.world.guilds.values() if session.serves(guild.id)]
        ready: Json = {
            "v": 10,
            "user": own_json(self.world.bot),
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": url,
            "shard": [session.shard, session.shards],
            "application": {"id": self.world.bot.id, "flags": 0},
            "private_channels": [],
            "_trace": [],
        }
        await session.tell("READY", ready)
        for guild in guilds if session.intents & INTENTS["GUILD_CREATE"] else []:
            await session.tell("GUILD_CREATE", guild_json(guild, self.world.bot))

    async def _resume(self, one: Connection, asked: Json) -> None:
        if asked["token"] != self.token:
            raise Fatal(4004, "Authentication failed")
        session = self.sessions.get(asked["session_id"])
        if session is None or not session.can_replay(asked["seq"]):
            self.sessions.pop(asked["session_id"], None)
            await one.send({"op": Op.INVALID_SESSION, "d": False})
            return
        if asked["seq"] > session.said:
            raise Fatal(4007, "Invalid seq")
        session.connection, one.session = one, session
        await session.replay(asked["seq"])
        self.resumed += 1

    async def _leave(self, _: web.Application) -> None:
        await self.close(1001)
