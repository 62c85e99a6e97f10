"""Who may see what: every field says so, and no field is reached by a road more open than itself."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import strawberry
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType, get_named_type

from server.auth.actors import Actor
from server.domain import staff as domain
from server.domain.staff import EVERYTHING, NOTHING, Capabilities, Capability
from server.resolvers.root import build_schema
from server.schema.policies import (
    OPERATOR,
    PUBLIC,
    READ,
    SERVES,
    SIGNED_IN,
    Declared,
    Denied,
    Level,
    Needs,
    Policy,
    admit,
    enforced,
    needs,
)
from server.schema.staff import HolderKind, StaffCapability, StaffRole

Declarations = Mapping[tuple[str, str], Mapping[str, Any]]

OPERATING = Actor("operator", None, "someone", "t1", datetime(2027, 1, 1, tzinfo=UTC))
OWNING = Actor("owner", 7, "someone", "t2", datetime(2027, 1, 1, tzinfo=UTC), "den")
PERSON = Actor("person", None, "kick:1", "t3", datetime(2027, 1, 1, tzinfo=UTC), holders=frozenset({("kick", "1")}))


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


WHOLE_COMMUNITY = frozenset({"Community", "Viewer"})


def road_of(root: str, policy: Policy) -> frozenset[Policy]:
    """What is known of whoever comes through a root field. Who may change something may see what became of it."""
    is_change = root == "Mutation" and isinstance(policy, Needs)
    return frozenset({policy, Needs(Capability.COMMUNITY_READ)} if is_change else {policy})


def leads_to(policy: Policy, road: frozenset[Policy]) -> bool:
    """Whether all who come along a road may see a field."""
    return policy is Level.PUBLIC or policy in road or Level.OPERATOR in road


def exposed(schema: GraphQLSchema, declared: Declarations) -> Iterator[str]:
    """Fields that a more open field leads to, and that do not look for themselves who asks."""
    roots = [root for root in (schema.query_type, schema.mutation_type, schema.subscription_type) if root]
    waiting = [
        (get_named_type(field.type), road_of(root.name, declared[root.name, name]["policy"]))
        for root in roots
        for name, field in root.fields.items()
    ]
    seen: set[tuple[str, frozenset[Policy]]] = set()
    while waiting:
        type_, road = waiting.pop()
        if (type_.name, road) in seen:
            continue
        seen.add((type_.name, road))
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
            waiting += [(member, road) for member in schema.get_possible_types(type_)]
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                policy = declared[type_.name, name]
                if not leads_to(policy["policy"], road) and not policy.get("enforced"):
                    yield f"{type_.name}.{name} below {shown(road)}"
                waiting.append((get_named_type(field.type), road | {policy["policy"]}))


def shown(road: frozenset[Policy]) -> str:
    return ", ".join(sorted(one.capability if isinstance(one, Needs) else one.value for one in road))


def reached(schema: GraphQLSchema, type_: Any) -> set[str]:
    """The names of all types below a field."""
    found: set[str] = set()
    waiting = [get_named_type(type_)]
    while waiting:
        one = waiting.pop()
        if one.name not in found:
            found.add(one.name)
            if isinstance(one, GraphQLUnionType | GraphQLInterfaceType):
                waiting += schema.get_possible_types(one)
            if isinstance(one, GraphQLObjectType):
                waiting += [get_named_type(field.type) for field in one.fields.values()]
    return found


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema()._schema


def test_every_field_says_who_may_see_it(schema: GraphQLSchema) -> None:
    assert list(undeclared(declarations(schema))) == []


def test_no_field_is_reached_by_a_more_open_road(schema: GraphQLSchema) -> None:
    assert sorted(set(exposed(schema, declarations(schema)))) == []


def test_what_became_of_a_change_does_not_lead_to_the_whole_community(schema: GraphQLSchema) -> None:
    """For whoever may only change something there need not be allowed to look around."""
    assert schema.mutation_type is not None
    declared = declarations(schema)
    for name, field in schema.mutation_type.fields.items():
        if declared["Mutation", name]["policy"] is not Level.OPERATOR:
            assert not WHOLE_COMMUNITY & reached(schema, field.type), name


def test_only_these_roots_are_for_everybody(schema: GraphQLSchema) -> None:
    roots = ("Query", "Mutation", "Subscription")
    public = {
        name
        for (type_, name), policy in declarations(schema).items()
        if type_ in roots and policy["policy"] is Level.PUBLIC
    }
    assert public == {"serverInfo", "me", "rateLimit"}


@strawberry.type
class Vault:
    gold: int = strawberry.field(metadata=OPERATOR)
    silver: int = strawberry.field(metadata=enforced(OPERATOR))
    copper: int = strawberry.field(metadata=PUBLIC)
    ledger: int = strawberry.field(metadata=needs(Capability.AUDIT_READ))
    shelf: int = strawberry.field(metadata=READ)
    card: int = strawberry.field(metadata=SIGNED_IN)
    dust: int


@strawberry.type
class Query:
    vault: Vault = strawberry.field(metadata=READ)


@strawberry.type
class Mutation:
    clean: Vault = strawberry.field(metadata=needs(Capability.AUDIT_READ))


def test_a_field_without_a_policy_and_one_too_easily_reached_are_seen() -> None:
    schema = strawberry.Schema(Query, Mutation)._schema
    declared = declarations(schema)
    assert list(undeclared(declared)) == ["Vault.dust"]
    known = {**declared, ("Vault", "dust"): dict(READ)}
    assert sorted(exposed(schema, known)) == [
        "Vault.card below audit.read, community.read",
        "Vault.card below community.read",
        "Vault.gold below audit.read, community.read",
        "Vault.gold below community.read",
        "Vault.ledger below community.read",
    ]


@pytest.mark.parametrize(
    ("actor", "policy", "held", "code"),
    [
        (None, PUBLIC, NOTHING, None),
        (None, SIGNED_IN, NOTHING, "unauthenticated"),
        (None, READ, EVERYTHING, "unauthenticated"),
        (None, OPERATOR, EVERYTHING, "unauthenticated"),
        (OWNING, PUBLIC, NOTHING, None),
        (OWNING, SIGNED_IN, NOTHING, None),
        (OWNING, READ, EVERYTHING, None),
        (OWNING, READ, EVERYTHING - {Capability.COMMUNITY_READ}, "forbidden"),
        (OWNING, OPERATOR, EVERYTHING, "forbidden"),
        (OPERATING, READ, EVERYTHING, None),
        (OPERATING, SIGNED_IN, NOTHING, None),
        (OPERATING, OPERATOR, EVERYTHING, None),
        (replace(OPERATING, ceiling=EVERYTHING), OPERATOR, EVERYTHING, "forbidden"),
        (PERSON, SIGNED_IN, NOTHING, None),
        (PERSON, OPERATOR, EVERYTHING, "forbidden"),
        (replace(PERSON, kind="bot"), SIGNED_IN, NOTHING, None),
        (replace(PERSON, kind="bot", holders=frozenset()), SIGNED_IN, NOTHING, "forbidden"),
        (replace(OWNING, kind="overlay"), SIGNED_IN, EVERYTHING, "forbidden"),
        (replace(OWNING, kind="exporter"), SIGNED_IN, EVERYTHING, "forbidden"),
        (None, SERVES, EVERYTHING, "unauthenticated"),
        (OWNING, SERVES, EVERYTHING, "forbidden"),
        (OPERATING, SERVES, EVERYTHING, "forbidden"),
        (PERSON, SERVES, EVERYTHING, "forbidden"),
        (replace(PERSON, kind="bot"), SERVES, EVERYTHING, "forbidden"),
        (replace(PERSON, kind="bot", holders=frozenset()), SERVES, NOTHING, None),
        (replace(OWNING, kind="overlay"), SERVES, NOTHING, None),
        (replace(OWNING, kind="exporter"), SERVES, EVERYTHING, "forbidden"),
    ],
)
def test_who_is_admitted(actor: Actor | None, policy: Declared, held: Capabilities, code: str | None) -> None:
    if code is None:
        admit(actor, policy, held)
        return
    with pytest.raises(Denied) as denied:
        admit(actor, policy, held)
    assert denied.value.extensions["code"] == code
    assert denied.value.extensions["remedy"]


def test_who_lacks_a_capability_is_told_which_and_who_can_give_it() -> None:
    with pytest.raises(Denied) as denied:
        admit(PERSON, needs(Capability.LINKS_MANAGE))
    assert "links.manage" in denied.value.message
    assert "staff.manage" in denied.value.extensions["remedy"]


def test_the_graph_knows_every_capability_role_and_kind_of_holder() -> None:
    for shown, known in ((StaffCapability, Capability), (StaffRole, domain.StaffRole), (HolderKind, domain.HolderKind)):
        assert [one.value for one in shown] == [one.value for one in known]
