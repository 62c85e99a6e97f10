"""The leaderboard, page by page, around a viewer, and live."""

import asyncio
from typing import Any

from server.events.watchtime import WatchTimeChanged
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.leaderboards import BEST_FIRST
from server.schema.ids import number_of
from server.store import watchtime
from tests.graph import Graph, Socket

BOARD = """query ($first: Int!, $after: String) { community(slug: "house") { leaderboard(first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } edges { cursor node { rank seconds viewerId account { platformId } } }
} } }"""
AROUND = """query ($viewer: ID!, $before: Int!, $after: Int!) { community(slug: "house") {
  leaderboardAround(viewerId: $viewer, before: $before, after: $after) { rank account { platformId } }
  viewer(id: $viewer) { rank } } }"""
LIVE = """subscription ($community: ID!, $first: Int!) { leaderboardChanged(communityId: $community, first: $first) {
  sequence at standings { rank seconds viewerId account { name } } } }"""


async def board(graph: Graph, first: int, after: str | None = None) -> dict[str, Any]:
    return (await graph.data(BOARD, first=first, after=after))["community"]["leaderboard"]


async def gain(graph: Graph, community_id: int, viewer: str, seconds: int) -> None:
    """Change a balance as counting does, feed entry included."""
    number = number_of("viewer", (await graph.accounts(community_id))[viewer])

    async def move(tx: Tx, _: Scope) -> Done[None]:
        balances = await watchtime.move_balances(tx, {number: seconds * 1_000_000})
        return Done(None, [WatchTimeChanged(balances=balances)])

    await graph.server.units.run(community_id, move)


async def test_pages_join_without_gap_or_repetition(graph: Graph) -> None:
    await graph.live.community()
    await graph.watched(viewers=5)
    seen: list[tuple[int, int, str]] = []
    after, more = None, True
    while more:
        page = await board(graph, 2, after)
        assert page["totalCount"] == 5
        seen += [
            (edge["node"]["rank"], edge["node"]["seconds"], edge["node"]["account"]["platformId"])
            for edge in page["edges"]
        ]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == [(1, 540, "5"), (2, 480, "4"), (3, 420, "3"), (4, 360, "2"), (5, 300, "1")]


async def test_whoever_moves_up_meanwhile_is_not_repeated_and_ranks_stay_true(graph: Graph) -> None:
    community = await graph.live.community()
    await graph.watched(viewers=5)
    first = await board(graph, 2)
    await gain(graph, community, "1", 10_000)
    second = await board(graph, 2, first["pageInfo"]["endCursor"])
    assert [(edge["node"]["rank"], edge["node"]["account"]["platformId"]) for edge in second["edges"]] == [
        (4, "3"),
        (5, "2"),
    ]


async def test_of_equals_whom_the_community_knew_first_stands_first(graph: Graph) -> None:
    community = await graph.live.community()
    await graph.watched(viewers=3)
    await gain(graph, community, "1", 120)
    await gain(graph, community, "2", 60)
    edges = (await board(graph, 3))["edges"]
    assert [edge["node"]["seconds"] for edge in edges] == [420, 420, 420]
    numbers = [number_of("viewer", edge["node"]["viewerId"]) for edge in edges]
    assert numbers == sorted(numbers)
    assert (await board(graph, 1, edges[0]["cursor"]))["edges"][0]["cursor"] == edges[1]["cursor"]


async def test_a_viewer_is_shown_among_neighbours(graph: Graph) -> None:
    community = await graph.live.community()
    await graph.watched(viewers=5)
    viewers = await graph.accounts(community)
    found = (await graph.data(AROUND, viewer=viewers["3"], before=1, after=1))["community"]
    assert [(one["rank"], one["account"]["platformId"]) for one in found["leaderboardAround"]] == [
        (2, "4"),
        (3, "3"),
        (4, "2"),
    ]
    assert found["viewer"]["rank"] == 3
    top = (await graph.data(AROUND, viewer=viewers["5"], before=3, after=0))["community"]["leaderboardAround"]
    assert [one["rank"] for one in top] == [1]
    await gain(graph, community, "1", -300)
    gone = (await graph.data(AROUND, viewer=viewers["1"], before=3, after=3))["community"]
    assert gone == {"leaderboardAround": None, "viewer": {"rank": None}}
    assert await graph.code(AROUND, graph.operator, viewer=viewers["1"], before=51, after=0) == "page_size_invalid"


async def test_a_bad_cursor_is_told_apart_from_a_fault(graph: Graph) -> None:
    await graph.live.community()
    for after in ("zzz", "", "WzFd", (await board(graph, 1))["pageInfo"]["endCursor"] or "x"):
        assert await graph.code(BOARD, graph.operator, first=1, after=after) == "cursor_invalid"


async def test_after_the_last_there_is_nothing_and_nothing_is_walked_through(graph: Graph) -> None:
    await graph.live.community()
    await graph.watched(viewers=3)
    end = (await board(graph, 3))["pageInfo"]["endCursor"]
    for after in (end, BEST_FIRST.cursor(1, 2**63 - 1), BEST_FIRST.cursor(-(2**63) + 1, 1)):
        page = await board(graph, 100, after)
        assert (page["edges"], page["pageInfo"]["hasNextPage"], page["totalCount"]) == ([], False, 3)


async def test_a_listener_gets_the_top_at_once_and_after_real_changes_only(graph: Graph) -> None:
    community = await graph.live.community()
    await graph.watched(viewers=3)
    house = (await graph.data('{ community(slug: "house") { id } }'))["community"]["id"]
    socket = await Socket(graph).open(graph.owner(community, "house"))
    assert (await socket.heard())["type"] == "connection_ack"
    await socket.subscribe(LIVE, community=house, first=2)
    first = await socket.event()
    assert [(one["rank"], one["account"]["name"]) for one in first["standings"]] == [(1, "viewer3"), (2, "viewer2")]
    await gain(graph, community, "1", 10)  # not among the first two: nothing to tell
    await gain(graph, community, "2", 0)
    await asyncio.sleep(0.3)
    await gain(graph, community, "2", 120)
    second = await socket.event()
    assert [one["account"]["name"] for one in second["standings"]] == ["viewer2", "viewer3"]
    assert int(second["sequence"]) > int(first["sequence"])
    await socket.frames.close()


async def test_a_storm_of_changes_is_told_at_most_four_times_a_second(graph: Graph) -> None:
    community = await graph.live.community()
    await graph.watched(viewers=3)
    house = (await graph.data('{ community(slug: "house") { id } }'))["community"]["id"]
    socket = await Socket(graph).open(graph.operator)
    await socket.heard()
    await socket.subscribe(LIVE, community=house, first=1)
    await socket.event()
    loop = asyncio.get_running_loop()
    began, told = loop.time(), 0
    for _ in range(50):
        await gain(graph, community, "1", 100)
    while (await socket.event())["standings"][0]["seconds"] < 300 + 5_000:
        told += 1
    assert told <= (loop.time() - began) / 0.25 + 1
    await socket.frames.close()
