"""Communities, channels, deliveries and health through the graph."""

from typing import Any

from server.schema.ids import id_of
from tests.graph import Graph, status

ALL = """query ($after: String) { communities(first: 2, after: $after) {
  totalCount nodes { slug } pageInfo { endCursor hasNextPage } } }"""
CHANNELS = """{ community(slug: "house") { id name timezone createdAt
  channels { platform platformId name slug title category }
  streamStatus { isLive channel { platformId } stream { title startedAt endedAt channel { platformId } } }
  streams(first: 2) { totalCount nodes { startedAt endedAt channel { platformId } } pageInfo { hasNextPage endCursor } }
} }"""
DELIVERIES = """query ($where: DeliveryFilter, $first: Int! = 100, $after: String) { community(slug: "house") {
  deliveries(first: $first, after: $after, where: $where) { totalCount pageInfo { hasNextPage endCursor }
    nodes { id platform kind messageId toldAt receivedAt state attempts settledAt code error } } } }"""
HEALTH = """{ waiting lag quarantined { name count } jobs { name count } lastDeliveries { kind receivedAt age } }"""
ORPHANS = "{ orphans(first: 5) { totalCount nodes { kind channelPlatformId platform } } }"
REPLAY = """mutation ($input: ReplayDeliveriesInput!) { replayDeliveries(input: $input) {
  ... on DeliveriesReplayed { deliveryIds } } }"""
REPLAY_ORPHANS = """mutation ($input: ReplayOrphansInput!) { replayOrphans(input: $input) {
  ... on OrphansReplayed { count hasMore } } }"""
ATTACH = """mutation ($input: AttachChannelInput!) { attachChannel(input: $input) {
  ... on ChannelAttached { channel { name } } } }"""


async def deliveries(graph: Graph, **page: Any) -> dict[str, Any]:
    return (await graph.data(DELIVERIES, **page))["community"]["deliveries"]


