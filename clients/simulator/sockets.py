"""Plays Kick's websockets: the negotiation, Pusher's protocol 7, Centrifugo's JSON, and all that can go wrong."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import orjson
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from clients.simulator.frames import Push

APP_KEY = "32cbd69e4b950bf97679"
PUSHER_PATH = f"/app/{APP_KEY}"
CENTRIFUGO_PATH = "/connection/websocket"
TOKEN = "SIMULATED.GUEST.TOKEN"  # noqa: S105 - opens nothing but this simulator
MESSAGE_SIZE_MAX = 65_536
SENT_MAX_S = 5.0
CALLS_MAX = 1_000

Provider = Literal["pusher", "centrifugo"]


class _Client(Protocol):
    """One connection, whatever it speaks."""

    socket: web.WebSocketResponse
    channels: set[str]
    wire: asyncio.Transport | None

    async def hear(self, text: str) -> None:
        """Take what the client says."""
        ...

    async def push(self, push: Push) -> None:
        """Send it a frame."""
        ...


@dataclass(slots=True)
class Sockets:
    """The sockets of one played Kick, and what is wrong with them.

    `provider` is what the negotiation names, None refuses to negotiate. `refusal` is a code with which whoever connects
    is sent away. While `is_stalled` nothing is said and nothing answered. `delay_s` holds every frame back.
    """

    provider: Provider | None = "pusher"
    activity_timeout_s: int = 120
    ttl_s: int | None = None
    refusal: int | None = None
    is_stalled: bool = False
    delay_s: float = 0.0
    opened: int = 0
    told: list[str] = field(default_factory=list[str])
    clients: set[_Client] = field(default_factory=set[_Client])
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add_to(self, site: web.Application) -> None:
        """Put the endpoints into a web application."""
        site.router.add_get(PUSHER_PATH, self.pusher)
        site.router.add_get(CENTRIFUGO_PATH, self.centrifugo)
        site.router.add_post("/api/v1/realtime/channels/{channel}/chat/connection", self.negotiate)
        site.router.add_post("/api/v1/realtime/auth/connection", self.token)
        site.on_shutdown.append(self._leave)

    async def negotiate(self, request: web.Request) -> web.Response:
        """Name a transport, as Kick's web server does."""
        if self.provider is None:
            return web.Response(status=403, text="Attention Required! | Cloudflare")
        credentials: dict[str, Any] = {"app_key": APP_KEY, "cluster": "us2"}
        if self.provider == "centrifugo":
            credentials = {"url": f"ws://{request.host}{CENTRIFUGO_PATH}"}
        offer = {"provider": self.provider, "credentials": credentials}
        return _json({"data": {"connections": [offer], "mode": "websocket"}})

    async def token(self, _: web.Request) -> web.Response:
        """Give a guest's token."""
        return _json({"data": {"token": TOKEN}})

    async def pusher(self, request: web.Request) -> web.WebSocketResponse:
        """Speak Pusher's protocol to whoever connects."""
        return await self._serve(request, _Pusher)

    async def centrifugo(self, request: web.Request) -> web.WebSocketResponse:
        """Speak Centrifugo's protocol."""
        return await self._serve(request, _Centrifugo)

    async def push(self, push: Push, *, copies: int = 1) -> int:
        """Send a frame to everybody who listens to its channel; how many were sent."""
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        sent = 0
        for client in list(self.clients):
            if push.channel in client.channels and not self.is_stalled:
                for _ in range(copies):
                    sent += await self._sent(client, push)
        return sent

    async def close(self, code: int) -> None:
        """End every connection with a code."""
        await asyncio.gather(*(client.socket.close(code=code) for client in list(self.clients)))

    def drop(self) -> None:
        """Cut every connection without a word."""
        for client in list(self.clients):
            if client.wire is not None:
                client.wire.abort()

    @property
    def channels(self) -> frozenset[str]:
        """Every channel that somebody listens to."""
        return frozenset(channel for client in self.clients for channel in client.channels)

    async def until(self, channels: frozenset[str]) -> None:
        """Wait until exactly these channels are listened to."""
        while self.channels != channels:
            self._changed.clear()
            await self._changed.wait()

    def note(self, text: str) -> None:
        """Keep what a client said, and let whoever waits look again."""
        self.told.append(text)
        del self.told[:-CALLS_MAX]
        self._changed.set()

    async def _sent(self, client: _Client, push: Push) -> int:
        try:
            async with asyncio.timeout(SENT_MAX_S):
                await client.push(push)
        except (ConnectionError, TimeoutError):
            return 0
        return 1

    async def _serve(self, request: web.Request, kind: "type[_Pusher | _Centrifugo]") -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=MESSAGE_SIZE_MAX, timeout=1.0)
        await socket.prepare(request)
        self.opened += 1
        client = kind(self, socket, request.transport)
        if self.refusal is not None:
            await client.refuse(self.refusal)
            return socket
        self.clients.add(client)
        try:
            await client.greet()
            async for message in socket:
                await self._hear(client, message)
        finally:
            self.clients.discard(client)
            self._changed.set()
        return socket

    async def _hear(self, client: _Client, message: WSMessage) -> None:
        if message.type is WSMsgType.TEXT and not self.is_stalled:
            self.note(message.data)
            await client.hear(message.data)
            self._changed.set()

    async def _leave(self, _: web.Application) -> None:
        await self.close(WSCloseCode.GOING_AWAY)


