"""An overlay key is used in three places at once by all servers of an installation together."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import orjson
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.graph import SOCKET, Graph
from tests.postgres import POSTGRES_URL
from tests.programs import free_port, serving
from tests.running import SECRET
from tests.web.tokens.test_overlay_keys import made

FREE_WITHIN_S = 25


async def shown(session: ClientSession, port: int, secret: str) -> ClientWebSocketResponse | int | None:
    """A websocket that shows an overlay, or the code with which it is closed."""
    frames = await session.ws_connect(f"http://127.0.0.1:{port}/graphql", protocols=[SOCKET])
    payload = {"authorization": f"Bearer {secret}"}
    await frames.send_str(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
    message = await frames.receive(timeout=5)
    if message.type is WSMsgType.TEXT and orjson.loads(message.data)["type"] == "connection_ack":
        return frames
    return frames.close_code


async def crowded(graph: Graph) -> int:
    """How many alerts there are of keys that are used in too many places."""
    [row] = await graph.server.database.reader().fetch(
        "SELECT count(*) AS many FROM alert WHERE kind = 'overlay_crowded'"
    )
    return row["many"]


if POSTGRES_URL is not None:

    async def test_the_fourth_is_refused_by_whichever_server_and_a_fallen_one_frees_its_places(
        graph: Graph, tmp_path: Path
    ) -> None:
        secret = (await made(graph, await graph.live.community("house", "100001")))["secret"]
        settings = {"REGULARS_DATABASE_URL": graph.server.database.url, "REGULARS_SECRET_KEY": SECRET}
        one, other = free_port(), free_port()
        async with AsyncExitStack() as stack:
            falling = await stack.enter_async_context(serving(tmp_path / "one", one, "web", **settings))
            await stack.enter_async_context(serving(tmp_path / "other", other, "web", **settings))
            session = await stack.enter_async_context(ClientSession())
            # Kept in a list: a websocket that nobody holds is closed.
            open_ones = [await shown(session, port, secret) for port in (one, one, other)]
            assert all(isinstance(frames, ClientWebSocketResponse) for frames in open_ones)
            assert [await shown(session, port, secret) for port in (one, other)] == [4429, 4429]
            assert await crowded(graph) == 1

            leaving = open_ones.pop(1)
            assert isinstance(leaving, ClientWebSocketResponse)
            await leaving.close()
            await asyncio.sleep(0.5)
            open_ones.append(await shown(session, other, secret))
            assert isinstance(open_ones[-1], ClientWebSocketResponse)

            falling.kill()
            await falling.wait()
            assert await shown(session, other, secret) == 4429, "nobody knows yet that it fell down"
            async with asyncio.timeout(FREE_WITHIN_S):
                while (frames := await shown(session, other, secret)) == 4429:
                    await asyncio.sleep(1)
            open_ones.append(frames)
            assert await shown(session, other, secret) == 4429
