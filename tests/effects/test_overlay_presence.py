"""Servers count together in how many places an overlay key is used, whoever comes at once and whoever falls down."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress

import pytest

from server.actions.tokens import overlay_keys
from server.effects.overlay_presence import Presence
from server.effects.tokens import forget_what_is_over
from server.jobs.unit import Done, Scope
from server.ports import Tx
from tests.graph import Graph, graph

__all__ = ["graph"]

MOST = 3


@pytest.fixture
async def key(graph: Graph) -> int:
    """A key of an overlay."""
    await graph.live.community("house", "100001")
    return await made(graph, "main-scene")


async def made(graph: Graph, overlay: str) -> int:
    """A key of an overlay of the only community."""

    async def make(tx: Tx, scope: Scope) -> Done[int]:
        return Done((await overlay_keys.create(tx, scope, overlay=overlay, digest=overlay.ljust(64, "d"))).result.id)

    return await graph.server.units.run(1, make)


def two(graph: Graph) -> tuple[Presence, Presence]:
    return Presence(graph.server.units, "one"), Presence(graph.server.units, "two")


async def taken(graph: Graph) -> list[tuple[str, int]]:
    rows = await graph.server.database.reader().fetch(
        "SELECT server, sockets FROM overlay_presence ORDER BY server, sockets"
    )
    return [(row["server"], row["sockets"]) for row in rows]


async def ends(graph: Graph, server: str) -> None:
    """As if the server had fallen down a while ago."""
    await graph.server.database.writer().execute("UPDATE overlay_server SET until = 1 WHERE name = $1", server)


async def seen(graph: Graph, expected: list[tuple[str, int]]) -> None:
    """Wait until the servers hold this."""
    async with asyncio.timeout(3):
        while await taken(graph) != expected:
            await asyncio.sleep(0.01)


async def end(keeping: Sequence[asyncio.Task[None]]) -> None:
    """Let servers stop."""
    for task in keeping:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_two_servers_give_no_more_places_than_one(graph: Graph, key: int) -> None:
    one, two_ = two(graph)
    told = [await server.take(key, number, MOST) for number, server in enumerate((one, two_, one, two_, one))]
    assert told == [True, True, True, False, False]
    assert await taken(graph) == [("one", 2), ("two", 1)]


async def test_of_many_who_come_at_once_three_get_a_place(graph: Graph, key: int) -> None:
    servers = [Presence(graph.server.units, f"server {number}") for number in range(4)]
    told = await asyncio.gather(*(servers[number % 4].take(key, number, MOST) for number in range(20)))
    assert sorted(told) == [False] * 17 + [True] * 3
    assert sum(many for _, many in await taken(graph)) == MOST


async def test_a_place_that_was_left_is_free_at_once_and_all_of_them_at_the_end(graph: Graph, key: int) -> None:
    one, other = two(graph)
    assert [await one.take(key, place, MOST) for place in "abc"] == [True] * 3
    keeping = [asyncio.create_task(one.keep())]
    assert not await other.take(key, "d", MOST)
    one.leave(key, "b")
    one.leave(key, "never taken")
    await seen(graph, [("one", 2)])
    assert await other.take(key, "d", MOST)
    await end(keeping)
    assert await taken(graph) == [("two", 1)]


async def test_the_places_of_a_server_that_fell_down_are_free_after_a_while(graph: Graph, key: int) -> None:
    one, other = two(graph)
    assert [await one.take(key, place, MOST) for place in "abc"] == [True] * 3
    assert not await other.take(key, "d", MOST)
    await ends(graph, "one")
    assert [await other.take(key, place, MOST) for place in "defg"] == [True, True, True, False]
    await forget_what_is_over(graph.server.units)
    assert await taken(graph) == [("two", 3)]


async def test_whoever_was_taken_for_fallen_is_counted_again_when_he_renews(
    graph: Graph, key: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two(graph)
    assert [await one.take(key, place, MOST) for place in "ab"] == [True] * 2
    monkeypatch.setattr("server.effects.overlay_presence.RENEWED_EVERY_S", 0.05)
    keeping = [asyncio.create_task(server.keep()) for server in (one, other)]
    await ends(graph, "one")
    async with asyncio.timeout(3):
        while await other.take(key, "c", 2):
            other.leave(key, "c")
            await asyncio.sleep(0.02)
    await ends(graph, "one")
    await forget_what_is_over(graph.server.units)
    await seen(graph, [("one", 2)])
    await end(keeping)


async def test_whoever_was_taken_for_fallen_tells_all_he_shows_with_the_next_place(graph: Graph, key: int) -> None:
    one, other = two(graph)
    assert [await one.take(key, place, MOST) for place in "ab"] == [True] * 2
    second = await made(graph, "second")
    await ends(graph, "one")
    await forget_what_is_over(graph.server.units)
    assert await taken(graph) == []
    assert await one.take(second, "c", MOST)
    assert await taken(graph) == [("one", 1), ("one", 2)]
    assert [await other.take(key, place, MOST) for place in "de"] == [True, False]


async def test_whoever_is_at_the_end_comes_back_by_nothing_that_was_begun_before(graph: Graph, key: int) -> None:
    one, other = two(graph)
    assert await one.take(key, "a", MOST)
    keeping = asyncio.create_task(one.keep())
    await asyncio.sleep(0.05)
    await end([keeping])
    assert await one.take(key, "b", MOST), "it closes every websocket, and says nothing of being full"
    assert await taken(graph) == []
    assert [await other.take(key, place, MOST) for place in "cdef"] == [True, True, True, False]


async def test_places_that_a_server_told_as_it_was_taken_for_fallen_are_forgotten_in_the_end(
    graph: Graph, key: int
) -> None:
    one, _ = two(graph)
    assert await one.take(key, "a", MOST)
    await graph.server.database.writer().execute("DELETE FROM overlay_server")
    for _ in range(2):
        await forget_what_is_over(graph.server.units)
    assert await taken(graph) == []


async def test_in_any_order_the_count_is_what_is_held(graph: Graph, key: int) -> None:
    chance = random.Random(7)
    servers = two(graph)
    keeping = [asyncio.create_task(server.keep()) for server in servers]
    held: dict[int, Presence] = {}

    async def come_and_go(place: int) -> None:
        server = servers[place % 2]
        for _ in range(6):
            if await server.take(key, place, MOST):
                held[place] = server
                assert len(held) <= MOST
                await asyncio.sleep(chance.random() / 100)
                del held[place]
                server.leave(key, place)
            await asyncio.sleep(chance.random() / 100)

    await asyncio.gather(*map(come_and_go, range(8)))
    await seen(graph, [])
    await end(keeping)
