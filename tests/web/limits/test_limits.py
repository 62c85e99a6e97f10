"""What a document may be: each limit with the document that exceeds it, and what the refusal costs."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from graphql import get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st
from strawberry.types.graphql import OperationType

from server.resolvers.context import context_factory
from server.resolvers.root import build_schema
from server.system import SystemIds
from server.web.graphql.documents import registered
from server.web.graphql.gate import Gate
from server.web.graphql.limits import LIMITS, prices
from server.web.graphql.preparation import Preparation, Prepared, Rejected
from server.web.graphql.rate import Rates
from tests.graph import Graph

SCHEMA = build_schema()
CORE = SCHEMA._schema
ME = "{ me { kind } }"


def of(preparation: Preparation, text: str, *, is_stranger: bool = False) -> Prepared | Rejected:
    return preparation.known(text, is_stranger=is_stranger) or preparation.made(text, is_stranger=is_stranger)


def code(text: str) -> str:
    """The code of the only error of a document, or "ok"."""
    found = of(Preparation(CORE), text)
    if isinstance(found, Prepared):
        return "ok"
    [error] = found.errors
    return str((error.extensions or {})["code"])


def fragments(many: int, twice: str) -> str:
    """Fragments that each spread the next one twice: 2 to the power of `many` fields, were they written out."""
    chain = "".join(f"fragment f{number} on Me {{ {twice.format(number + 1)} }} " for number in range(many))
    return f"{{ me {{ ...f0 }} }} {chain} fragment f{many} on Me {{ kind }}"


def repeated(many: int, text: str) -> str:
    """A text with every number from 0 on in the place of its sign."""
    return "".join(text.replace("#", str(number)) for number in range(many))


SEVERAL = ("me", "health", "serverInfo", "rateLimit") * 7
ROOTS = "fragment f0 on Query { me { kind } } fragment f1 on Query { serverInfo { name } }"
TOO_MUCH = {
    "a bomb of 40 fragments": (fragments(40, "...f{0} ...f{0}"), "repeats_exceeded"),
    "a bomb of 22 fragments": (fragments(22, "...f{0} ...f{0}"), "repeats_exceeded"),
    "aliases": ("{" + repeated(31, "a#: me { kind } ") + "}", "aliases_exceeded"),
    "aliases below": ("{ me {" + repeated(31, "a#: kind ") + "} }", "aliases_exceeded"),
    "one name often": ("{" + repeated(16, "me { kind } ") + "}", "repeats_exceeded"),
    "one name in many places": (
        "{ me {" + repeated(8, "... on Me { community { id } community { id } } ") + "} }",
        "repeats_exceeded",
    ),
    "one name often below another": (
        "{" + repeated(4, "me { community { id } community { id } community { id } community { id } } ") + "}",
        "repeats_exceeded",
    ),
    "depth": ("{" + "me {" * 15 + "kind" + "}" * 16, "depth_exceeded"),
    "great depth": ("{" + "me {" * 198 + "kind" + "}" * 199, "depth_exceeded"),
    "depth beyond the parser": ("{" + "me {" * 320 + "kind", "depth_exceeded"),
    "depth through fragments": (
        "{ me { ...f0 } }"
        + repeated(8, "fragment f# on Me { community { id ...g# } } ")
        + " ".join(
            f"fragment g{number} on Community {{ health {{ waiting ...h{number} }} }} fragment h{number} on Health "
            f"{{ jobs {{ ...f{number + 1} }} }}"
            for number in range(8)
        ),
        "depth_exceeded",
    ),
    "directives in one place": (
        "{ __typename " + repeated(5, "@skip(if: false) ") + "}",
        "directives_in_one_place_exceeded",
    ),
    "directives": (
        "{" + "".join(f"... @skip(if: true) {{ {name} @skip(if: true) {{ __typename }} }} " for name in SEVERAL) + "}",
        "directives_exceeded",
    ),
    "fields at the root": ("{" + repeated(11, "...f0 ...f1 ") + "}" + ROOTS, "root_fields_exceeded"),
    "words and signs": ("{" + repeated(300, "me { kind } ") + "}", "tokens_exceeded"),
    "comments": ("{" + "#\n" * 1_100 + "me { kind } }", "tokens_exceeded"),
    "characters": (ME + " " * LIMITS.characters, "characters_exceeded"),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_a_document_that_is_too_much_is_told_by_which_limit(name: str) -> None:
    text, expected = TOO_MUCH[name]
    assert code(text) == expected


HONEST = {"me": ME, "the schema": get_introspection_query(), "a chain": fragments(20, "...f{0}")}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_document_is_within_the_limits(name: str) -> None:
    assert code(HONEST[name]) == "ok"


def test_what_our_own_clients_send_is_within_the_limits() -> None:
    for document in registered(SCHEMA):
        [operation] = Preparation(CORE).made(document.text, is_stranger=False).operations.values()  # type: ignore[union-attr]
        assert operation.cost({}) <= LIMITS.cost, document.file


def test_a_refusal_says_what_is_allowed() -> None:
    found = of(Preparation(CORE), "{" + "me {" * 20 + "kind" + "}" * 21)
    assert isinstance(found, Rejected)
    assert found.errors[0].extensions == {
        "code": "depth_exceeded",
        "remedy": "Ask for less at once, or in several operations.",
        "limit": LIMITS.depth,
    }
    assert "at most 15 levels" in found.errors[0].message


def took_s(work: Callable[[], Any]) -> float:
    """The processor time that a piece of work takes, the best of five."""
    best = 10.0
    for _ in range(5):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best


def test_measuring_takes_time_in_proportion_to_the_document_and_not_to_what_it_means() -> None:
    """The document doubles while what it means grows ten thousand times, and the time no more than a few times."""
    short, long = (parse(fragments(many, "a{0}: kind ...f{0}")) for many in (14, 28))
    assert took_s(lambda: prices(CORE, long)) < 8 * took_s(lambda: prices(CORE, short))


@pytest.mark.parametrize("name", TOO_MUCH)
def test_refusing_costs_little(name: str) -> None:
    """A bound that no bomb keeps: each ran for seconds or for ever in limiters that walk what the document means."""
    text, _ = TOO_MUCH[name]
    assert took_s(lambda: of(Preparation(CORE), text)) < 0.05


# What operations cost


def cost(text: str, **variables: Any) -> int:
    found = of(Preparation(CORE), text)
    assert isinstance(found, Prepared), found
    [operation] = found.operations.values()
    return operation.cost(variables)


BOARD = 'community(slug: "house") {{ leaderboard(first: {0}) {{ nodes {{ rank account {{ name }} }} }} }}'


def test_a_list_costs_as_many_times_its_items_as_were_asked_for() -> None:
    assert cost("{ me { kind } }") == 2
    assert cost("{" + BOARD.format(1) + "}") == 6
    assert cost("{" + BOARD.format(50) + "}") == 2 + 50 * 4
    assert cost('{ community(slug: "h") { leaderboardAround(viewerId: "x", before: 2, after: 3) { rank } } }') == 2 + 5
    assert cost('{ community(slug: "h") { channels { name } } }') == 2 + 20


def test_sizes_may_be_variables_and_count_as_the_longest_where_they_are_none() -> None:
    text = "query ($n: Int! = 7) {" + BOARD.format("$n") + "}"
    assert cost(text) == 2 + 7 * 4
    assert cost(text, n=30) == cost(text, n=30.0) == 2 + 30 * 4
    assert cost(text, n=-5) == 6
    for odd in (10**9, None, "many", [], float("nan"), float("inf"), True):
        assert cost(text, n=odd) in {2 + 100 * 4, 6}, odd


def test_lists_of_lists_multiply_and_fragments_cost_what_they_hold() -> None:
    nested = "{ communities(first: 100) { nodes { leaderboard(first: 100) { nodes { rank } } } } }"
    assert cost(nested) > 20_000
    through = """{ communities(first: 100) { ...page } } fragment page on CommunityConnection { nodes { ...board } }
      fragment board on Community { leaderboard(first: 100) { nodes { rank } } }"""
    assert cost(through) == cost(nested)


EVERY_FIELD = "{ types { fields { name isDeprecated type { kind name ofType { kind name } } args { name } } } }"


def test_reading_the_whole_schema_costs_what_it_takes_and_is_within_the_limit() -> None:
    """Tools ask for it once; asked for many times in one operation it would hold up everybody for half a second."""
    whole = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    assert 2_000 < cost(whole) < 0.8 * LIMITS.cost
    assert cost('{ __type(name: "Query") { fields { name } } }') == 1 + 8 * 1 + 1
    assert cost("{ __schema" + EVERY_FIELD + "}") > 400
    many = cost("{" + repeated(18, "a#: __schema" + EVERY_FIELD) + "}")
    assert many > LIMITS.cost


def test_a_change_costs_more_than_a_question() -> None:
    text = "mutation ($i: SetTrackingInput!) { setTracking(input: $i) { __typename } }"
    assert cost(text) == 2 + 10


@given(st.integers(1, 100), st.integers(1, 100))
def test_asking_for_more_never_costs_less(one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    assert cost("{" + BOARD.format(fewer) + "}") <= cost("{" + BOARD.format(more) + "}")


async def test_what_costs_too_much_does_not_begin(graph: Graph) -> None:
    text = "{ communities(first: 100) { nodes { leaderboard(first: 100) { nodes { rank } } } } }"
    reply = await graph.ask(text, graph.operator)
    assert reply["errors"][0]["extensions"] | {"remedy": ""} == {
        "code": "cost_exceeded",
        "remedy": "",
        "limit": LIMITS.cost,
        "cost": 20_201,
    }
    assert "data" not in reply


# Time


@pytest.mark.parametrize(("kind", "hint"), [("query", "Ask for less"), ("mutation", "idempotency key")])
@pytest.mark.parametrize("over_socket", [False, True])
async def test_an_operation_that_takes_too_long_is_given_up(
    graph: Graph, kind: str, hint: str, *, over_socket: bool
) -> None:
    """The gate of a schema that never answers."""

    class Endless:
        async def execute(self, *_: Any, **__: Any) -> None:
            await asyncio.sleep(60)

    context = context_factory(graph.server.services, SystemIds(), lambda *_: None)(None)
    gate = Gate(Endless(), Preparation(CORE), Rates(graph.server.services.limits, graph.server.clock), deadline_s=0.05)
    with structlog.testing.capture_logs() as lines:
        asked = {"context_value": context, "allowed_operation_types": list(OperationType)}
        if over_socket:
            [result] = [one async for one in await gate.stream(kind + " { __typename }", **asked)]
        else:
            result = await gate.execute(kind + " { __typename }", **asked)
    assert result.errors
    [error] = result.errors
    assert error.extensions is not None
    assert error.extensions["code"] == "deadline_exceeded"
    assert hint in error.extensions["remedy"]
    said = [line["event"] for line in lines if line["event"].startswith("graphql.")]
    assert said == ["graphql.deadline_exceeded"]
