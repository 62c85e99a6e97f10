"""Raffles as clients see them: who has how many tickets, and why."""

import json
from hashlib import sha256
from typing import Any

import pytest

from server.effects import raffle
from server.schema.ids import id_of
from tests.graph import Graph, Socket, person

PROBLEM = "__typename ... on Problem { code message }"
START = f"""mutation ($input: StartRaffleInput!) {{ startRaffle(input: $input) {{ {PROBLEM}
  ... on RaffleStarted {{ raffle {{ id number state }} }} }} }}"""
LINES = f"""mutation ($input: UpdateRaffleRulesInput!) {{ updateRaffleRules(input: $input) {{ {PROBLEM} }} }}"""
OF_LINES = """{ community(slug: "house") { raffles { current {
  rules { prizes text } rulesDocument rulesSha256 } } } }"""
GRANT = f"""mutation ($input: GrantTicketsInput!) {{ grantTickets(input: $input) {{ {PROBLEM}
  ... on TicketsGranted {{ tickets }} }} }}"""
SHOWN = """query ($slug: String!, $viewer: ID!) { community(slug: $slug) { raffles {
  nextRules { giftedSub watchTime freeEntry }
  operatorKey
  current { number tickets entrants rulesSha256 rulesDocument
    board(first: 2) { totalCount pageInfo { endCursor hasNextPage } nodes { rank tickets account { platformId } } }
    viewerTickets(viewerId: $viewer) { tickets rank bySource { source tickets }
      entries(first: 5) { totalCount nodes { source tickets reason actor isLate account { platformId } } } } }
  history(first: 5) { totalCount nodes { number state } } } } }"""
REST = """query ($after: String) { community(slug: "house") { raffles { current {
  board(first: 2, after: $after) { pageInfo { hasNextPage } nodes { rank tickets account { platformId } } } } } } }"""
BY_ID = (
    """query ($slug: String!, $id: ID!) { community(slug: $slug) { raffles { raffle(raffleId: $id) { number } } } }"""
)


@pytest.fixture
async def house(graph: Graph) -> int:
    """A community with a raffle, in which somebody gave, somebody watched and staff was kind."""
    community = await graph.live.community()
    await graph.watched()
    begun = await do(graph, community, START, startsAt="2026-08-01T12:00:00Z", title="Summer")
    assert begun["raffle"]["state"] == "OPEN"
    gift: dict[str, Any] = {
        "broadcaster": person("100001", "Streamer"),
        "gifter": person("2", "viewer2"),
        "giftees": [person("8", "viewer8"), person("9", "viewer9")],
        "created_at": "2026-08-01T17:40:00Z",
        "expires_at": "2026-09-01T17:40:00Z",
    }
    await graph.deliver("channel.subscription.gifts", gift)
    await graph.live.settle()
    await do(graph, community, GRANT, viewerId=(await graph.accounts(community))["3"], tickets=7, reason="The quiz.")
    return community


async def do(graph: Graph, community: int, document: str, /, **given: Any) -> dict[str, Any]:
    named = {"communityId": id_of("community", community), "idempotencyKey": str(given)}
    [answer] = (await graph.data(document, input=named | given)).values()
    assert answer["__typename"] != "Refused", answer
    return answer


async def test_prizes_and_further_rules_keep_their_lines(graph: Graph) -> None:
    community = await graph.live.community()
    given = {"prizes": " 1. A hoodie \r\n2. A\x07 mug\r\r3. A \u2028sticker\n ", "text": "Be kind.\nBe there."}
    await do(graph, community, LINES, **given)
    await do(graph, community, START, title="Summer")
    seen = (await graph.data(OF_LINES))["community"]["raffles"]["current"]
    rules = seen["rules"]
    assert rules == {"prizes": "1. A hoodie\n2. A mug\n\n3. A\nsticker", "text": "Be kind.\nBe there."}
    told = json.loads(seen["rulesDocument"])
    assert (told["prizes"], told["text"]) == tuple(rules.values()), "what is hashed is what is kept"
    assert sha256(seen["rulesDocument"].encode()).hexdigest() == seen["rulesSha256"]


async def test_prizes_have_at_most_a_hundred_lines(graph: Graph) -> None:
    named = {"communityId": id_of("community", await graph.live.community())}
    answers = [
        (await graph.data(LINES, input=named | {"prizes": "x\n" * more + "x", "idempotencyKey": f"{more}"}))
        for more in (99, 100)
    ]
    assert [one["updateRaffleRules"].get("code") for one in answers] == [None, "raffle_rules_text"]


