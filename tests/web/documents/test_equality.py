# Looks into what it tests, and at what the library says only in part.
"""Compiled documents over the whole schema: by plan or by graphql-core, an answer has the same bytes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import orjson
import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    IntValueNode,
    NameNode,
    NullValueNode,
    StringValueNode,
    Visitor,
    build_schema,
    execute,
    parse,
    print_ast,
    validate,
    visit,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from server.resolvers.context import context_factory
from server.resolvers.execution import Executor
from server.resolvers.root import sdl
from server.schema.ids import id_of
from server.web.graphql.compiled import plans_of
from server.web.graphql.documents import registered
from server.web.graphql.straight import straight_of
from tests.graph import Graph, line, status
from tests.resolvers.proving import guild_bound

SCALARS = {
    "BigInt": st.integers(0, 50).map(lambda number: nodes.String(str(number))),
    "Duration": st.integers(0, 5_000).map(nodes.Int),
    "DateTime": st.just(nodes.String("2026-08-01T17:00:00Z")),
}
EXAMPLES = 50
START_RAFFLE = "mutation ($input: StartRaffleInput!) { startRaffle(input: $input) { __typename } }"
CHANGES = """mutation ($v: ID!, $c: ID!) {
  adjustWatchTime(
    input: { communityId: $c, viewerId: $v, seconds: 90, reason: "A test.", idempotencyKey: "a" }
  ) { __typename }
  updateWatchTimeSettings(
    input: { communityId: $c, excluded: [{ platform: KICK, platformId: "1" }], dailyCap: 3600, idempotencyKey: "b" }
  ) { __typename }
}"""


@dataclass
class Twice:
    """A seeded server, asked with plans and without."""

    graph: Graph
    viewer: str
    shown: int = 0
    straight: int = 0
    surprised: list[str] = field(default_factory=list[str])

    @property
    def schema(self) -> Any:
        return self.graph.server.schema

    async def same(self, document: DocumentNode, **variables: Any) -> Any:
        """The answer, which is the same by plan and by graphql-core alone."""
        plans = plans_of(self.schema._schema, document)
        self.schema.plans = {id(document): {key: self._counted(plan) for key, plan in plans.items()}}
        planned = await self._told(document, variables)
        self.schema.plans = {}
        plain = await self._told(document, variables)
        assert orjson.dumps(planned) == orjson.dumps(plain)
        await self._same_straight(document, variables, plain)
        return plain

    async def _same_straight(self, document: DocumentNode, variables: dict[str, Any], plain: Any) -> None:
        """Compare with the answer without graphql-core, for a document that has one."""
        straight = straight_of(self.schema._schema, document)
        if straight is None:
            return
        self.straight += 1
        try:
            told = await straight(self._context(), variables)
        except Exception:  # noqa: BLE001 - whatever surprises, graphql-core must call it an error, too
            assert plain[1], "only what is an error for graphql-core surprises"
        else:
            assert orjson.dumps([told, []]) == orjson.dumps(plain)

    def _counted(self, plan: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def shown(value: Any) -> Any:
            try:
                told = plan(value)
            except Exception as surprise:
                self.surprised.append(repr(surprise))
                raise
            self.shown += 1
            return told

        return shown

    def _context(self) -> Any:
        server = self.graph.server
        actor: Any = server.tokens.read(self.graph.operator)
        return context_factory(server.services, server.ids, server.metrics.operation)(actor)

    async def _told(self, document: DocumentNode, variables: dict[str, Any]) -> Any:
        told: Any = execute(
            self.schema._schema,
            document,
            context_value=self._context(),
            variable_values=variables,
            executor_class=Executor,
        )
        result = told if hasattr(told, "data") else await told
        return [result.data, [error.formatted for error in result.errors or ()]]


@pytest.fixture
async def twice(graph: Graph) -> Twice:
    """A community with viewers, corrections, streams, deliveries of every fate, and orphans."""
    await graph.live.community("house", "100001")
    await graph.live.community("den", "100002")
    await graph.watched()
    await graph.deliver("livestream.status.updated", status("100001", "2026-08-01T17:00:00Z", "2026-08-01T17:50:00Z"))
    await graph.deliver("chat.message.sent", line("100009", 7, "nobody's", "2026-08-01T17:30:00Z"))
    await graph.deliver("chat.message.sent", b"{}")
    await graph.live.settle()
    house = id_of("community", 1)
    viewer = (await graph.accounts(1))["3"]
    await graph.data(CHANGES, v=viewer, c=house)
    await graph.live.settle()
    return Twice(graph, viewer)


class Sensible(Visitor):
    """Puts arguments into a document that find something, a second name beside fields, and __typename."""

    def __init__(self, viewer: str, turn: Iterator[int]) -> None:
        super().__init__()
        self._viewer = viewer
        self._turn = turn

    def enter_argument(self, node: Any, *_: Any) -> Any:
        value: Any = {
            "first": IntValueNode(value=str(1 + next(self._turn) % 20)),
            "before": IntValueNode(value="2"),
            "slug": StringValueNode(value="house"),
            "viewerId": StringValueNode(value=self._viewer),
            "id": StringValueNode(value=self._viewer),
            "platformId": StringValueNode(value="3"),
            "where": NullValueNode(),
        }.get(node.name.value)
        if node.name.value == "after":
            value = IntValueNode(value="2") if isinstance(node.value, IntValueNode) else NullValueNode()
        return None if value is None else type(node)(name=node.name, value=value)

    def leave_field(self, node: Any, *_: Any) -> Any:
        number = next(self._turn)
        if node.alias or number % 4:
            return None
        return type(node)(
            alias=NameNode(value=f"other_{number}"),
            name=node.name,
            arguments=node.arguments,
            directives=node.directives,
            selection_set=node.selection_set,
        )

    def leave_selection_set(self, node: Any, *_: Any) -> Any:
        extra = FieldNode(name=NameNode(value="__typename"), arguments=(), directives=())
        return type(node)(selections=(*node.selections, extra)) if next(self._turn) % 3 == 0 else None


def sensible(text: str, schema: GraphQLSchema, viewer: str, turn: Iterator[int]) -> DocumentNode:
    """A generated document as somebody might have written it."""
    document = parse(text)
    changed = parse(print_ast(visit(document, Sensible(viewer, turn))))
    return document if validate(schema, changed) else changed


def test_what_is_made_sensible_stays_valid() -> None:
    text = '{ community(slug: "x") { leaderboardAround(viewerId: "q", before: 9999, after: 5) { rank } } }'
    changed = print_ast(sensible(text, build_schema(sdl()), "somebody", count()))
    assert 'slug: "house"' in changed
    assert 'viewerId: "somebody", before: 2, after: 2' in changed
    assert "__typename" in changed


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(text=queries(sdl(), custom_scalars=SCALARS), turn=st.integers(0, 60))
async def test_every_answer_has_the_same_bytes_by_plan(twice: Twice, text: str, turn: int) -> None:
    schema = twice.schema._schema
    await twice.same(sensible(text, schema, twice.viewer, count(turn)) if turn % 5 else parse(text))
    assert not twice.surprised


def lists_something(value: Any) -> bool:
    """Whether an answer has a list with anything in it, which is what plans are made for."""
    if isinstance(value, dict):
        return any(lists_something(one) for one in value.values())
    return isinstance(value, list) and bool(value)


async def test_every_document_of_our_clients_is_the_same_by_plan(twice: Twice) -> None:
    await guild_bound(twice.graph.server, 1, "7")
    raffle = {"communityId": id_of("community", 1), "title": "Mug", "idempotencyKey": "raffle"}
    await twice.graph.data(START_RAFFLE, input=raffle)
    given = {
        "community": "house",
        "platform": "KICK",
        "platformId": "3",
        "first": 50,
        "totals": True,
        "guild": "7",
        "user": "3",
        "typed": "owl",
        "text": "owl",
        "raffle": id_of("raffle", 1),
        "reward": id_of("role_reward", 1),
        "viewer": twice.viewer,
        "giveaway": id_of("giveaway", 1),
    }
    for one in registered(twice.schema):
        if one.is_query:
            before = twice.shown
            wanted = {name: value for name, value in given.items() if f"${name}:" in one.text}
            if "$community: ID!" in one.text:
                wanted["community"] = id_of("community", 1)
            data, errors = await twice.same(one.parsed, **wanted)
            assert data, one.name
            assert not errors
            assert twice.shown > before or not lists_something(data), one.name
    assert not twice.surprised
    assert twice.straight > 2


@pytest.mark.parametrize("operation", ["feed", "leaderboardChanged"])
async def test_every_event_of_a_subscription_is_the_same_by_plan(twice: Twice, operation: str) -> None:
    server = twice.graph.server
    community = id_of("community", 1)
    variables = {"communityId": community, "community": community, "first": 10, "after": "0"}
    told: list[list[Any]] = []
    for one in registered(twice.schema):
        if operation not in one.text or one.kind.value != "subscription":
            continue
        if operation == "feed" and "$after" not in one.text:
            continue  # it tells only what is yet to come
        for plans in (plans_of(twice.schema._schema, one.parsed), {}):
            assert plans or told
            twice.schema.plans = {id(one.parsed): {key: twice._counted(plan) for key, plan in plans.items()}}
            context = context_factory(server.services, server.ids, server.metrics.operation)
            actor: Any = server.tokens.read(twice.graph.operator)
            wanted = {name: value for name, value in variables.items() if f"${name}:" in one.text}
            events = await twice.schema.stream(one.parsed, context_value=context(actor), variable_values=wanted)
            many = 5 if operation == "feed" else 1
            told.append([orjson.dumps((await anext(events)).data) for _ in range(many)])
            await events.aclose()
        assert told[-1] == told[-2]
    assert twice.shown
    assert not twice.surprised