class _Pusher:
    """A client of Pusher's."""

    def __init__(self, sockets: Sockets, socket: web.WebSocketResponse, wire: asyncio.Transport | None) -> None:
        self._sockets = sockets
        self.socket = socket
        self.wire = wire
        self.channels: set[str] = set()

    async def refuse(self, code: int) -> None:
        """Say why, and go."""
        await self._say("pusher:error", {"code": code, "message": "Not today"})
        await self.socket.close(code=code)

    async def greet(self) -> None:
        """Say that the connection is there."""
        told = {"socket_id": "317823.8190", "activity_timeout": self._sockets.activity_timeout_s}
        await self._say("pusher:connection_established", orjson.dumps(told).decode())

    async def hear(self, text: str) -> None:
        """Subscribe, unsubscribe, or say that we live."""
        told = orjson.loads(text)
        match told["event"]:
            case "pusher:subscribe" if told["data"]["channel"] in self.channels:
                error = {"code": None, "message": f"Existing subscription to channel {told['data']['channel']}"}
                await self._say("pusher:error", error)
            case "pusher:subscribe":
                self.channels.add(told["data"]["channel"])
                await self._say("pusher_internal:subscription_succeeded", "{}", told["data"]["channel"])
            case "pusher:unsubscribe":
                self.channels.discard(told["data"]["channel"])
            case "pusher:ping":
                await self._say("pusher:pong", "{}")
            case _:
                pass

    async def push(self, push: Push) -> None:
        """Send a frame."""
        await self.socket.send_str(push.text())

    async def _say(self, event: str, data: object, channel: str | None = None) -> None:
        told = {"event": event, "data": data} | ({} if channel is None else {"channel": channel})
        await self.socket.send_str(orjson.dumps(told).decode())


class _Centrifugo:
    """A client of Centrifugo's."""

    def __init__(self, sockets: Sockets, socket: web.WebSocketResponse, wire: asyncio.Transport | None) -> None:
        self._sockets = sockets
        self.socket = socket
        self.wire = wire
        self.channels: set[str] = set()

    async def refuse(self, code: int) -> None:
        """Go with a code."""
        await self.socket.close(code=code)

    async def greet(self) -> None:
        """Wait: here the client speaks first."""

    async def hear(self, text: str) -> None:
        """Take commands, a line each."""
        answers = [answer for line in text.split("\n") if line for answer in self._answers(orjson.loads(line))]
        if answers:
            await self.socket.send_str("\n".join(orjson.dumps(answer).decode() for answer in answers))

    async def push(self, push: Push) -> None:
        """Send a frame, and ask for a sign of life in the same message."""
        data = {"event": push.event, "data": orjson.dumps(push.data).decode()}
        told = {"push": {"channel": push.channel, "pub": {"data": data}}}
        await self.socket.send_str(f"{orjson.dumps(told).decode()}\n{{}}")

    def _answers(self, told: dict[str, Any]) -> Iterator[dict[str, Any]]:
        match told:
            case {"connect": {"token": str(token)}, "id": number} if token == TOKEN:
                ttl_s = self._sockets.ttl_s
                expiry = {} if ttl_s is None else {"expires": True, "ttl": ttl_s}
                ping = {"ping": self._sockets.activity_timeout_s, "pong": True}
                yield {"id": number, "connect": {"client": "d1923758", "version": "6", **ping, **expiry}}
            case {"connect": _, "id": number}:
                yield {"id": number, "error": {"code": 101, "message": "unauthorized"}}
            case {"subscribe": {"channel": str(channel)}, "id": number}:
                self.channels.add(channel)
                yield {"id": number, "subscribe": {}}
            case {"unsubscribe": {"channel": str(channel)}, "id": number}:
                self.channels.discard(channel)
                yield {"id": number, "unsubscribe": {}}
            case {"refresh": _, "id": number}:
                yield {"id": number, "refresh": {"expires": True, "ttl": self._sockets.ttl_s}}
            case _:
                return


def _json(content: dict[str, Any]) -> web.Response:
    return web.Response(body=orjson.dumps(content), content_type="application/json")
