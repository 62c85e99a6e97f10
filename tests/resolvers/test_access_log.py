"""Who of the staff looked at whom is noted, shown to the owner with names, and to the person without."""

from typing import Any

import orjson

from server.schema.ids import id_of
from tests.graph import Graph
from tests.resolvers.facts import facts
from tests.services import service

VIEWER = """query ($s: String!, $k: String!) {
    community(slug: $s) { viewerOfAccount(platform: KICK, platformId: $k) { id } } }"""
BY_ID = "query ($s: String!, $i: ID!) { community(slug: $s) { viewer(id: $i) { id } } }"
LOG = "query ($s: String!) { community(slug: $s) { auditEvents(first: 1) { totalCount } } }"
OFFERS = "query ($s: String!) { community(slug: $s) { linkOffers(first: 1) { totalCount } } }"
LINES = """query ($c: ID!, $a: String) { accessLog(communityId: $c, first: 2, after: $a) {
    totalCount nodes { what reader hour viewerId } pageInfo { hasNextPage endCursor } } }"""
MINE = "query ($c: ID, $a: String) { exportMyData(communityId: $c, after: $a) { version records end } }"


async def lines(graph: Graph, community: int) -> list[tuple[str, str, str | None]]:
    found: list[tuple[str, str, str | None]] = []
    after = None
    while True:
        page = (await graph.data(LINES, c=id_of("community", community), a=after))["accessLog"]
        found += [(one["what"], one["reader"], one["viewerId"]) for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(found)
            return found
        after = page["pageInfo"]["endCursor"]


async def mine(graph: Graph, token: str, section: str, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = None
    while True:
        part = (await graph.data(MINE, token, a=after, **asked))["exportMyData"]
        assert part["version"] == 1
        found += [one["record"] for one in map(orjson.loads, part["records"]) if one["section"] == section]
        after = part["end"]
        if after is None:
            return found


async def test_a_look_at_a_viewer_is_noted_once_an_hour_and_shown_to_both(graph: Graph) -> None:
    house = await graph.live.community("house", "100001")
    await graph.watched()
    await graph.grant(house, ("kick", "44"), "MANAGER")
    await graph.grant(house, ("kick", "1"), "MANAGER")
    manager, viewer, other = (graph.person(("kick", number)) for number in ("44", "1", "2"))
    ids = await graph.accounts(house)
    for _ in range(3):
        await graph.data(VIEWER, manager, s="house", k="1")
        await graph.data(BY_ID, manager, s="house", i=ids["1"])
    await graph.data(VIEWER, viewer, s="house", k="1")
    noted = [("VIEWER", "person:kick:44", ids["1"])]
    assert await lines(graph, house) == noted
    graph.live.clock.pass_time(hours=1)
    manager = graph.person(("kick", "44"))
    await graph.data(VIEWER, manager, s="house", k="1")
    assert await lines(graph, house) == noted * 2
    seen = await mine(graph, graph.person(("kick", "1")), "lookedAt")
    assert [(one["by"], one["what"]) for one in seen] == [("person", "viewer")] * 2
    assert "44" not in str(seen)
    assert await mine(graph, graph.person(("kick", "2")), "lookedAt") == []
    assert other != viewer


async def test_reading_the_log_or_links_is_noted_for_whoever_may_read_it_alone(graph: Graph) -> None:
    house, den = await graph.live.community("house", "100001"), await graph.live.community("den", "100002")
    await graph.grant(house, ("kick", "44"), "MANAGER")
    manager = graph.person(("kick", "44"))
    for document in (LOG, OFFERS, LOG):
        await graph.data(document, manager, s="house")
    assert await graph.code(LOG, manager, s="den") == "forbidden"
    assert await lines(graph, house) == [("LINKS", "person:kick:44", None), ("LOG", "person:kick:44", None)]
    assert await lines(graph, den) == []
    assert await graph.code(LINES, manager, c=id_of("community", den)) == "forbidden"


async def test_two_servers_note_a_look_once(graph: Graph) -> None:
    house = await graph.live.community("house", "100001")
    await graph.watched(viewers=1)
    for _ in range(2):
        await graph.data(VIEWER, s="house", k="1")
        graph.server.services.noted._known.clear()
    assert len(await lines(graph, house)) == 1


async def test_a_token_for_one_community_takes_along_only_what_that_holds(graph: Graph) -> None:
    await graph.live.community("house", "100001")
    den = await graph.live.community("den", "100001")
    await graph.watched()
    everything = await mine(graph, graph.person(("kick", "1")), "communities")
    assert sorted(one["community"] for one in everything) == ["den", "house"]
    one = await mine(graph, graph.person(("kick", "1")), "communities", c=id_of("community", den))
    assert [place["community"] for place in one] == ["den"]
    assert await graph.code(MINE, graph.person(("kick", "1")), a="nonsense") == "cursor_invalid"


FORGET = """mutation ($input: ForgetMeInput!) { forgetMe(input: $input) {
    ... on ForgettingPlanned { id } ... on Problem { code } } }"""
TOKEN = """mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) {
    ... on ApiTokenCreated { secret } } }"""


async def test_only_a_person_himself_takes_his_data_along_or_is_forgotten(graph: Graph) -> None:
    house = await graph.live.community("house", "100001")
    await graph.grant(house, ("discord", "88"), "MANAGER")
    himself, place = graph.person(("discord", "88")), {"communityId": id_of("community", house)}
    wanted = {**place, "name": "Mine", "capabilities": ["COMMUNITY_READ"], "idempotencyKey": "t"}
    program = (await graph.data(TOKEN, himself, input=wanted))["createApiToken"]["secret"]
    bot = await service(graph)
    before = await facts(graph)
    for ask in (lambda: program, lambda: bot.acting("88", interaction="f"), lambda: graph.operator):
        given = {"confirmed": True, "idempotencyKey": "f"}
        assert (await graph.data(FORGET, ask(), input={**given, **place}))["forgetMe"] == {"code": "sign_in_needed"}
        assert await graph.code(MINE, ask(), c=place["communityId"]) == "sign_in_needed"
    assert await facts(graph) == before
    assert (await graph.data(FORGET, himself, input={"confirmed": True, "idempotencyKey": "f"}))["forgetMe"]["id"]
    assert (await graph.data(MINE, himself))["exportMyData"]["version"] == 1
