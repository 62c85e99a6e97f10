"""Queries without graphql-core: the same answers to good and bad variables, and graphql-core for whatever is odd."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from graphql import parse, validate

from server.resolvers.context import context_factory
from server.resolvers.root import build_schema
from server.web.graphql.documents import registered
from server.web.graphql.endpoint import PATH
from server.web.graphql.straight import straight_of
from tests.graph import Graph

GOOD: dict[str, Any] = {"community": "house", "first": 2}
SCHEMA = build_schema()._schema
STAYS = [GOOD, GOOD | {"after": None}, GOOD | {"unheard": [1]}, GOOD | {"community": "nowhere"}]
SURPRISES = [
    {},
    {"community": "house"},
    GOOD | {"first": None},
    GOOD | {"first": "2"},
    GOOD | {"first": 2.0},
    GOOD | {"first": True},
    GOOD | {"first": 2**31},
    GOOD | {"first": 0},
    GOOD | {"first": 101},
    GOOD | {"community": 5},
    GOOD | {"community": ["house"]},
    GOOD | {"after": "zzz"},
    GOOD | {"after": 5},
]


def board(graph: Graph) -> Any:
    [found] = [one for one in registered(graph.server.schema) if one.name == "LeaderboardPage"]
    return found


async def answer(graph: Graph, token: str | None, variables: Any) -> bytes:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    body = {"documentId": board(graph).id, "variables": variables}
    async with graph.live.http.post(PATH, json=body, headers=headers) as told:
        return await told.read()


@pytest.fixture
async def counted(graph: Graph) -> list[str]:
    """What becomes of every query that is tried without graphql-core, in order."""
    schema: Any = graph.server.schema
    outcomes: list[str] = []

    def watched(straight: Callable[..., Any]) -> Callable[..., Any]:
        async def tried(*given: Any) -> Any:
            outcomes.append("surprise")
            told = await straight(*given)
            outcomes[-1] = "told"
            return told

        return tried

    schema.straight = {key: watched(one) for key, one in schema.straight.items()}
    return outcomes


@pytest.mark.parametrize(
    ("variables", "outcome"), [*((one, "told") for one in STAYS), *((one, "surprise") for one in SURPRISES)]
)
async def test_an_answer_is_the_same_without_graphql_core(
    graph: Graph, counted: list[str], variables: dict[str, Any], outcome: str
) -> None:
    await graph.live.community("house", "100001")
    await graph.watched()
    first = await answer(graph, graph.operator, variables)
    assert counted == [outcome]
    schema: Any = graph.server.schema
    schema.straight = {}
    assert await answer(graph, graph.operator, variables) == first
    assert len(counted) == 1


async def test_the_next_page_follows_the_first(graph: Graph, counted: list[str]) -> None:
    await graph.live.community("house", "100001")
    await graph.watched()
    names: list[str] = []
    after = None
    while True:
        told = orjson.loads(await answer(graph, graph.operator, GOOD | {"after": after}))
        page = told["data"]["community"]["leaderboard"]
        names += [edge["node"]["publicName"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert names == ["vi***"] * 3
    assert counted == ["told", "told"]


async def test_who_may_not_ask_is_refused_all_the_same(graph: Graph, counted: list[str]) -> None:
    await graph.live.community("house", "100001")
    other = await graph.live.community("den", "100002")
    for token, code in ((None, "unauthenticated"), (graph.owner(other, "den"), "forbidden")):
        [error] = orjson.loads(await answer(graph, token, GOOD))["errors"]
        assert error["extensions"]["code"] == code
    assert counted == ["surprise", "surprise"]


CHAIN = "query ($c: String!, $v: ID!) { community(slug: $c) { name viewer(id: $v) { __typename id rank } } }"


@pytest.mark.parametrize(
    ("text", "is_straight"),
    [
        (CHAIN, True),
        ("{ me { kind subject expiresAt } }", True),
        ('{ community(slug: "house") { leaderboard(first: 3) { totalCount } } }', True),
        (CHAIN.replace("$v: ID!", '$v: ID! = "x"'), False),
        ("{ me { kind } rateLimit { cost } }", False),
        ("{ me { kind } __typename }", False),
        ("{ me { kind community { name } } }", True),
        ("query ($yes: Boolean!) { me { kind @include(if: $yes) } }", False),
        ('{ community(slug: "house") { streams(first: 1) { nodes { id } } health { waiting } } }', False),
        ('{ community(slug: "house") { deliveries(first: 1, where: { state: QUARANTINED }) { totalCount } } }', False),
        ('{ community(slug: "house") { channels { id } name } }', True),
        ('subscription { feed(communityId: "1", after: "2") { cursor } }', False),
    ],
)
def test_only_what_is_sure_to_come_out_the_same_goes_without(text: str, *, is_straight: bool) -> None:
    document = parse(text)
    assert not validate(SCHEMA, document)
    assert (straight_of(SCHEMA, document) is not None) is is_straight


async def test_a_chain_of_resolvers_is_followed_to_its_end(graph: Graph) -> None:
    house = await graph.live.community("house", "100001")
    await graph.watched()
    viewer = (await graph.accounts(house))["3"]
    plain = await graph.data(CHAIN, graph.operator, c="house", v=viewer)
    assert plain == {"community": {"name": "House", "viewer": {"__typename": "Viewer", "id": viewer, "rank": 1}}}
    context: Any = context_factory(graph.server.services, graph.server.ids, graph.server.metrics.operation)
    straight = straight_of(SCHEMA, parse(CHAIN))
    assert straight is not None
    actor = graph.server.tokens.read(graph.operator)
    assert await straight(context(actor), {"c": "house", "v": viewer}) == plain
