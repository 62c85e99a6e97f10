"""graphql-transport-ws: who may connect, what he says, and how it ends."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any

import orjson
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from aiohttp.typedefs import Handler
from graphql import GraphQLError
from strawberry.types.graphql import OperationType

from server.auth.actors import Actor
from server.auth.addresses import Addresses, counted
from server.auth.door import Door
from server.ports import Ids
from server.schema.ids import id_of
from server.web.graphql.client import CLOSE_TIMEOUT_S, Client
from server.web.graphql.contexts import ContextFactory
from server.web.graphql.documents import DocumentRefused, Documents
from server.web.graphql.fanout import Fanout, shared_key
from server.web.graphql.frames import message_frame
from server.web.graphql.gate import Admitted, Gate, Refusal
from server.web.graphql.holders import FORBIDDEN, Holders, Places, Rights
from server.web.graphql.messages import Complete, Init, Malformed, Message, Ping, Pong, Subscribe, read
from server.web.graphql.operations import TOO_SLOW, Alone, Results, error_frame
from server.web.graphql.rate import Rates

PROTOCOL = "graphql-transport-ws"
OVER_SOCKETS = (OperationType.QUERY, OperationType.SUBSCRIPTION)
"""A mutation would be cut off half way when the socket closes; over HTTP it runs to its end."""

INIT_TIMEOUT_S = 10.0
HEARTBEAT_S = 25.0
MESSAGE_BYTES_MAX = 100 * 1024
OPERATIONS_PER_SOCKET_MAX = 20
SOCKETS_MAX = 11_000
"""Those of 10,000 overlays, and room for bots and staff beside them."""
STRANGERS_MAX = 2_000
"""Sockets that have shown no token, be it that they have not spoken yet."""
STRANGERS_PER_ADDRESS_MAX = 200
"""So that nobody alone takes the place of all the others."""

MALFORMED, UNAUTHORIZED, UNKNOWN_PROTOCOL, INIT_TOO_LATE, ID_TAKEN, TOO_MANY, BROKEN = (
    *(4400, 4401, 4406, 4408, 4409, 4429),
    4500,
)
ENDED = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED})
Crowded = Callable[[Actor], Awaitable[None]]
"""Told of whoever comes once more than he may."""

FULL = GraphQLError(
    f"A socket has at most {OPERATIONS_PER_SOCKET_MAX} operations at a time.",
    extensions={"code": "operations_too_many"},
)


class Sockets:
    """Every open websocket of the graph."""

    def __init__(
        self,
        gate: Gate,
        rates: Rates,
        *,
        documents: Documents,
        context: ContextFactory,
        door: Door,
        rights: Rights,
        ids: Ids,
        addresses: Addresses,
        allowed_origins: Collection[str] = (),
        crowded: Crowded | None = None,
        places: Places | None = None,
    ) -> None:
        self._gate = gate
        self._addresses = addresses
        self.rates = rates
        self._documents = documents
        self._context = context
        self._allowed_origins = frozenset(allowed_origins)
        self._clients: set[Client] = set()
        self._stopping = False
        self._tell = crowded
        self.holders = Holders(door, rights, ids, places)
        self.fanout = Fanout()

    def wants(self, request: web.Request) -> bool:
        """Whether a request asks for a websocket."""
        return request.method == "GET" and request.headers.get("Upgrade", "").lower() == "websocket"

    async def answer(self, request: web.Request, *, otherwise: Handler) -> web.StreamResponse:
        """Speak with a client until either side ends it; `otherwise` answers whoever asks for no websocket.

        Here, and not in a function around it, whose frame would stay with every socket.
        """
        if not self.wants(request):
            return await otherwise(request)
        if not self._is_welcome(request):
            return refusal(403, "origin_forbidden", "Pages of this origin may not connect here.")
        address = self._addresses.of(request)
        if crowded := self._crowded(address):
            return crowded
        socket = web.WebSocketResponse(
            protocols=[PROTOCOL],
            heartbeat=HEARTBEAT_S,
            timeout=CLOSE_TIMEOUT_S,
            # Compression would cost 90 KB for every idle subscriber.
            compress=False,
            # Pings are answered here, so that thousands of them hold nobody up.
            autoping=False,
            max_msg_size=MESSAGE_BYTES_MAX,
        )
        try:
            await socket.prepare(request)
        except web.HTTPBadRequest:
            return refusal(400, "handshake_invalid", "This is no websocket handshake.")
        transport = request.transport
        if not isinstance(transport, asyncio.Transport):
            return socket
        client = Client(socket, transport, address)
        self._clients.add(client)
        self.holders.arrive(client)
        try:
            await Conversation(self, client, request.cookies).hold(socket)
        finally:
            self._clients.discard(client)
            self.holders.leave(client)
        return socket

    def start(self, client: Client, asked: Subscribe) -> None:
        """Begin an operation, or say why not."""
        try:
            text = self._text(asked)
            self._documents.admit(client.actor, text)
            key = shared_key(text, asked.operation_name, asked.variables, client.actor, client)
            context = self._context(client.actor, client.address)
            # Whoever hears a broadcast passes the gate for himself, so that nobody hears another's refusal.
            asked_of_gate = (text, asked.operation_name, asked.variables, context, OVER_SOCKETS)
            admitted = None if key is None else self._gate.admit(*asked_of_gate)
        except DocumentRefused as refused:
            client.write(error_frame(asked.id, [GraphQLError(str(refused), extensions={"code": refused.code})]))
        except Refusal as refusal:
            client.write(error_frame(asked.id, refusal.errors))
        else:
            stream = partial(self._stream, text, asked, context, admitted)
            client.operations[asked.id] = (
                Alone(client, asked.id, stream, context.relied)
                if key is None
                else self.fanout.join(key, client, asked.id, stream, context.relied)
            )

    def _text(self, asked: Subscribe) -> str:
        """The document that is asked for, or `DocumentRefused`."""
        return self._documents.by_id(asked.document_id).text if asked.query is None else asked.query

    async def _stream(self, text: str, asked: Subscribe, context: Any, admitted: Admitted | None) -> Results:
        return await self._gate.stream(
            text,
            variable_values=asked.variables,
            context_value=context,
            operation_name=asked.operation_name,
            allowed_operation_types=OVER_SOCKETS,
            admitted=admitted,
        )

    async def tell_crowded(self, client: Client) -> None:
        """Tell whoever wants to know that a client's token holds more websockets than it may."""
        if self._tell is not None and client.actor is not None:
            await self._tell(client.actor)

    async def watched(self, _: web.Application) -> AsyncGenerator[None, None]:
        """Judge the tokens of open sockets again and again while the application runs."""
        watching = asyncio.create_task(self.holders.recheck(), name="socket tokens")
        yield
        watching.cancel()

    async def close(self, _: web.Application) -> None:
        """Tell every client that the server goes away; who does not take the news is cut off."""
        self._stopping = True
        closing = [
            asyncio.create_task(client.close(WSCloseCode.GOING_AWAY, "The server stops")) for client in self._clients
        ]
        if closing:
            await asyncio.wait(closing, timeout=2 * CLOSE_TIMEOUT_S)

    def _crowded(self, address: str) -> web.Response | None:
        """Why nobody from an address gets one more socket now, or None."""
        strangers = len(self._clients) - self.holders.present
        if self._stopping or len(self._clients) >= SOCKETS_MAX or strangers >= STRANGERS_MAX:
            return refusal(503, "sockets_too_many", "No more sockets can be opened right now.", {"Retry-After": "5"})
        if self.holders.strangers[counted(address)] >= STRANGERS_PER_ADDRESS_MAX:
            message = "Too many sockets from this address have shown no token. Close some, or send a token."
            return refusal(429, "sockets_too_many", message, {"Retry-After": "5"})
        return None

    def _is_welcome(self, request: web.Request) -> bool:
        """Whether the page behind a request may connect; whoever is no page brings no cookies that could be abused."""
        origin = request.headers.get("Origin")
        if origin is None or request.headers.get("Sec-Fetch-Site") == "same-origin":
            return True
        scheme, _, host = origin.lower().partition("://")
        is_ours = scheme in {"http", "https"} and host == request.host.lower()
        return is_ours or origin in self._allowed_origins