async def test_the_operator_pages_through_all_communities(graph: Graph) -> None:
    for number, slug in enumerate(("c", "a", "b"), 100_001):
        await graph.live.community(slug, str(number))
    first = (await graph.data(ALL))["communities"]
    assert ([node["slug"] for node in first["nodes"]], first["totalCount"]) == (["a", "b"], 3)
    rest = (await graph.data(ALL, after=first["pageInfo"]["endCursor"]))["communities"]
    assert ([node["slug"] for node in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == (["c"], False)


async def test_channels_tell_whether_they_are_live(graph: Graph) -> None:
    community = await graph.live.community("house", "100001")
    await graph.live.attach(community, "100002")
    await graph.live.attach(community, "100003")
    await graph.deliver("livestream.status.updated", status("100001", "2026-08-01T17:00:00Z"))
    await graph.deliver("livestream.status.updated", status("100002", "2026-08-01T15:00:00Z", "2026-08-01T16:00:00Z"))
    await graph.live.settle()
    house = (await graph.data(CHANNELS))["community"]
    assert (house["id"], house["timezone"]) == (id_of("community", community), "UTC")
    assert [channel["platformId"] for channel in house["channels"]] == ["100001", "100002", "100003"]
    assert [state["isLive"] for state in house["streamStatus"]] == [True, False, False]
    assert [state["stream"] and state["stream"]["endedAt"] for state in house["streamStatus"]] == [
        None,
        "2026-08-01T16:00:00Z",
        None,
    ]
    streams = house["streams"]
    assert [node["channel"]["platformId"] for node in streams["nodes"]] == ["100001", "100002"]
    assert (streams["totalCount"], streams["pageInfo"]["hasNextPage"]) == (2, False)


async def test_a_channel_keeps_its_name_when_another_community_attaches_it(graph: Graph) -> None:
    await graph.live.community("house", "100001")
    other = await graph.live.community("den", "100002")
    given = {"communityId": id_of("community", other), "platform": "KICK", "platformId": "100001", "name": "Mine now"}
    done = await graph.data(ATTACH, graph.owner(other, "den"), input={**given, "idempotencyKey": "k"})
    assert done["attachChannel"]["channel"]["name"] == "HouseStreamer"


async def test_deliveries_are_listed_filtered_and_paged(graph: Graph) -> None:
    await graph.live.community("house", "100001")
    await graph.live.community("den", "100002")
    await graph.watched("100001")
    await graph.watched("100002")
    await graph.deliver("chat.message.sent", {"broadcaster": {"user_id": 100001}})
    await graph.deliver("channel.followed.twice", {"broadcaster": {"user_id": 100001}})
    everything = await deliveries(graph)
    assert everything["totalCount"] == 1 + 6 + 2
    assert [node["state"] for node in everything["nodes"][:3]] == ["RECEIVED", "RECEIVED", "APPLIED"]
    await graph.live.settle()
    quarantined = await deliveries(graph, where={"state": "QUARANTINED"})
    assert [(node["kind"], node["attempts"], bool(node["error"])) for node in quarantined["nodes"]] == [
        ("channel.followed.twice", 1, True),
        ("chat.message.sent", 1, True),
    ]
    chat = await deliveries(graph, where={"kind": "chat.message.sent"})
    assert chat["totalCount"] == 7
    assert (await deliveries(graph, where={"kind": "chat.message.sent", "state": "QUARANTINED"}))["totalCount"] == 1
    seen: list[str] = []
    after = None
    while True:
        page = await deliveries(graph, first=4, after=after)
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [node["id"] for node in everything["nodes"]]


async def test_a_replayed_delivery_waits_for_the_worker_again(graph: Graph) -> None:
    community = await graph.live.community()
    await graph.deliver("chat.message.sent", {"broadcaster": {"user_id": 100001}})
    await graph.live.settle()
    [node] = (await deliveries(graph))["nodes"]
    given = {"communityId": id_of("community", community), "deliveryIds": [node["id"]], "idempotencyKey": "k"}
    assert (await graph.data(REPLAY, input=given))["replayDeliveries"] == {"deliveryIds": [node["id"]]}
    [waiting] = (await deliveries(graph))["nodes"]
    assert (waiting["state"], waiting["settledAt"]) == ("RECEIVED", None)
    await graph.live.settle()
    [again] = (await deliveries(graph))["nodes"]
    assert (again["state"], again["attempts"]) == ("QUARANTINED", 2)


async def test_orphans_are_seen_and_delivered_once_the_channel_is_attached(graph: Graph) -> None:
    community = await graph.live.community("house", "100001")
    await graph.watched("100009", viewers=2)
    orphans = (await graph.data(ORPHANS))["orphans"]
    assert orphans["totalCount"] == 4
    assert orphans["nodes"][0] == {"kind": "chat.message.sent", "channelPlatformId": "100009", "platform": "KICK"}
    await graph.live.attach(community, "100009")
    given = {"platform": "KICK", "platformId": "100009", "idempotencyKey": "k"}
    assert (await graph.data(REPLAY_ORPHANS, input=given))["replayOrphans"] == {"count": 4, "hasMore": False}
    await graph.live.settle()
    assert await graph.balances(community) == {"1": 300, "2": 360}
    assert (await graph.data(ORPHANS))["orphans"]["totalCount"] == 0


async def test_health_tells_what_waits_what_failed_and_what_was_heard(graph: Graph) -> None:
    await graph.live.community("house", "100001")
    await graph.live.community("den", "100002")
    await graph.deliver("chat.message.sent", {"broadcaster": {"user_id": 100001}})
    await graph.live.settle()
    await graph.deliver("livestream.status.updated", status("100001", "2026-08-01T17:00:00Z"))
    graph.live.clock.pass_time(seconds=90)
    communities = " ".join(f'{slug}: community(slug: "{slug}") {{ health {HEALTH} }}' for slug in ("house", "den"))
    found = await graph.data(f"{{ health {HEALTH} {communities} }}")
    house = found["house"]["health"]
    assert (house["waiting"], house["lag"]) == (1, 90)
    assert [tally["count"] for tally in house["quarantined"]] == [1]
    assert {last["kind"]: last["age"] for last in house["lastDeliveries"]} == {
        "chat.message.sent": 90,
        "livestream.status.updated": 90,
    }
    assert found["health"] == house
    assert found["den"]["health"] == {"waiting": 0, "lag": None, "quarantined": [], "jobs": [], "lastDeliveries": []}


NAMED = """query ($s: String!, $n: String!) { community(slug: $s) { slug
  viewers(named: $n, first: 25) { viewerId account { platform name } } } }"""


async def test_staff_finds_viewers_of_its_own_community_by_name_and_nobody_else_does(graph: Graph) -> None:
    house, _ = await graph.live.community("house", "100001"), await graph.live.community("den", "100002")
    await graph.watched()
    await graph.grant(house, ("kick", "44"), "MODERATOR")
    staff = graph.person(("kick", "44"))
    found = (await graph.data(NAMED, staff, s="house", n="@VIEWER1"))["community"]["viewers"]
    assert [one["account"] for one in found] == [{"platform": "KICK", "name": "viewer1"}]
    assert found[0]["viewerId"] == (await graph.accounts(house))["1"]
    assert len((await graph.data(NAMED, staff, s="house", n="view"))["community"]["viewers"]) > 1
    assert (await graph.data(NAMED, s="den", n="view"))["community"]["viewers"] == []
    assert await graph.code(NAMED, staff, s="den", n="view") == "forbidden"
    await graph.grant(house, ("kick", "45"), "MODERATOR")
    stranger = graph.person(("kick", "46"))
    assert await graph.code(NAMED, stranger, s="house", n="view") == "forbidden"
