"""The schema as it is committed: in step with the code, described throughout, and true to its own habits."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
)

from server.resolvers.root import sdl

COMMITTED = Path(__file__).parents[2] / "server" / "schema" / "schema.graphql"
STANDARD = frozenset({"ID", "String", "Int", "Boolean", "Float"})


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(COMMITTED.read_text(encoding="utf-8"))


def undescribed(schema: GraphQLSchema) -> Iterator[str]:
    """Everything that says nothing about itself."""
    for name, type_ in schema.type_map.items():
        if name.startswith("__") or name in STANDARD:
            continue
        if not type_.description:
            yield name
        if isinstance(type_, GraphQLEnumType):
            yield from (f"{name}.{key}" for key, value in type_.values.items() if not value.description)
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for key, field in type_.fields.items():
                if not field.description:
                    yield f"{name}.{key}"
                if isinstance(field, GraphQLField):
                    yield from (f"{name}.{key}({arg})" for arg, given in field.args.items() if not given.description)


def test_the_committed_schema_is_that_of_the_code() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == sdl(), "run: make schema"


def test_everything_says_what_it_is(schema: GraphQLSchema) -> None:
    assert list(undescribed(schema)) == []


def test_a_missing_description_is_seen() -> None:
    bare = '"Q" type Query { "A" a("X" x: Int, y: Int): E, b: Int } "E" enum E { "ONE" ONE TWO } "I" input I { c: Int }'
    assert set(undescribed(build_schema(bare))) == {"Query.a(y)", "Query.b", "E.TWO", "I.c"}


def test_a_mutation_takes_one_input_with_a_key_and_returns_success_or_a_refusal(schema: GraphQLSchema) -> None:
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        assert list(field.args) == ["input"], name
        given = get_named_type(field.args["input"].type)
        assert isinstance(given, GraphQLInputObjectType)
        assert given.name == f"{name[0].upper()}{name[1:]}Input"
        assert str(given.fields["idempotencyKey"].type) == "String!", name
        result = get_named_type(field.type)
        assert isinstance(result, GraphQLUnionType)
        assert result.name == f"{name[0].upper()}{name[1:]}Result"
        assert [member.name for member in result.types][-1] == "Refused"


def test_a_page_cannot_be_asked_for_without_its_size(schema: GraphQLSchema) -> None:
    pages = 0
    for type_ in schema.type_map.values():
        for name, field in type_.fields.items() if isinstance(type_, GraphQLObjectType) else ():
            if get_named_type(field.type).name.endswith("Connection"):
                assert isinstance(field.args["first"].type, GraphQLNonNull), name
                assert str(field.args["after"].type) == "String", name
                pages += 1
    assert pages > 6


def test_numbers_that_are_added_up_are_never_floats(schema: GraphQLSchema) -> None:
    assert "Float" not in schema.type_map


def test_what_a_broadcast_tells_leads_nowhere_further(schema: GraphQLSchema) -> None:
    """What every subscriber gets the same holds plain values only: nothing looked up, nothing about whoever listens."""
    assert schema.subscription_type is not None
    reached: set[str] = set()
    waiting = [get_named_type(schema.subscription_type.fields["leaderboardChanged"].type)]
    while waiting:
        type_ = waiting.pop()
        if isinstance(type_, GraphQLObjectType) and type_.name not in reached:
            reached.add(type_.name)
            assert not any(field.args for field in type_.fields.values())
            waiting += [get_named_type(field.type) for field in type_.fields.values()]
    assert reached == {"LeaderboardChange", "Standing", "Account"}
