"""A client that says anything, frame by frame, and hears how that is taken."""

from collections.abc import AsyncGenerator
from pathlib import Path
from resource import getpagesize
from typing import Any

import orjson
from aiohttp import ClientWebSocketResponse, WSMsgType

from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.schema.ids import id_of
from server.store import feed
from server.web.graphql.endpoint import PATH
from tests.graph import SOCKET, Graph

BOARD = (
    "subscription ($c: ID!) { leaderboardChanged(communityId: $c, first: 3) { sequence standings { rank seconds } } }"
)
FEED = 'subscription ($c: ID!) { feed(communityId: $c, after: "0") { cursor } }'
INIT = '{"type": "connection_init"}'
MARK = '{"type": "ping", "payload": {"is": "the end"}}'


async def house(graph: Graph) -> str:
    """A community with one channel; its id as the graph tells it."""
    return id_of("community", await graph.live.community())


def frame(**message: Any) -> str:
    return orjson.dumps(message).decode()


def subscribe(query: Any, operation: Any = "1", **payload: Any) -> str:
    return frame(type="subscribe", id=operation, payload={"query": query, **payload})


async def connected(graph: Graph, *protocols: str) -> ClientWebSocketResponse:
    return await graph.live.http.ws_connect(PATH, protocols=protocols or (SOCKET,))


async def say(socket: ClientWebSocketResponse, said: str | bytes) -> None:
    """Send text as text and bytes as a binary frame."""
    await (socket.send_str(said) if isinstance(said, str) else socket.send_bytes(said))


async def answers(socket: ClientWebSocketResponse) -> list[dict[str, Any] | int]:
    """All that the server says until it has answered a last ping, or closed with the code at the end."""
    if not socket.closed:
        await say(socket, MARK)
    heard: list[dict[str, Any] | int] = []
    while True:
        message = await socket.receive(timeout=10)
        if message.type is not WSMsgType.TEXT:
            return [*heard, socket.close_code or 0]
        told = orjson.loads(message.data)
        if told == {"type": "pong", "payload": {"is": "the end"}}:
            return heard
        heard.append(told)


async def heard(socket: ClientWebSocketResponse) -> AsyncGenerator[dict[str, Any], None]:
    """All that the server still says before it closes."""
    while (message := await socket.receive(timeout=10)).type is WSMsgType.TEXT:
        yield orjson.loads(message.data)


def stopped(socket: ClientWebSocketResponse) -> None:
    """Read nothing more from the network."""
    socket._response.connection.transport.pause_reading()


def going_on(socket: ClientWebSocketResponse) -> None:
    """Read again, unless the connection is over."""
    if socket._response.connection is not None:
        socket._response.connection.transport.resume_reading()


async def filled(graph: Graph, community_id: int, many: int, kind: str = "something.else") -> None:
    """A feed with so many more items."""

    async def append(tx: Tx, scope: Scope) -> Done[int]:
        return Done(await feed.append(tx, community_id, [(kind, {})] * many, scope.now))

    await graph.server.units.run(community_id, append)


def resident_mib() -> float:
    """The memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize() / 2**20