class Conversation:
    """What one client says, in order."""

    def __init__(self, sockets: Sockets, client: Client, cookies: Mapping[str, str]) -> None:
        self._sockets = sockets
        self._client = client
        self._cookies = cookies
        self._is_acknowledged = False
        self._late: asyncio.TimerHandle | None = None

    async def hold(self, socket: web.WebSocketResponse) -> None:
        """Answer every message until the socket is closed."""
        if socket.ws_protocol != PROTOCOL:
            await self._client.close(UNKNOWN_PROTOCOL, f"Speak {PROTOCOL}")
            return
        self._late = asyncio.get_running_loop().call_later(
            INIT_TIMEOUT_S, self._client.close_soon, INIT_TOO_LATE, "Connection initialisation timeout"
        )
        try:
            # Nothing that was said is held while the next word is waited for, and by `async for` a frame would be.
            while await self._answer(socket, await socket.receive()):
                pass
        finally:
            self._in_time()
            await self._client.end_operations()
            # Nobody is left to talk to, or something broke on our side.
            await self._client.close(BROKEN, "Internal server error")

    async def _answer(self, socket: web.WebSocketResponse, frame: WSMessage) -> bool:
        """Answer one frame; False for the one after which none comes."""
        if frame.type is WSMsgType.PING:
            await socket.pong(frame.data)
        elif frame.type not in ENDED and frame.type is not WSMsgType.PONG:
            await self._hear(frame.data)
        # What came in one piece is there without waiting: others get their turn in between.
        await asyncio.sleep(0)
        return frame.type not in ENDED

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    async def _hear(self, text: object) -> None:
        if not await self._client.reads():
            await self._client.close(TOO_SLOW, "Answers are read within 10 seconds")
            return
        try:
            message = read(text)
        except Malformed as fault:
            await self._client.close(MALFORMED, str(fault))
        else:
            await self._take(message)

    async def _take(self, message: Message) -> None:
        match message:
            case Init():
                await self._begin(message)
            case Ping(payload=payload):
                self._client.write(message_frame(type="pong", **({} if payload is None else {"payload": payload})))
            case Pong():
                pass
            case Subscribe():
                await self._subscribe(message)
            case Complete():
                operation = self._client.operations.pop(message.id, None)
                if operation is not None:
                    operation.end()

    async def _begin(self, message: Init) -> None:
        if self._is_acknowledged:
            await self._client.close(TOO_MANY, "Too many initialisation requests")
            return
        fault = await self._sockets.holders.admit(self._client, message.payload.get("authorization"), self._cookies)
        if fault is not None:
            limited = self._sockets.rates.fail(self._client.address)
            if limited is None:
                await self._client.close(FORBIDDEN, fault.message)
            else:
                await self._client.close(TOO_MANY, f"{limited.rule.message} Wait {limited.wait_s} seconds.")
        elif await self._sockets.holders.is_crowded(self._client):
            await self._sockets.tell_crowded(self._client)
            await self._client.close(TOO_MANY, "Too many sockets with this token")
        else:
            self._is_acknowledged = True
            self._in_time()
            self._client.write(message_frame(type="connection_ack", **_known_of(self._client.actor)))

    async def _subscribe(self, asked: Subscribe) -> None:
        client = self._client
        if not self._is_acknowledged:
            await client.close(UNAUTHORIZED, "Unauthorized")
        elif asked.id in client.operations:
            await client.close(ID_TAKEN, f"Subscriber for {asked.id} already exists")
        elif len(client.operations) >= OPERATIONS_PER_SOCKET_MAX:
            client.write(error_frame(asked.id, [FULL]))
        else:
            self._sockets.start(client, asked)


def _known_of(actor: Actor | None) -> dict[str, Any]:
    """What a page on stream is told with the acknowledgement, so that it need not ask first what its key is for."""
    if actor is None or actor.overlay is None or actor.community_id is None:
        return {}
    return {"payload": {"communityId": id_of("community", actor.community_id), "overlay": actor.overlay}}


def refusal(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> web.Response:
    """Why no websocket is opened, in the shape of every other answer."""
    body = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return web.Response(body=orjson.dumps(body), status=status, headers=headers, content_type="application/json")