async def test_everybody_sees_who_has_how_many_and_why(graph: Graph, house: int) -> None:
    viewer = (await graph.accounts(house))["2"]
    shown = (await graph.data(SHOWN, slug="house", viewer=viewer))["community"]["raffles"]
    assert shown["nextRules"] == {"giftedSub": 15, "watchTime": 10, "freeEntry": 10}
    assert shown["history"] == {"totalCount": 1, "nodes": [{"number": 1, "state": "OPEN"}]}
    current = shown["current"]
    assert (current["tickets"], current["entrants"]) == ("37", 2)
    assert sha256(current["rulesDocument"].encode()).hexdigest() == current["rulesSha256"]
    assert json.loads(current["rulesDocument"])["title"] == "Summer"
    assert len(bytes.fromhex(shown["operatorKey"])) == 32
    assert current["board"]["nodes"] == [
        {"rank": 1, "tickets": "30", "account": {"platformId": "2"}},
        {"rank": 2, "tickets": "7", "account": {"platformId": "3"}},
    ]
    mine = current["viewerTickets"]
    assert (mine["tickets"], mine["rank"]) == ("30", 1)
    assert mine["bySource"] == [{"source": "GIFTED_SUB", "tickets": "30"}]
    assert mine["entries"]["nodes"] == [
        {
            "source": "GIFTED_SUB",
            "tickets": "30",
            "reason": "gifted subscriptions: 2",
            "actor": "server",
            "isLate": False,
            "account": {"platformId": "2"},
        }
    ]


async def test_watch_time_becomes_tickets_by_its_sum(graph: Graph, house: int) -> None:
    adjust = """mutation ($input: AdjustWatchTimeInput!) { adjustWatchTime(input: $input) { __typename } }"""
    viewer = (await graph.accounts(house))["1"]
    for seconds in (3_300, 239, 1, 3_600):
        await do(graph, house, adjust, viewerId=viewer, seconds=seconds, reason="A test.")
        await raffle.look(graph.server.database, graph.server.units)
    shown = (await graph.data(SHOWN, slug="house", viewer=viewer))["community"]["raffles"]["current"]
    assert shown["viewerTickets"]["bySource"] == [{"source": "WATCH_TIME", "tickets": "20"}]
    told = [(one["tickets"], one["reason"]) for one in shown["viewerTickets"]["entries"]["nodes"]]
    # The adjustments come on top of a line that was worth five minutes.
    assert told == [
        ("10", "watched in this raffle: 2 h 4 min"),
        ("10", "watched in this raffle: 1 h 0 min"),
    ]


async def test_the_board_is_read_page_by_page(graph: Graph, house: int) -> None:
    for viewer, tickets in (("1", 7), ("8", 3)):
        accounts = await graph.accounts(house)
        if viewer in accounts:
            await do(graph, house, GRANT, viewerId=accounts[viewer], tickets=tickets, reason="The quiz.")
    viewer = (await graph.accounts(house))["2"]
    first = (await graph.data(SHOWN, slug="house", viewer=viewer))["community"]["raffles"]["current"]["board"]
    rest = (await graph.data(REST, after=first["pageInfo"]["endCursor"]))["community"]["raffles"]["current"]["board"]
    places = [*first["nodes"], *rest["nodes"]]
    assert [(one["rank"], one["tickets"]) for one in places] == [(1, "30"), (2, "7"), (3, "7")]
    assert len({one["account"]["platformId"] for one in places}) == 3
    assert not rest["pageInfo"]["hasNextPage"]


async def test_another_community_sees_nothing_of_it(graph: Graph, house: int) -> None:
    await graph.live.community("den", "100002")
    viewer = (await graph.accounts(house))["2"]
    shown = (await graph.data(SHOWN, slug="den", viewer=viewer))["community"]["raffles"]
    assert (shown["current"], shown["history"]["totalCount"]) == (None, 0)
    raffle_id = id_of("raffle", 1)
    for slug, found in (("house", {"number": 1}), ("den", None)):
        seen = await graph.data(BY_ID, slug=slug, id=raffle_id)
        assert seen["community"]["raffles"]["raffle"] == found


async def test_the_feed_tells_of_tickets_and_of_the_raffle(graph: Graph, house: int) -> None:
    socket = await Socket(graph).open(graph.operator)
    await socket.heard()
    listening = """subscription ($c: ID!) { feed(communityId: $c, after: "0") { __typename
      ... on RaffleChanged { number raffleState } ... on TicketsChanged { count viewers { tickets } } } }"""
    await socket.subscribe(listening, c=id_of("community", house))
    told: list[dict[str, Any]] = []
    while sum(one["__typename"] == "TicketsChanged" for one in told) < 2:
        told.append(await socket.event())
    assert {"__typename": "RaffleChanged", "number": 1, "raffleState": "OPEN"} in told
    assert {"__typename": "TicketsChanged", "count": 1, "viewers": [{"tickets": "30"}]} in told
