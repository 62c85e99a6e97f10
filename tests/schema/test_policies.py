"""Who may see what: every field says so, and no field is reached by a road more open than itself."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest
import strawberry
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType, get_named_type

from server.auth.actors import Actor
from server.resolvers.root import build_schema
from server.schema.policies import OPERATOR, OWNER, PUBLIC, Declared, Denied, Policy, admit, enforced

Declarations = Mapping[tuple[str, str], Mapping[str, object]]

OPERATING = Actor("operator", None, "someone", "t1", datetime(2027, 1, 1, tzinfo=UTC))
OWNING = Actor("owner", 7, "someone", "t2", datetime(2027, 1, 1, tzinfo=UTC), "den")


def declarations(schema: GraphQLSchema) -> Declarations:
    """What every field declares, by type and name."""
    found: dict[tuple[str, str], Mapping[str, object]] = {}
    for name, type_ in schema.type_map.items():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
            for key, field in type_.fields.items():
                found[name, key] = dict(field.extensions["strawberry-definition"].metadata)
    return found


def undeclared(declared: Declarations) -> Iterator[str]:
    for (type_, name), policy in declared.items():
        if "policy" not in policy:
            yield f"{type_}.{name}"


def exposed(schema: GraphQLSchema, declared: Declarations) -> Iterator[str]:
    """Fields that a more open field leads to, and that do not look for themselves who asks."""
    roots = [root for root in (schema.query_type, schema.mutation_type, schema.subscription_type) if root]
    waiting = [
        (get_named_type(field.type), declared[root.name, name]["policy"])
        for root in roots
        for name, field in root.fields.items()
    ]
    seen: set[tuple[str, object]] = set()
    while waiting:
        type_, level = waiting.pop()
        if (type_.name, level) in seen:
            continue
        seen.add((type_.name, level))
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
            waiting += [(member, level) for member in schema.get_possible_types(type_)]
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                policy = declared[type_.name, name]
                if policy["policy"] > level and not policy.get("enforced"):
                    yield f"{type_.name}.{name} below {Policy(level).name}"
                waiting.append((get_named_type(field.type), max(level, policy["policy"])))


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema()._schema


def test_every_field_says_who_may_see_it(schema: GraphQLSchema) -> None:
    assert list(undeclared(declarations(schema))) == []


def test_no_field_is_reached_by_a_more_open_road(schema: GraphQLSchema) -> None:
    assert sorted(set(exposed(schema, declarations(schema)))) == []


def test_only_these_roots_are_for_everybody(schema: GraphQLSchema) -> None:
    roots = ("Query", "Mutation", "Subscription")
    public = {
        name
        for (type_, name), policy in declarations(schema).items()
        if type_ in roots and policy["policy"] == Policy.PUBLIC
    }
    assert public == {"serverInfo", "me", "rateLimit"}


@strawberry.type
class Vault:
    gold: int = strawberry.field(metadata=OPERATOR)
    silver: int = strawberry.field(metadata=enforced(OPERATOR))
    copper: int = strawberry.field(metadata=PUBLIC)
    dust: int


@strawberry.type
class Query:
    vault: Vault = strawberry.field(metadata=OWNER)


def test_a_field_without_a_policy_and_one_too_easily_reached_are_seen() -> None:
    schema = strawberry.Schema(Query)._schema
    declared = declarations(schema)
    assert list(undeclared(declared)) == ["Vault.dust"]
    known = {**declared, ("Vault", "dust"): dict(OWNER)}
    assert list(exposed(schema, known)) == ["Vault.gold below OWNER"]


@pytest.mark.parametrize(
    ("actor", "policy", "community", "code"),
    [
        (None, PUBLIC, None, None),
        (None, OWNER, 7, "unauthenticated"),
        (None, OPERATOR, None, "unauthenticated"),
        (OWNING, PUBLIC, None, None),
        (OWNING, OWNER, 7, None),
        (OWNING, OWNER, 8, "forbidden"),
        (OWNING, OWNER, None, "forbidden"),
        (OWNING, OPERATOR, 7, "forbidden"),
        (OPERATING, OWNER, 7, None),
        (OPERATING, OWNER, None, None),
        (OPERATING, OPERATOR, None, None),
    ],
)
def test_who_is_admitted(actor: Actor | None, policy: Declared, community: int | None, code: str | None) -> None:
    if code is None:
        admit(actor, policy, community)
        return
    with pytest.raises(Denied) as denied:
        admit(actor, policy, community)
    assert denied.value.extensions["code"] == code
    assert denied.value.extensions["remedy"]
