"""Whether a credential is still good: asked over HTTP, and seen at websockets that were opened with it."""

import asyncio

from aiohttp import WSMsgType

from server.schema.ids import id_of
from tests.graph import Graph, Socket

WITHIN_S = 5


async def is_answered(graph: Graph, token: str) -> str:
    """How a question with a token is answered: the code, or "ok"."""
    answer = await graph.ask("{ me { subject } }", token)
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else "ok"


async def listening(graph: Graph, token: str, document: str, community: int) -> Socket:
    """A websocket that hears something of a community."""
    socket = await Socket(graph).open(token)
    assert (await socket.heard())["type"] == "connection_ack"
    await socket.subscribe(document, c=id_of("community", community))
    await socket.event()
    return socket


async def left(socket: Socket) -> int | None:
    """The code with which a websocket is closed in time."""
    async with asyncio.timeout(WITHIN_S):
        return await socket.closed()


async def end_of(socket: Socket) -> int | None:
    """The code with which a websocket is closed, however long that takes."""
    while (await socket.frames.receive()).type is WSMsgType.TEXT:
        pass
    return socket.frames.close_code


async def is_open(socket: Socket) -> bool:
    """Whether a websocket still answers; what it is told meanwhile does not matter."""
    await socket.send(type="ping")
    while "closed" not in (heard := await socket.heard()):
        if heard["type"] == "pong":
            return True
    return False
