"""Giveaways as clients see them."""

from datetime import timedelta
from typing import Any

from server.schema.ids import id_of
from tests.graph import Graph, Socket, line

OPEN = """mutation ($input: OpenGiveawayInput!) { openGiveaway(input: $input) {
  ... on GiveawayOpened { giveaway { id } } ... on Problem { code message } } }"""
DRAW = """mutation ($input: DrawGiveawayInput!) { drawGiveaway(input: $input) {
  ... on GiveawayDrawAsked { giveaway { state endsAt draw { name state } } } ... on Problem { code } } }"""
SHOWN = """query ($slug: String!, $after: String, $state: GiveawayState) { community(slug: $slug) {
  giveaways(first: 1, after: $after, state: $state) { totalCount pageInfo { endCursor hasNextPage }
    nodes { number title state entries rules { kind keyword lead claim } draw { name } } } } }"""
ITEMS = """subscription ($c: ID!) { feed(communityId: $c, after: "0") {
  __typename ... on GiveawayChanged { number giveawayState title keyword entries } } }"""


async def opened(graph: Graph, community: int, key: str, **given: Any) -> str:
    """The id of a giveaway that is open."""
    house = {"communityId": id_of("community", community), "idempotencyKey": key, "title": "A mug"}
    return (await graph.data(OPEN, input=house | given))["openGiveaway"]["giveaway"]["id"]


async def shown(graph: Graph, slug: str = "house", **asked: Any) -> Any:
    return (await graph.data(SHOWN, slug=slug, **asked))["community"]["giveaways"]


async def test_pages_and_feed_tell_of_giveaways_and_of_no_other_communitys(graph: Graph) -> None:
    house, _ = await graph.live.community("house", "100001"), await graph.live.community("den", "100002")
    first = await opened(graph, house, "k1", keyword="!Mug")
    await opened(graph, house, "k2", kind="CHATTERS")
    begun = graph.live.clock.now()
    graph.live.clock.pass_time(seconds=5)
    for nth, (who, text) in enumerate(
        ((7, "!MUG now"), (7, "!mug"), (8, "a !mug"), (9, "[emote:3:x] !mug"), (5, "!mug"))
    ):
        at = (begun + timedelta(seconds=nth)).isoformat()
        await graph.deliver("chat.message.sent", line("100001", who, text, at))
    await graph.live.settle()
    page = await shown(graph)
    [newest] = page["nodes"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"], newest["number"]) == (2, True, 2)
    [older] = (await shown(graph, after=page["pageInfo"]["endCursor"]))["nodes"]
    rules = {"kind": "KEYWORD", "keyword": "!mug", "lead": 75, "claim": 300}
    assert older == {"number": 1, "title": "A mug", "state": "OPEN", "entries": 2, "rules": rules, "draw": None}
    given = {"communityId": id_of("community", house), "giveawayId": first, "idempotencyKey": "k3"}
    drawing = (await graph.data(DRAW, input=given))["drawGiveaway"]["giveaway"]
    assert (drawing["state"], drawing["draw"]) == ("CLOSED", {"name": "giveaway-1-1", "state": "ASKED"})
    assert [one["number"] for one in (await shown(graph, state="CLOSED"))["nodes"]] == [1]
    assert (await shown(graph, "den"))["totalCount"] == 0
    socket = await Socket(graph).open(graph.operator)
    await socket.subscribe(ITEMS, c=id_of("community", house))
    assert (await socket.heard())["type"] == "connection_ack"
    told = [item for item in [await socket.event() for _ in range(4)] if item["__typename"] == "GiveawayChanged"]
    assert [(item["number"], item["giveawayState"], item["entries"]) for item in told[:2]] == [
        (1, "OPEN", 0),
        (2, "OPEN", 0),
    ]
    assert (told[0]["title"], told[0]["keyword"], told[1]["keyword"]) == ("A mug", "!mug", None)
