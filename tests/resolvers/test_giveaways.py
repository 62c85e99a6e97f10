"""Giveaways as clients see them."""

from datetime import timedelta
from typing import Any

from server.schema.ids import id_of
from tests.graph import Graph, Socket, line

OPEN = """mutation ($input: OpenGiveawayInput!) { openGiveaway(input: $input) {
  ... on GiveawayOpened { giveaway { id } } ... on Problem { code message } } }"""
OPEN_REFUSED = """mutation ($input: OpenGiveawayInput!) { openGiveaway(input: $input) {
  ... on Problem { code message } } }"""
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


async def test_an_end_that_is_over_is_told_from_one_that_is_too_far_away(graph: Graph) -> None:
    house = {"communityId": id_of("community", await graph.live.community()), "title": "A mug", "keyword": "!mug"}
    told: list[str] = []
    for end in ("2026-07-01T00:00:00Z", "2027-08-01T00:00:00Z"):
        answer = await graph.data(OPEN_REFUSED, input={**house, "endsAt": end, "idempotencyKey": end})
        assert answer["openGiveaway"]["code"] == "giveaway_end"
        told.append(answer["openGiveaway"]["message"])
    assert (told[0].startswith("That end is over: it is 2026-08-01"), told[1]) == (
        True,
        "A giveaway ends within 31 days.",
    )


MINE = """query ($c: ID!, $g: ID!) { myGiveaway(communityId: $c, giveawayId: $g) {
  isIn tickets chance leftOut advice state } }"""
LINK = "mutation ($input: LinkAccountsInput!) { linkAccounts(input: $input) { __typename } }"
ENTER = """mutation ($input: EnterGiveawayInput!) { enterGiveaway(input: $input) {
  ... on GiveawayEntered { isNew own { isIn } } ... on Problem { code } } }"""


async def mine(graph: Graph, community: int, giveaway: str, user: tuple[str, str] = ("discord", "88")) -> Any:
    given = {"c": id_of("community", community), "g": giveaway}
    return (await graph.data(MINE, graph.person(user), **given))["myGiveaway"]


async def test_everybody_is_told_how_he_stands_and_nobody_how_another_does(graph: Graph) -> None:
    house, den = await graph.live.community("house", "100001"), await graph.live.community("den", "100002")
    await graph.watched()
    where = {"communityId": id_of("community", house)}
    sides = {"one": {"platform": "KICK", "platformId": "3"}, "other": {"platform": "DISCORD", "platformId": "88"}}
    await graph.data(LINK, input={**where, **sides, "reason": "Told us.", "idempotencyKey": "l"})
    word = await opened(graph, house, "k1", keyword="!Mug", subscriberFactor=3)
    chatters = await opened(graph, house, "k2", kind="CHATTERS", window=3600)
    out = {"isIn": False, "tickets": "0", "chance": None, "leftOut": None, "advice": None, "state": "OPEN"}
    assert await mine(graph, house, word) == out
    assert await mine(graph, house, word, ("discord", "99")) == out
    given = {**where, "giveawayId": word, "idempotencyKey": "in"}
    asked = await graph.data(ENTER, graph.person(("discord", "88")), input=given)
    assert asked["enterGiveaway"] == {"isNew": True, "own": {"isIn": True}}
    at = graph.live.clock.now()
    for nth, who in enumerate((7, 3)):
        spoken = line("100001", who, "!mug", (at + timedelta(seconds=nth)).isoformat())
        await graph.deliver("chat.message.sent", spoken)
    graph.live.clock.pass_time(seconds=5)
    await graph.live.settle()
    told = await mine(graph, house, word)
    assert (told["isIn"], told["tickets"], told["chance"]) == (True, "1", 500_000)
    assert "A subscriber counts 3 times" in told["advice"]
    told = await mine(graph, house, word, ("kick", "7"))
    assert (told["isIn"], told["chance"]) == (True, 500_000)
    told = await mine(graph, house, chatters)
    assert (told["isIn"], told["tickets"], told["chance"]) == (True, "1", None)
    assert not (await mine(graph, house, chatters, ("kick", "9")))["isIn"]
    assert await mine(graph, den, word) is None
    await graph.grant(house, ("kick", "7"), "MODERATOR")
    told = await mine(graph, house, word, ("kick", "7"))
    assert (told["isIn"], told["tickets"], told["chance"], told["leftOut"]) == (True, "0", 0, "staff")
