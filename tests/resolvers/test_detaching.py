"""A channel that a community detaches: what was counted stays, nothing is added, and nobody else notices."""

from functools import partial
from typing import Any

from server.actions.watchtime.verify import verify_chunk
from server.schema.ids import id_of
from tests.graph import Graph, graph, line

__all__ = ["graph"]

DETACH = """mutation ($input: DetachChannelInput!) { detachChannel(input: $input) { __typename
  ... on ChannelDetached { channel { platformId } } ... on Problem { code remedy } } }"""
ATTACH = "mutation ($input: AttachChannelInput!) { attachChannel(input: $input) { __typename } }"
CHANNEL = {"platform": "KICK", "platformId": "100001"}
SEEN = """query ($s: String!) { community(slug: $s) { channels { platformId } streams(first: 5) { totalCount } } }"""


async def detach(graph: Graph, community: int, key: str = "d1") -> dict[str, Any]:
    given = CHANNEL | {"communityId": id_of("community", community), "idempotencyKey": key}
    done = (await graph.data(DETACH, input=given))["detachChannel"]
    await graph.live.settle()
    return done


async def say(graph: Graph, viewer: int, at: str) -> None:
    await graph.deliver("chat.message.sent", line("100001", viewer, f"said at {at}", f"2026-08-01T{at}Z"))
    await graph.live.settle()


async def is_sound(graph: Graph, community: int) -> bool:
    """Whether every tally is what the law makes of the evidence, as the doctor looks at it."""
    streams = await graph.server.database.reader().fetch("SELECT id FROM stream ORDER BY id")
    chunks = [partial(verify_chunk, stream_id=row["id"], after=0, quorum=None) for row in streams]
    return not any([(await graph.server.units.run(community, chunk)).wrong for chunk in chunks])


async def test_watch_time_stops_at_the_detachment_and_nobody_else_notices(graph: Graph) -> None:
    house = await graph.live.community("house", "100001")
    mews = await graph.live.community("mews", "100001")
    await graph.watched(viewers=1)
    await say(graph, 2, "17:58:00")
    assert await graph.balances(house) == await graph.balances(mews) == {"1": 300, "2": 300}

    assert (await detach(graph, house))["__typename"] == "ChannelDetached"
    assert await graph.balances(house) == {"1": 300, "2": 120}, "counted until 18:00"
    await say(graph, 1, "18:10:00")
    await say(graph, 3, "18:11:00")
    assert await graph.balances(house) == {"1": 300, "2": 120}
    assert await graph.balances(mews) == {"1": 600, "2": 300, "3": 300}
    seen = (await graph.data(SEEN, s="house"))["community"]
    assert seen["channels"] == []
    assert [one["platformId"] for one in (await graph.data(SEEN, s="mews"))["community"]["channels"]] == ["100001"]
    assert await is_sound(graph, house)
    assert await is_sound(graph, mews)


async def test_what_was_said_before_and_told_after_still_counts(graph: Graph) -> None:
    house = await graph.live.community("house", "100001")
    await graph.live.community("mews", "100001")
    await graph.watched(viewers=1)
    await detach(graph, house)
    await say(graph, 1, "17:40:00")
    graph.live.clock.pass_time(minutes=2)
    await graph.live.settle()
    assert await graph.balances(house) == {"1": 600}
    assert await is_sound(graph, house)


async def test_attached_again_it_counts_as_if_it_had_never_been_away(graph: Graph) -> None:
    house = await graph.live.community("house", "100001")
    mews = await graph.live.community("mews", "100001")
    await graph.watched(viewers=2)
    await detach(graph, house)
    assert (await detach(graph, house, "d2"))["code"] == "channel_not_attached"
    await say(graph, 1, "18:10:00")
    given = CHANNEL | {"communityId": id_of("community", house), "name": "Harbour", "idempotencyKey": "a1"}
    assert (await graph.data(ATTACH, input=given))["attachChannel"]["__typename"] == "ChannelAttached"
    graph.live.clock.pass_time(minutes=1)
    await graph.live.settle()
    await say(graph, 2, "18:12:00")
    assert await graph.balances(house) == await graph.balances(mews)
    assert await is_sound(graph, house)
    assert (await detach(graph, house, "d3"))["__typename"] == "ChannelDetached"


async def test_what_came_while_nobody_followed_is_counted_once_somebody_does_again(graph: Graph) -> None:
    house = await graph.live.community("house", "100001")
    await graph.watched(viewers=1)
    await detach(graph, house)
    await say(graph, 1, "18:10:00")
    assert await graph.balances(house) == {"1": 300}
    given = CHANNEL | {"communityId": id_of("community", house), "name": "Harbour", "idempotencyKey": "a1"}
    await graph.data(ATTACH, input=given)
    graph.live.clock.pass_time(minutes=1)
    await graph.live.settle()
    assert await graph.balances(house) == {"1": 600}
