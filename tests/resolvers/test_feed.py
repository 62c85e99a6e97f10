"""The feed: every cursor once and in order, whatever happens meanwhile."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.feed import PAGE
from server.schema.ids import id_of
from server.store import feed
from server.web.graphql.documents import ROOT
from tests.graph import Graph, Socket, status

FEED = """subscription ($community: ID!, $after: BigInt) { feed(communityId: $community, after: $after) {
  __typename cursor at
  ... on FeedGap { after }
  ... on WatchTimeChanged { count viewers { viewerId seconds } }
  ... on StreamChanged { streamId }
  ... on ChannelJoined { platform platformId }
  ... on OtherChange { kind } } }"""

KEY = """mutation ($input: CreateOverlayKeyInput!) { createOverlayKey(input: $input) {
    ... on OverlayKeyCreated { secret } } }"""
OWN_FEED = (ROOT / "clients" / "overlay" / "documents" / "overlay_feed.graphql").read_text(encoding="utf-8")


async def append(graph: Graph, community_id: int, *kinds: str, data: Any = None) -> None:
    async def add(tx: Tx, scope: Scope) -> Done[int]:
        return Done(await feed.append(tx, community_id, [(kind, data or {}) for kind in kinds], scope.now))

    await graph.server.units.run(community_id, add)


async def trim(graph: Graph, community_id: int) -> None:
    async def forget(tx: Tx, scope: Scope) -> Done[int]:
        return Done(await feed.trim(tx, community_id, scope.now + timedelta(seconds=1)))

    assert await graph.server.units.run(community_id, forget)


async def reader(graph: Graph, community_id: int, after: str | None = "0") -> Socket:
    socket = await Socket(graph).open(graph.operator)
    await socket.heard()
    await socket.subscribe(FEED, community=id_of("community", community_id), after=after)
    return socket


async def test_what_happens_is_told_in_our_words(graph: Graph) -> None:
    community = await graph.live.community()
    await graph.watched(viewers=1)
    socket = await reader(graph, community)
    told = [await socket.event() for _ in range(2)]
    assert [item["cursor"] for item in told] == ["1", "2"]
    assert told[0] | {"at": ""} == {
        "__typename": "StreamChanged",
        "cursor": "1",
        "at": "",
        "streamId": id_of("stream", 1),
    }
    [viewer] = (await graph.accounts(community)).values()
    assert told[1]["__typename"] == "WatchTimeChanged"
    assert told[1]["viewers"] == [{"viewerId": viewer, "seconds": 300}]
    attach = """mutation ($input: AttachChannelInput!) { attachChannel(input: $input) { __typename } }"""
    given = {"communityId": id_of("community", community), "platform": "KICK", "platformId": "77", "name": "Seven"}
    await graph.data(attach, input={**given, "idempotencyKey": "k"})
    joined = await socket.event()
    assert (joined["__typename"], joined["platform"], joined["platformId"]) == ("ChannelJoined", "KICK", "77")
    await append(graph, community, "of.tomorrow")
    assert (await socket.event())["kind"] == "of.tomorrow"
    await socket.frames.close()


async def test_without_a_cursor_only_what_comes_is_told(graph: Graph) -> None:
    community = await graph.live.community()
    await append(graph, community, "old", "old")
    socket = await reader(graph, community, None)
    await asyncio.sleep(0.1)
    await append(graph, community, "new")
    assert (await socket.event())["cursor"] == "3"
    await socket.frames.close()


async def test_readers_during_concurrent_commits_see_every_cursor_once_and_in_order(graph: Graph) -> None:
    community = await graph.live.community()
    other = await graph.live.community("den", "100002")
    await append(graph, community, *["before"] * 250)
    early = await reader(graph, community)

    async def write(number: int) -> None:
        for _ in range(10):
            await append(graph, community, *["during"] * (number % 4 + 1))
            await append(graph, other, "elsewhere")

    writers = [asyncio.create_task(write(number)) for number in range(8)]
    late = await reader(graph, community)
    await asyncio.gather(*writers)
    total = 250 + 10 * 2 * (1 + 2 + 3 + 4)
    for socket in (early, late):
        seen = [int((await socket.event())["cursor"]) for _ in range(total)]
        assert seen == list(range(1, total + 1))
        await socket.frames.close()


async def test_a_reader_that_comes_back_misses_nothing(graph: Graph) -> None:
    community = await graph.live.community()
    await append(graph, community, "a", "b", "c")
    socket = await reader(graph, community)
    last = [(await socket.event())["cursor"] for _ in range(2)][-1]
    await socket.frames.close()
    await append(graph, community, "d")
    again = await reader(graph, community, last)
    assert [(await again.event())["cursor"] for _ in range(2)] == ["3", "4"]
    await append(graph, community, "e")
    assert (await again.event())["cursor"] == "5"
    await again.frames.close()


async def test_a_reader_far_behind_catches_up_page_by_page_without_waiting(graph: Graph) -> None:
    community = await graph.live.community()
    await append(graph, community, *["old"] * (20 * PAGE + 1))
    socket = await reader(graph, community)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(20 * PAGE + 1):
        await socket.event()
    assert loop.time() - began < 15, "a page a second would take twenty"
    await socket.frames.close()


@pytest.mark.parametrize("after", ["0", "2", "99", "-5"])
async def test_what_cannot_be_told_any_more_is_a_gap(graph: Graph, after: str) -> None:
    community = await graph.live.community()
    await append(graph, community, "a", "b", "c")
    await trim(graph, community)
    socket = await reader(graph, community, after)
    gap = await socket.event()
    assert (gap["__typename"], gap["cursor"], gap["after"]) == ("FeedGap", "3", after)
    await append(graph, community, "d")
    assert (await socket.event())["cursor"] == "4"
    await socket.frames.close()


async def test_the_newest_cursor_after_forgetting_is_no_gap(graph: Graph) -> None:
    community = await graph.live.community()
    await append(graph, community, "a", "b")
    await trim(graph, community)
    socket = await reader(graph, community, "2")
    await append(graph, community, "c")
    assert (await socket.event())["cursor"] == "3"
    await socket.frames.close()


async def test_a_reader_that_leaves_is_forgotten(graph: Graph) -> None:
    community = await graph.live.community()
    listeners = graph.server.bus._listeners if hasattr(graph.server.bus, "_listeners") else None
    for _ in range(20):
        socket = await reader(graph, community)
        await socket.send(type="complete", id="1")
        await socket.frames.close()
    await asyncio.sleep(0.1)
    if listeners is not None:
        assert f"feed:{community}" not in listeners
    await graph.deliver("livestream.status.updated", status("100001", "2026-08-01T17:00:00Z"))
    await graph.live.settle()


async def test_the_key_of_an_overlay_is_told_of_no_other_overlay(graph: Graph) -> None:
    community = await graph.live.community()
    made = await graph.data(
        KEY, input={"communityId": id_of("community", community), "overlay": "main", "idempotencyKey": "k"}
    )
    socket = await Socket(graph).open(made["createOverlayKey"]["secret"])
    await socket.heard()
    await socket.subscribe(OWN_FEED, community=id_of("community", community))
    await asyncio.sleep(0.1)
    for kind in ("streamalerts.changed", "scene.changed"):
        for name in ("den", "main", "den"):
            await append(graph, community, kind, data={"overlay": name, "widget": "draw"})
    await append(graph, community, "totals.changed")
    told = [await socket.event() for _ in range(3)]
    assert [one["__typename"] for one in told] == ["StreamAlertsChanged", "SceneChanged", "TotalsChanged"]
    await socket.frames.close()
