"""A server that stops with sockets open is gone at once, whatever its clients do."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSCloseCode, WSMsgType
from aiohttp.test_utils import unused_port

from server.app import assembled
from server.events.happening import Person
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.running import Server, listening, running
from server.schema.ids import id_of
from server.settings import Settings
from server.store import channels, communities
from server.web.graphql.endpoint import PATH
from tests.database import FrozenClock
from tests.graph import SOCKET
from tests.running import SECRET
from tests.web.sockets.speaking import BOARD, FEED, frame, say, stopped, subscribe

STOPPED_S_MAX = 20.0
"""Wide, for a busy machine: a server that waits for its sockets takes a minute."""
OPEN = 30


@asynccontextmanager
async def serving(url: str, clock: FrozenClock) -> AsyncGenerator[Server, None]:
    """A server as the command line starts it; the way out is how it stops."""
    settings = Settings(database_url=url, secret_key=SECRET, port=unused_port())  # type: ignore[arg-type]
    async with assembled(settings, clock=clock) as server, running(server), listening(server):
        yield server


async def house(server: Server) -> str:
    async def make(tx: Tx, scope: Scope) -> Done[int]:
        made = await communities.create(tx, "house", "House", "UTC", scope.now)
        assert made is not None
        channel = await channels.learn(tx, "kick", Person(id="1", name="One", slug="one"))
        await channels.attach(tx, made, channel, scope.now)
        return Done(made)

    return id_of("community", await server.units.run(0, make))


async def subscribed(session: ClientSession, server: Server, community: str, text: str) -> ClientWebSocketResponse:
    address = f"http://127.0.0.1:{server.settings.port}{PATH}"
    socket = await session.ws_connect(address, protocols=[SOCKET])
    await say(socket, frame(type="connection_init", payload={"authorization": f"Bearer {server.tokens.mint('admin')}"}))
    assert (await socket.receive_json(timeout=5))["type"] == "connection_ack"
    await say(socket, subscribe(text, variables={"c": community}))
    if text == BOARD:
        assert (await socket.receive_json(timeout=5))["type"] == "next"
    return socket


@pytest.mark.parametrize("are_deaf", [False, True], ids=["that are listened to", "that nobody reads"])
async def test_a_server_stops_at_once_with_subscriptions_open(
    database_url: str, clock: FrozenClock, *, are_deaf: bool
) -> None:
    loop = asyncio.get_running_loop()
    async with ClientSession() as session:
        async with serving(database_url, clock) as server:
            community = await house(server)
            texts = [BOARD, FEED] * (OPEN // 2)
            sockets = [await subscribed(session, server, community, text) for text in texts]
            if are_deaf:
                for socket in sockets:
                    stopped(socket)
            began = loop.time()
        assert loop.time() - began < STOPPED_S_MAX
        if not are_deaf:
            told = [await socket.receive(timeout=5) for socket in sockets]
            assert {(message.type, message.data) for message in told} == {(WSMsgType.CLOSE, WSCloseCode.GOING_AWAY)}
