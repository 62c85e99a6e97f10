"""The clients that people use: they ask, change, listen, are cut off, go on from their cursor, and miss nothing."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport
from gql.transport.exceptions import TransportError
from gql.transport.websockets import WebsocketsTransport

from server.schema.ids import id_of
from server.web.graphql import endpoint
from server.web.graphql.endpoint import PATH
from tests.graph import SOCKET, Graph
from tests.web.sockets.speaking import filled

HERE = Path(__file__).parent
ITEMS = 3_000
ME = "{ me { kind } }"
CREATE = """mutation ($input: CreateCommunityInput!) { createCommunity(input: $input) {
  __typename ... on CommunityCreated { community { slug } } } }"""
FOLLOW = "subscription ($c: ID!, $after: BigInt) { feed(communityId: $c, after: $after) { cursor } }"
MADE = {"createCommunity": {"__typename": "CommunityCreated", "community": {"slug": "made"}}}
EVERY_CURSOR = list(range(1, ITEMS + 1))


async def house(graph: Graph) -> str:
    """A community with a long feed."""
    number = await graph.live.community()
    await filled(graph, number, ITEMS)
    return id_of("community", number)


def cut_off(graph: Graph) -> None:
    """End every websocket as a broken line does."""
    for client in list(graph.server.site[endpoint.SOCKETS]._clients):
        client._transport.abort()


@asynccontextmanager
async def running(
    environment: Mapping[str, str], script: str, told: Mapping[str, Any]
) -> AsyncGenerator[Process, None]:
    """A program of Node that is told what to do."""
    process = await asyncio.create_subprocess_exec(
        "node", HERE / script, env=environment, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        assert process.stdin is not None
        process.stdin.write(orjson.dumps(told))
        process.stdin.close()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", ["graphql-ws", "urql"])
async def test_a_client_of_node_misses_nothing(graph: Graph, node: Mapping[str, str], kind: str) -> None:
    community = await house(graph)
    told = {
        "kind": kind,
        "url": str(graph.live.http.make_url(PATH)),
        "token": graph.operator,
        "community": community,
        "slug": "made",
        "last": ITEMS,
    }
    async with asyncio.timeout(60), running(node, "follow.mjs", told) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = await process.stdout.readline()
        assert first == b"under way\n", await process.stderr.read()
        cut_off(graph)
        lines = (await process.stdout.read()).splitlines()
        assert await process.wait() == 0, await process.stderr.read()
    seen = orjson.loads(lines[-1])
    assert (seen["me"], seen["made"]) == ({"me": {"kind": "OPERATOR"}}, MADE)
    assert seen["cuts"] == 1
    assert seen["cursors"] == EVERY_CURSOR


@pytest.mark.parametrize("transport", [AIOHTTPWebsocketsTransport, WebsocketsTransport])
async def test_the_client_of_python_misses_nothing(graph: Graph, transport: type[Any]) -> None:
    community = await house(graph)
    url = graph.live.http.make_url(PATH)
    headers = {"Authorization": f"Bearer {graph.operator}"}
    async with Client(transport=AIOHTTPTransport(str(url), headers=headers, ssl=False)) as session:
        creating = gql(CREATE)
        creating.variable_values = {"input": {"slug": "made", "name": "M", "timezone": "UTC", "idempotencyKey": "k"}}
        assert await session.execute(gql(ME)) == {"me": {"kind": "OPERATOR"}}
        assert await session.execute(creating) == MADE
    cursors: list[int] = []
    cuts = 0
    while cursors[-1:] != [ITEMS]:
        line = transport(
            str(url.with_scheme("ws")),
            subprotocols=[SOCKET],
            init_payload={"authorization": f"Bearer {graph.operator}"},
        )
        try:
            async with Client(transport=line) as session:
                assert await session.execute(gql(ME)) == {"me": {"kind": "OPERATOR"}}
                following = gql(FOLLOW)
                following.variable_values = {"c": community, "after": str(cursors[-1] if cursors else 0)}
                async for event in session.subscribe(following):
                    cursors.append(int(event["feed"]["cursor"]))
                    if len(cursors) == 100:
                        cut_off(graph)
                    if cursors[-1] == ITEMS:
                        break
        except TransportError:
            cuts += 1
            assert cuts < 3
    assert cuts == 1
    assert cursors == EVERY_CURSOR
