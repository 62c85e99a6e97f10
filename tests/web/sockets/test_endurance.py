"""What lasts for days leaves nothing behind: memory flat, database alive."""

import asyncio
import gc
from typing import Any

import pytest
from aiohttp import ClientSession

from server.schema.ids import number_of
from server.web.graphql import endpoint
from server.web.graphql.endpoint import PATH
from tests.graph import SOCKET, Graph, Socket
from tests.web.sockets.speaking import BOARD, filled, frame, house, resident_mib, say, subscribe

EVENTS = 25_000
EVENTS_AT_ONCE = 2_500
CONNECTS = 10_000
CANCELLED = 1_500
GROWTH_MAX_MIB = 12
FOLLOW = """subscription ($c: ID!) { feed(communityId: $c, after: "0") {
  cursor at ... on OtherChange { kind } ... on WatchTimeChanged { viewers { viewerId seconds } } } }"""
ASK = '{ community(slug: "house") { leaderboard(first: 50) { totalCount nodes { rank account { name } } } } }'
CREATE = """mutation { createCommunity(input: {slug: "after", name: "A", timezone: "UTC", idempotencyKey: "k"}) {
  __typename } }"""


async def alive(graph: Graph) -> bool:
    """Whether the database still reads and writes."""
    return await graph.data(CREATE) == {"createCommunity": {"__typename": "CommunityCreated"}}


async def signed_in(graph: Graph) -> Socket:
    socket = await Socket(graph).open(graph.operator)
    assert await socket.heard() == {"type": "connection_ack"}
    return socket


@pytest.mark.timeout(240)
async def test_twenty_five_thousand_events_reach_an_open_subscription_and_leave_nothing(graph: Graph) -> None:
    """Without our executor every event would keep about 2.7 KB for ever, 54 MiB in all."""
    community = await house(graph)
    socket = await signed_in(graph)
    await socket.subscribe(FOLLOW, c=community)
    before = 0.0
    for first in range(0, EVENTS, EVENTS_AT_ONCE):
        await filled(graph, number_of("community", community), EVENTS_AT_ONCE)
        for cursor in range(first + 1, first + EVENTS_AT_ONCE + 1):
            assert (await socket.event())["cursor"] == str(cursor)
        if first == EVENTS_AT_ONCE:
            gc.collect()
            before = resident_mib()
    gc.collect()
    assert resident_mib() - before < GROWTH_MAX_MIB
    await socket.frames.close()
    assert await alive(graph)


@pytest.mark.timeout(240)
async def test_clients_that_come_and_go_leave_nothing(graph: Graph) -> None:
    community = await house(graph)
    await graph.watched()
    server = graph.server.site[endpoint.SOCKETS]

    async def visit(session: ClientSession, number: int) -> None:
        socket = await session.ws_connect(PATH, protocols=[SOCKET])
        await say(socket, frame(type="connection_init", payload={"authorization": f"Bearer {graph.operator}"}))
        await say(socket, subscribe(BOARD, variables={"c": community}))
        for _ in range(number % 3):
            await socket.receive(timeout=5)
        if number % 2:
            await socket.close()
        else:
            socket._response.close()

    before = 0.0
    # A session of its own: the one of the tests remembers every socket.
    async with ClientSession(graph.live.http.make_url("/")) as session:
        for number in range(0, CONNECTS, 10):
            await asyncio.gather(*(visit(session, number + more) for more in range(10)))
            if number == CONNECTS // 5:
                gc.collect()
                before = resident_mib()
    async with asyncio.timeout(10):
        while server._clients:
            await asyncio.sleep(0.01)
    assert (len(server.fanout), server.holders.present) == (0, 0)
    assert not any(topic.startswith("feed:") for topic in listened(graph))
    gc.collect()
    assert resident_mib() - before < GROWTH_MAX_MIB
    assert await alive(graph)


def listened(graph: Graph) -> list[str]:
    """The topics that somebody listens to."""
    bus: Any = graph.server.bus
    return list(getattr(bus, "_local", bus)._listeners)


@pytest.mark.timeout(240)
async def test_operations_that_are_cut_off_leave_the_database_working(graph: Graph) -> None:
    community = await house(graph)
    await graph.watched()
    for turn in range(CANCELLED // 15):
        socket = await signed_in(graph)
        for number in range(5):
            await socket.subscribe(ASK, f"q{number}")
            await socket.subscribe(FOLLOW, f"f{number}", c=community)
            await socket.subscribe(BOARD, f"b{number}", c=community)
            await socket.send(type="complete", id=f"q{number}")
            if turn % 2:
                await asyncio.sleep(0.001)
        await socket.frames.close()
    assert await alive(graph)


async def test_an_operation_that_is_cut_off_as_the_very_first_breaks_no_connection(graph: Graph) -> None:
    for _ in range(4):
        socket = await signed_in(graph)
        for number in range(5):
            await socket.subscribe(ASK, str(number))
            await socket.send(type="complete", id=str(number))
        await socket.frames.close()
    for _ in range(4):
        assert await graph.data('{ community(slug: "house") { id } }') == {"community": None}
