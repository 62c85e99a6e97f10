"""Every root field, asked by everybody who may and who may not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from server.resolvers.root import build_schema
from server.schema.ids import id_of
from server.schema.policies import Policy
from tests.graph import Graph, Socket
from tests.resolvers.facts import facts

PROBLEM = "__typename ... on Problem { code }"
Given = Callable[[int], dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """An operation on the first community, which its owner or the operator may ask for."""

    kind: str
    field: str
    policy: Policy
    given: str = ""
    selection: str = ""
    arguments: Given = lambda _: {}

    @property
    def document(self) -> str:
        selection = f"{{ {self.selection} }}" if self.selection else ""
        if not self.given:
            return f"{self.kind} {{ {self.field} {selection} }}"
        variables, arguments = self.given.split("|")
        return f"{self.kind} ({variables}) {{ {self.field}({arguments}) {selection} }}"


def community(number: int, **more: Any) -> dict[str, Any]:
    return {"input": {"communityId": id_of("community", number), "idempotencyKey": "k", **more}}


def account(platform: str, platform_id: str) -> dict[str, str]:
    return {"platform": platform, "platformId": platform_id}


def mutation(field: str, policy: Policy, arguments: Given) -> Case:
    input_type = f"{field[0].upper()}{field[1:]}Input"
    return Case("mutation", field, policy, f"$input: {input_type}!|input: $input", PROBLEM, arguments)


CASES = [
    Case("query", "serverInfo", Policy.PUBLIC, selection="version"),
    Case("query", "me", Policy.PUBLIC, selection="kind"),
    Case("query", "rateLimit", Policy.PUBLIC, selection="cost"),
    Case("query", "community", Policy.OWNER, "$s: String!|slug: $s", "id", lambda _: {"s": "house"}),
    Case("query", "communities", Policy.OPERATOR, "$n: Int!|first: $n", "totalCount", lambda _: {"n": 1}),
    Case("query", "orphans", Policy.OPERATOR, "$n: Int!|first: $n", "totalCount", lambda _: {"n": 1}),
    Case("query", "health", Policy.OPERATOR, selection="waiting"),
    mutation(
        "createCommunity",
        Policy.OPERATOR,
        lambda _: {"input": {"slug": "new", "name": "New", "timezone": "UTC", "idempotencyKey": "k"}},
    ),
    mutation("attachChannel", Policy.OWNER, lambda n: community(n, platform="KICK", platformId="5", name="Five")),
    mutation("updateWatchTimeSettings", Policy.OWNER, lambda n: community(n, window=60)),
    mutation("setTracking", Policy.OWNER, lambda n: community(n, tracking=False)),
    mutation("recountWatchTime", Policy.OWNER, community),
    mutation(
        "adjustWatchTime",
        Policy.OWNER,
        lambda n: community(n, viewerId=id_of("viewer", 1), seconds=5, reason="A test."),
    ),
    mutation(
        "linkAccounts",
        Policy.OWNER,
        lambda n: community(n, one=account("KICK", "1"), other=account("DISCORD", "9"), reason="A test."),
    ),
    mutation("unlinkAccount", Policy.OWNER, lambda n: community(n, account=account("KICK", "1"), reason="A test.")),
    mutation("updateLinkSettings", Policy.OWNER, lambda n: community(n, cooldown=60)),
    mutation("replayDeliveries", Policy.OWNER, lambda n: community(n, deliveryIds=[id_of("delivery", 1)])),
    mutation(
        "replayOrphans",
        Policy.OPERATOR,
        lambda _: {"input": {"platform": "KICK", "platformId": "5", "idempotencyKey": "k"}},
    ),
    Case(
        "subscription",
        "leaderboardChanged",
        Policy.OWNER,
        "$c: ID!|communityId: $c, first: 3",
        "sequence",
        lambda n: {"c": id_of("community", n)},
    ),
    Case(
        "subscription",
        "feed",
        Policy.OWNER,
        '$c: ID!|communityId: $c, after: "0"',
        "cursor",
        lambda n: {"c": id_of("community", n)},
    ),
]
ALLOWED = {
    Policy.PUBLIC: {"anonymous", "operator", "owner", "other owner"},
    Policy.OWNER: {"operator", "owner"},
    Policy.OPERATOR: {"operator"},
}


def test_every_root_field_has_its_case() -> None:
    schema = build_schema()._schema
    roots = [root for root in (schema.query_type, schema.mutation_type, schema.subscription_type) if root]
    declared = {
        (root.name.lower(), name): field.extensions["strawberry-definition"].metadata["policy"]
        for root in roots
        for name, field in root.fields.items()
    }
    assert {(case.kind, case.field): case.policy for case in CASES} == declared


async def outcome(graph: Graph, case: Case, token: str | None, community_id: int) -> str:
    """The code of the error, or "ok"."""
    if case.kind == "subscription":
        socket = await Socket(graph).open(token)
        first = await socket.heard()
        if "closed" in first:
            return str(first["closed"])
        await socket.subscribe(case.document, **case.arguments(community_id))
        message = await socket.heard()
        await socket.frames.close()
        return "ok" if message["type"] == "next" else message["payload"][0]["extensions"]["code"]
    answer = await graph.ask(case.document, token, **case.arguments(community_id))
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else "ok"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind} {case.field}")
async def test_a_root_field_answers_those_it_is_for_and_nobody_else(graph: Graph, case: Case) -> None:
    mine = await graph.live.community("house", "100001")
    other = await graph.live.community("den", "100002")
    await graph.watched()
    callers = {
        "anonymous": None,
        "operator": graph.operator,
        "owner": graph.owner(mine, "house"),
        "other owner": graph.owner(other, "den"),
    }
    before = await facts(graph)
    refused = {"anonymous": "unauthenticated", "other owner": "forbidden", "owner": "forbidden"}
    for name, token in callers.items():
        if name not in ALLOWED[case.policy]:
            assert await outcome(graph, case, token, mine) == refused[name], name
    assert await facts(graph) == before, "who is refused changes nothing"
    for name, token in callers.items():
        if name in ALLOWED[case.policy]:
            assert await outcome(graph, case, token, mine) == "ok", name
    expired = "4403" if case.kind == "subscription" else "token_expired"
    assert await outcome(graph, case, graph.expired(), mine) == expired


OWNED = "{ me { kind subject community { slug } } }"


async def test_the_caller_is_told_what_the_token_makes_of_him(graph: Graph) -> None:
    mine = await graph.live.community()
    assert await graph.data(OWNED, graph.operator) == {
        "me": {"kind": "OPERATOR", "subject": "command-line", "community": None}
    }
    owner = await graph.data(OWNED, graph.owner(mine, "house"))
    assert owner["me"]["community"] == {"slug": "house"}
    assert (await graph.ask(OWNED))["data"] == {"me": None}


async def test_an_owner_learns_nothing_of_what_else_exists(graph: Graph) -> None:
    mine = await graph.live.community("house", "100001")
    await graph.live.community("den", "100002")
    token = graph.owner(mine, "house")
    wanted = "query ($slug: String!) { community(slug: $slug) { id } }"
    answers = [await graph.ask(wanted, token, slug=slug) for slug in ("den", "nowhere")]
    assert answers[0] == answers[1]
    assert (await graph.data('{ community(slug: "nowhere") { id } }')) == {"community": None}


async def test_a_stranger_sees_neither_the_schema_nor_hints_about_it(graph: Graph) -> None:
    listing = "{ __schema { __typename } }"
    assert await graph.data(listing) == {"__schema": {"__typename": "__Schema"}}
    assert await graph.code(listing) == "request_invalid"
    close = "query ($x: Platfor) { serverInf { version } }"
    assert "Did you mean" in str(await graph.ask(close, graph.operator))
    assert "Did you mean" not in str(await graph.ask(close))
    misspelled = "mutation ($i: SetTrackingInput!) { setTracking(input: $i) { __typename } }"
    assert "Did you mean" not in str(await graph.ask(misspelled, None, i={"comunityId": "x"}))
