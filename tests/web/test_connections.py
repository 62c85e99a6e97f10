"""Who connects and says nothing takes no place for long; who speaks is left alone."""

import asyncio

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import unused_port

from server.app import assembled
from server.running import listening, running
from server.settings import Settings
from server.web import connections
from server.web.graphql.endpoint import PATH
from tests.database import FrozenClock
from tests.graph import SOCKET
from tests.running import SECRET
from tests.web.sockets.speaking import INIT, MARK, say

ASKED = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
HALF = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Half: "


async def ended(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(), 5) == b""
    except ConnectionResetError:
        return True


async def answered(reader: asyncio.StreamReader) -> bool:
    """Whether one good answer comes, read to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.splitlines() if line.startswith(b"Content-Length"))
    await reader.readexactly(length)
    return head.startswith(b"HTTP/1.1 200")


async def test_who_asks_nothing_is_cut_off_and_who_has_asked_is_not(
    database_url: str, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "FIRST_REQUEST_S", 0.3)
    settings = Settings(database_url=database_url, secret_key=SECRET, port=unused_port())  # type: ignore[arg-type]
    async with (
        assembled(settings, clock=clock) as server,
        running(server),
        listening(server),
        ClientSession() as client,
    ):
        silent, half, spoken = [await asyncio.open_connection("127.0.0.1", settings.port) for _ in range(3)]
        half[1].write(HALF)
        spoken[1].write(ASKED)
        assert await asyncio.wait_for(answered(spoken[0]), 5)
        socket = await client.ws_connect(f"http://127.0.0.1:{settings.port}{PATH}", protocols=[SOCKET])
        await say(socket, INIT)
        assert await ended(silent[0])
        assert await ended(half[0])
        await asyncio.sleep(0.7)
        spoken[1].write(ASKED)
        assert await asyncio.wait_for(answered(spoken[0]), 5)
        await say(socket, MARK)
        assert [(await socket.receive_json(timeout=5))["type"] for _ in range(2)] == ["connection_ack", "pong"]
        await socket.close()
        for _, writer in (silent, half, spoken):
            writer.close()
