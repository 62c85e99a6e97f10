"""What selections cost: one point for every field, and a list as many times its items as it may have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLField, IntValueNode, VariableNode

SIZES = frozenset({"first", "before", "after"})
"""Arguments of type Int that say how long a list may become."""
SIZE_MAX = 100
UNSIZED = 20
"""How long a list is taken to be whose field neither takes a size nor declares one."""
DESCRIBED: Mapping[str, int] = {"types": 5, "fields": 8}
"""How long lists of introspection are taken to be. There are far more types; but most of what is asked of them, such as
what a type is made of, is not there, so that this is what answering takes beside the lists of other fields."""


@dataclass(frozen=True, slots=True)
class Size:
    """The length of a list: a number, and variables that add to it."""

    number: int
    variables: tuple[str, ...] = ()

    def given(self, values: Mapping[str, Any]) -> int:
        """The length with these variables; one that is no number counts as the longest there may be."""
        return max(1, self.number + sum(bounded(values.get(name)) for name in self.variables))


def bounded(value: object) -> int:
    """A size as it can take effect: resolvers refuse more than a hundred."""
    return max(0, min(int(value), SIZE_MAX)) if isinstance(value, int | float) and abs(value) < SIZE_MAX else SIZE_MAX


@dataclass(frozen=True, slots=True)
class Price:
    """What a selection costs: a number, and parts that cost so many times their own price."""

    number: int = 0
    parts: tuple[tuple[Size, "Price"], ...] = ()

    def given(self, values: Mapping[str, Any]) -> int:
        """The price with these variables."""
        return self.number + sum(size.given(values) * price.given(values) for size, price in self.parts)

    def times(self, size: Size) -> "Price":
        """The price of a list of these."""
        if size.variables or self.parts:
            return Price(0, ((size, self),))
        return Price(max(1, size.number) * self.number)


ONE = Size(1)


def size_of(node: FieldNode, field: GraphQLField | None, *, within_sized: bool) -> tuple[Size, bool]:
    """How many values a field gives, and whether that already counts the lists directly below it.

    A connection takes the size, and its edges and nodes are what it is the size of.
    """
    if field is None:
        return ONE, False
    taken = {name for name in field.args if name in SIZES and written_type(field.args[name]).strip("!") == "Int"}
    type_ = written_type(field)
    is_list = type_.endswith(("]", "]!"))
    if taken:
        return given_size(node, field, taken), not is_list
    if within_sized or not is_list:
        return ONE, False
    if type_.startswith("[__"):
        return Size(DESCRIBED.get(node.name.value, 1)), False
    return Size(declared_size(field)), False


def written_type(typed: Any) -> str:
    """The type of a field or argument, as the schema definition language writes it."""
    return str(typed.type)


def given_size(node: FieldNode, field: GraphQLField, taken: set[str]) -> Size:
    """The sum of the sizes that a field is given; what is left out has the default of the schema."""
    number, variables = 0, list[str]()
    given = {one.name.value: one.value for one in node.arguments or ()}
    for name in taken:
        value = given.get(name)
        if isinstance(value, VariableNode):
            variables.append(value.name.value)
        elif isinstance(value, IntValueNode):
            number += bounded(int(value.value[:10]))
        else:
            number += bounded(field.args[name].default_value)
    return Size(number, tuple(variables))


def declared_size(field: GraphQLField) -> int:
    """How long the schema says that a list is at most."""
    definition = field.extensions.get("strawberry-definition")
    return getattr(definition, "metadata", {}).get("at_most", UNSIZED)
