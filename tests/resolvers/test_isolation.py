"""Work under way holds nobody up who asks, is told to nobody before it is done, and is done whoever stops waiting."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from server.events.watchtime import ChannelAttached
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.schema.ids import id_of
from server.store import communities, feed
from server.web.graphql import endpoint
from tests.graph import Graph, Socket

MANY = 12
"""More units of work than may hold a connection at once."""
NAME = '{ community(slug: "house") { name leaderboard(first: 5) { totalCount } } }'
BEFORE = {"community": {"name": "House", "leaderboard": {"totalCount": 0}}}
AFTER = {"community": {"name": "Renamed", "leaderboard": {"totalCount": 0}}}
FEED = 'subscription ($c: ID!) { feed(communityId: $c, after: "0") { cursor ... on ChannelJoined { platformId } } }'
ADJUST = """mutation ($input: AdjustWatchTimeInput!) { adjustWatchTime(input: $input) {
  ... on WatchTimeAdjusted { seconds } ... on Problem { code } } }"""


@asynccontextmanager
async def held(graph: Graph, community: int, many: int = 1) -> AsyncGenerator[None, None]:
    """So many units of work that have changed the community, and do not end before the block does."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def linger(tx: Tx, scope: Scope) -> Done[int]:
        await communities.lock(tx, scope.community_id)
        await tx.execute("UPDATE community SET name = 'Renamed' WHERE id = $1", scope.community_id)
        begun.set()
        await go_on.wait()
        return Done(0)

    units = [asyncio.create_task(graph.server.units.run(community, linger)) for _ in range(many)]
    await begun.wait()
    try:
        yield
    finally:
        go_on.set()
        await asyncio.gather(*units)


async def test_who_asks_waits_for_no_change_and_sees_none_that_is_not_done(graph: Graph) -> None:
    community = await graph.live.community()
    async with held(graph, community, MANY), asyncio.timeout(3):
        for _ in range(4):
            assert await graph.data(NAME) == BEFORE
    assert await graph.data(NAME) == AFTER


async def test_what_is_undone_is_told_to_nobody(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    community = await graph.live.community()
    socket = await Socket(graph).open(graph.operator)
    await socket.heard()
    await socket.subscribe(FEED, c=id_of("community", community))
    woken: list[int] = []
    wake, append = graph.server.units._wake, feed.append
    graph.server.units._wake = lambda number: (woken.append(number), wake(number))[1]

    async def join(_: Tx, __: Scope) -> Done[int]:
        return Done(0, [ChannelAttached(attachment_id=1, channel_id=1, platform="kick", external_id="77")])

    async def failing(*given: Any) -> int:
        await append(*given)
        raise LookupError("after everything was written")

    with monkeypatch.context() as patch:
        patch.setattr(feed, "append", failing)
        for _ in range(3):
            with pytest.raises(LookupError, match="after everything"):
                await graph.server.units.run(community, join)
    assert woken == []
    await graph.server.units.run(community, join)
    assert await socket.event() == {"cursor": "1", "platformId": "77"}
    assert woken == [community]
    await socket.frames.close()


async def prepared(graph: Graph) -> tuple[int, dict[str, Any]]:
    """A community with one viewer, and the input that gives him an hour."""
    community = await graph.live.community()
    await graph.watched(viewers=1)
    [viewer] = (await graph.accounts(community)).values()
    given = {"communityId": id_of("community", community), "viewerId": viewer, "seconds": 3_600}
    return community, {**given, "reason": "So it is.", "idempotencyKey": "key"}


async def begun_change(graph: Graph, given: dict[str, Any]) -> asyncio.StreamWriter:
    """A line on which a change was asked for and has reached the unit of work."""
    body = orjson.dumps({"query": ADJUST, "variables": {"input": given}})
    lines = (
        f"POST {endpoint.PATH} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Authorization: Bearer {graph.operator}",
        f"Content-Length: {len(body)}",
        "",
        "",
    )
    waiting = len(graph.server.units._open)
    _, writer = await asyncio.open_connection("127.0.0.1", graph.live.http.server.port)
    writer.write("\r\n".join(lines).encode() + body)
    async with asyncio.timeout(5):
        while len(graph.server.units._open) == waiting:
            await asyncio.sleep(0.01)
    return writer


async def is_made(graph: Graph, community: int, given: dict[str, Any]) -> None:
    """The change is made without being asked for again, and whoever does so is told its first outcome."""
    async with asyncio.timeout(5):
        while await graph.balances(community) == {"1": 300}:
            await asyncio.sleep(0.01)
    for _ in range(2):
        assert (await graph.data(ADJUST, input=given))["adjustWatchTime"] == {"seconds": 3_900}
    assert await graph.balances(community) == {"1": 3_900}


async def test_a_change_is_made_though_its_caller_is_cut_off_half_way(graph: Graph) -> None:
    community, given = await prepared(graph)
    async with held(graph, community):
        writer = await begun_change(graph, given)
        writer.transport.abort()
        await asyncio.sleep(0.2)
        assert await graph.balances(community) == {"1": 300}
    await is_made(graph, community, given)


async def test_a_change_that_takes_too_long_is_made_and_its_key_tells_the_outcome(graph: Graph) -> None:
    community, given = await prepared(graph)
    gate: Any = graph.server.site[endpoint.SOCKETS]._gate
    gate._deadline_s = 0.1
    async with held(graph, community):
        assert await graph.code(ADJUST, graph.operator, input=given) == "deadline_exceeded"
    gate._deadline_s = 10.0
    await is_made(graph, community, given)
