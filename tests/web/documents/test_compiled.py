"""Compiled documents: what a plan shows is what graphql-core shows, and what surprises it is left to graphql-core."""

import enum
from collections.abc import Callable
from typing import Annotated, Any

import orjson
import pytest
import strawberry
from graphql import GraphQLError, execute, parse, validate
from strawberry.extensions import FieldExtension

from server.resolvers.execution import Executor, Schema
from server.resolvers.root import build_schema
from server.schema.scalars import SCALARS, BigInt, Duration
from server.web.graphql.compiled import plans_of
from server.web.graphql.documents import registered


@strawberry.enum
class Mood(enum.Enum):
    CALM = "calm"
    LOUD = "loud"


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Cup(Named):
    size: int


@strawberry.type
class Jug(Named):
    litres: float
    spoken: strawberry.Private[str] = "no"

    @strawberry.field
    def told(self) -> str:
        return f"{self.name}, told"


class Shouted(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **given: Any) -> Any:
        return next_(source, info, **given).upper()


@strawberry.type
class Thing:
    id: strawberry.ID
    whole: int
    maybe: int | None
    part: float
    yes: bool
    mood: Mood
    big: BigInt
    long: Duration
    cups: list[Cup]
    holes: list[Cup | None] | None
    inner: Named
    either: Annotated[Cup | Jug, strawberry.union("Either")]
    shouted: str = strawberry.field(extensions=[Shouted()])


@strawberry.type
class Query:
    @strawberry.field
    async def thing(self, info: strawberry.Info) -> Thing | None:
        return info.context

    @strawberry.field
    def things(self, info: strawberry.Info) -> list[Thing]:
        return [info.context, info.context]


def thing(**other: Any) -> Thing:
    given: dict[str, Any] = {
        "id": strawberry.ID("a"),
        "whole": 1,
        "maybe": None,
        "part": 0.5,
        "yes": True,
        "mood": Mood.LOUD,
        "big": BigInt(2**60),
        "long": Duration(7),
        "cups": [Cup(name="x", size=1), Cup(name="y", size=2)],
        "holes": [None, Cup(name="z", size=3)],
        "inner": Cup(name="in", size=4),
        "either": Cup(name="or", size=5),
        "shouted": "hey",
    }
    return Thing(**given | other)


PLAIN = """
  id whole maybe part yes mood big long __typename
  cups { name size }
  again: cups { size other: name }
  holes { name }
  inner { __typename name ... on Cup { size } ... on Jug { litres } }
  either { ...Vessel }
"""
VESSEL = "fragment Vessel on Either { __typename ... on Named { name } ... on Jug { litres } ... { __typename } }"


class Both:
    """One schema, asked with plans and without."""

    def __init__(self) -> None:
        self.schema = Schema(Query, types=[Cup, Jug], execution_context_class=Executor, config=config())

    async def ask(self, text: str, make: Callable[[], Thing | None]) -> tuple[bytes, bytes, int]:
        """The answer by plan and by graphql-core alone, and how many plans showed what they should."""
        document = parse(text)
        assert not validate(self.schema._schema, document)
        self.shown = 0
        plans = plans_of(self.schema._schema, document)
        self.schema.plans = {id(document): {key: self._counted(plan) for key, plan in plans.items()}}
        planned = await self._told(document, make())
        self.schema.plans = {}
        return planned, await self._told(document, make()), self.shown

    def _counted(self, plan: Any) -> Any:
        def shown(value: Any) -> Any:
            told = plan(value)
            self.shown += 1
            return told

        return shown

    async def _told(self, document: Any, root: Thing | None) -> bytes:
        told: Any = execute(self.schema._schema, document, context_value=root, executor_class=Executor)
        result = told if hasattr(told, "data") else await told
        return orjson.dumps([result.data, [error.formatted for error in result.errors or ()]])


def config() -> Any:
    return strawberry.schema.config.StrawberryConfig(scalar_map=SCALARS)


@pytest.fixture
def both() -> Both:
    return Both()


async def test_a_plan_shows_what_graphql_core_shows(both: Both) -> None:
    others: dict[str, Any] = {"maybe": 5, "holes": None, "inner": Jug(name="j", litres=1.5), "cups": []}
    for make in (thing, lambda: thing(**others), lambda: thing(mood=Mood.CALM), lambda: None):
        planned, plain, shown = await both.ask(f"{{ thing {{ {PLAIN} }} }} {VESSEL}", make)
        assert planned == plain
        assert shown == 1


SURPRISES: dict[str, Callable[[], dict[str, Any]]] = {
    "null where none may be": lambda: {"whole": None},
    "null in a list": lambda: {"cups": [None]},
    "another type": lambda: {"whole": "one"},
    "a truth for a number": lambda: {"whole": True},
    "a number for a truth": lambda: {"yes": 1},
    "a number for text": lambda: {"id": 5},
    "a number of 33 bits": lambda: {"whole": 2**31},
    "a whole number for a fraction": lambda: {"part": 1},
    "no number at all": lambda: {"part": float("nan")},
    "no member": lambda: {"mood": "quiet"},
    "the value of a member": lambda: {"mood": "loud"},
    "no length": lambda: {"long": "long"},
    "an exception": lambda: {"cups": GraphQLError("broken")},
    "an iterator": lambda: {"cups": iter([Cup(name="x", size=1)])},
    "a tuple": lambda: {"cups": (Cup(name="x", size=1),)},
    "another object": lambda: {"cups": [Jug(name="x", litres=1.0)]},
    "no object of the interface": lambda: {"inner": object()},
    "no member of the union": lambda: {"either": "cup"},
    "an object without the attribute": lambda: {"cups": [object()]},
}


@pytest.mark.parametrize("given", SURPRISES.values(), ids=SURPRISES)
async def test_what_surprises_a_plan_is_told_by_graphql_core(both: Both, given: Callable[[], dict[str, Any]]) -> None:
    planned, plain, shown = await both.ask(f"{{ thing {{ {PLAIN} }} }} {VESSEL}", lambda: thing(**given()))
    assert shown == 0
    assert planned == plain


@pytest.mark.parametrize(
    "text",
    [
        "query ($x: Boolean = true) { thing { cups { name size @skip(if: $x) } } }",
        "query ($x: Boolean = false) { thing { ... @include(if: $x) { id } whole } }",
        "{ thing { cups { name } cups { size } } }",
        "{ thing { ...A ...B } } fragment A on Thing { inner { name } } fragment B on Thing { inner { __typename } }",
        "{ thing { id id whole } }",
        "{ thing { shouted id } }",
        "{ thing { either { ... on Jug { told } ... on Cup { size } } cups { name } } }",
        "{ thing { inner { __typename ... on Jug { told } } } }",
        "{ __schema { queryType { name } } thing { __typename } }",
        "{ a: thing { whole } b: thing { whole } }",
    ],
)
async def test_what_needs_more_than_reading_stays_with_graphql_core(both: Both, text: str) -> None:
    jug = Jug(name="j", litres=2.0)
    for make in (thing, lambda: thing(either=jug, inner=jug)):
        planned, plain, _ = await both.ask(text, make)
        assert planned == plain


async def test_a_field_with_an_extension_is_called_through(both: Both) -> None:
    planned, _, shown = await both.ask("{ thing { shouted cups { name } } }", thing)
    assert b"HEY" in planned
    assert shown == 1, "what is beside it is still planned"


def test_the_documents_of_our_clients_have_plans_where_their_lists_are() -> None:
    schema = build_schema()
    for one in registered(schema):
        if one.kind.value == "query" and "edges" in one.text:
            assert plans_of(schema._schema, one.parsed), one.name
