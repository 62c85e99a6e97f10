"""Trusted documents, compiled: what needs no resolver becomes one plain Python function per field.

graphql-core walks a result value by value and pays for every field, also where a field is no more than an attribute of
a frozen value. A plan is that walk, written out as Python for one selection: attributes, lists, scalars, enums and
nested objects. Whatever has a resolver, a permission or an extension stays with graphql-core, and so does a value that
is not exactly what the schema promises: the plan then raises, its work is thrown away, and graphql-core says what is
wrong in its own words. A plan only reads, so that reading again changes nothing.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
)

Kind: TypeAlias = Any
"""A GraphQL output type; the library leaves open what its lists are of."""

Plan = Callable[[Any], Any]
PlanKey = tuple[int, int]
"""The identities of a field's type and of the field in its document; both live as long as the plans do."""

DEFINITION = "strawberry-definition"
INT32_MAX = 2**31 - 1
PLAIN = {"String": "str", "ID": "str", "Boolean": "bool"}


class Unplanned(Exception):
    """A selection that no plan covers; graphql-core carries it out."""


class Surprise(Exception):
    """A value that is not what the schema promises."""


def surprise() -> Any:
    """Never returns: the value at hand is not what was promised."""
    raise Surprise


def whole(value: Any) -> int:
    """An Int as graphql-core would write it, or `Surprise`."""
    if type(value) is not int or not -INT32_MAX - 1 <= value <= INT32_MAX:
        raise Surprise
    return value


def fraction(value: Any) -> float:
    """A Float as graphql-core would write it, or `Surprise`."""
    if type(value) is not float or not math.isfinite(value):
        raise Surprise
    return value


def plans_of(schema: GraphQLSchema, document: DocumentNode) -> dict[PlanKey, Plan]:
    """A plan for every selection of a validated document that needs no resolver, as high up as possible."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    plans: dict[PlanKey, Plan] = {}
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            root = schema.get_root_type(operation.operation)
            if root is not None:
                search = Search(schema, fragments, plans)
                search.look_below(root, operation.selection_set)
    return plans


@dataclass(frozen=True, slots=True)
class Search:
    """Walks a document from the top and puts down a plan wherever one can begin."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    plans: dict[PlanKey, Plan]

    def look_below(self, parent: GraphQLObjectType, selection: SelectionSetNode) -> None:
        """Plan the fields of a selection on an object, or what is below them."""
        try:
            chosen = list(fields_of(self.schema, self.fragments, parent, selection))
        except Unplanned:
            return
        for node in chosen:
            found = self.schema.get_field(parent, node.name.value)
            if found is not None and node.selection_set is not None and not node.name.value.startswith("__"):
                self._plan(type_of(found), node, node.selection_set)

    def _plan(self, kind: Kind, node: FieldNode, selection: SelectionSetNode) -> None:
        key = id(kind), id(node)
        if key in self.plans:
            return
        try:
            self.plans[key] = Writing(self.schema, self.fragments).plan(kind, selection)
        except Unplanned:
            for possible in possible_types(self.schema, kind):
                self.look_below(possible, selection)


def is_a(kind: Kind, shape: type) -> bool:
    """Whether a type is of a shape; unlike isinstance it leaves open what a list is of."""
    return isinstance(kind, shape)


def possible_types(schema: GraphQLSchema, kind: Kind) -> list[GraphQLObjectType]:
    """The object types that a value of a type may have."""
    while is_a(kind, GraphQLList) or is_a(kind, GraphQLNonNull):
        kind = kind.of_type
    if isinstance(kind, GraphQLObjectType):
        return [kind]
    return list(schema.get_possible_types(kind)) if is_abstract_type(kind) else []


def fields_of(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    parent: GraphQLObjectType,
    selection: SelectionSetNode,
) -> Iterator[FieldNode]:
    """The fields that are selected on an object, in the order of the answer.

    `Unplanned` where a directive may leave one out, or where selections of one that is selected twice would be merged.
    """
    seen: set[str] = set()
    for node in flattened(schema, fragments, parent, selection):
        name = (node.alias or node.name).value
        if name not in seen:
            seen.add(name)
            yield node
        elif node.selection_set is not None:
            raise Unplanned


def flattened(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    parent: GraphQLObjectType,
    selection: SelectionSetNode,
) -> Iterator[FieldNode]:
    """Every field node of a selection that applies to an object, fragments opened."""
    for node in selection.selections:
        if node.directives:
            raise Unplanned
        match node:
            case FieldNode():
                yield node
            case InlineFragmentNode():
                if node.type_condition is None or applies(schema, node.type_condition.name.value, parent):
                    yield from flattened(schema, fragments, parent, node.selection_set)
            case FragmentSpreadNode():
                fragment = fragments[node.name.value]
                if fragment.variable_definitions or fragment.directives:
                    raise Unplanned
                if applies(schema, fragment.type_condition.name.value, parent):
                    yield from flattened(schema, fragments, parent, fragment.selection_set)
            case _:
                raise Unplanned


def applies(schema: GraphQLSchema, condition: str, parent: GraphQLObjectType) -> bool:
    """Whether a fragment on the type named `condition` applies to an object."""
    kind = schema.get_type(condition)
    return kind is parent or (is_abstract_type(kind) and schema.is_sub_type(kind, parent))


@dataclass(slots=True)
class Writing:
    """One plan while it is being written."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    names: dict[str, Any] = field(default_factory=dict[str, Any])
    lines: list[str] = field(default_factory=list[str])
    numbers: Iterator[int] = field(default_factory=count)

    def plan(self, kind: Kind, selection: SelectionSetNode | None) -> Plan:
        """The function from a resolved value of a type to what the answer shows of it."""
        self.names |= {"surprise": surprise, "whole": whole, "fraction": fraction}
        expression = self._value(kind, selection, "value")
        source = "\n".join([*self.lines, "def plan(value):", f" return {expression}"])
        # The text is made of the schema's names and of numbers only; aliases are quoted by repr.
        exec(compile(source, "<plan>", "exec"), self.names)  # noqa: S102 - this is the compiler
        return self.names["plan"]

    def _value(self, kind: Kind, selection: SelectionSetNode | None, value: str) -> str:
        """An expression that shows the variable `value`, which may be None."""
        if is_a(kind, GraphQLNonNull):
            shown = self._present(kind.of_type, selection, value)
            return f"(surprise() if {value} is None else {shown})"
        return f"(None if {value} is None else {self._present(kind, selection, value)})"

    def _present(self, kind: Kind, selection: SelectionSetNode | None, value: str) -> str:
        """An expression that shows the variable `value`, which is not None."""
        if is_a(kind, GraphQLList):
            item = self._name("item")
            shown = self._value(kind.of_type, selection, item)
            return f"([{shown} for {item} in {value}] if type({value}) is list else surprise())"
        if is_leaf_type(kind):
            return self._leaf(kind, value)
        if not is_composite_type(kind) or selection is None:
            raise Unplanned
        if isinstance(kind, GraphQLObjectType):
            return f"{self._object(kind, selection)}({value})"
        table = self._name("by_class")
        entries = [
            f"{self._kept('class', class_of(one))}: {self._object(one, selection)}"
            for one in self.schema.get_possible_types(kind)
        ]
        self.lines.append(f"{table} = {{{', '.join(entries)}}}")
        return f"{table}[type({value})]({value})"

    def _leaf(self, kind: GraphQLScalarType | GraphQLEnumType, value: str) -> str:
        """An expression that shows a scalar or the member of an enum."""
        if isinstance(kind, GraphQLEnumType):
            return f"{self._kept('members', members_of(kind))}[id({value})]"
        if plain := PLAIN.get(kind.name):
            return f"({value} if type({value}) is {plain} else surprise())"
        if kind.name in {"Int", "Float"}:
            return f"{'whole' if kind.name == 'Int' else 'fraction'}({value})"
        return f"{self._kept('written', written(kind))}({value})"

    def _object(self, kind: GraphQLObjectType, selection: SelectionSetNode) -> str:
        """The name of a new function that shows an object."""
        shown: list[str] = []
        name = self._name("show")
        read: list[str] = []
        for node in fields_of(self.schema, self.fragments, kind, selection):
            key = (node.alias or node.name).value
            if node.name.value == "__typename":
                shown.append(f"{key!r}: {kind.name!r}")
                continue
            found = self.schema.get_field(kind, node.name.value)
            if found is None or found.args or node.arguments:
                raise Unplanned
            attribute = self._name("a")
            read.append(f" {attribute} = value.{attribute_of(found)}")
            shown.append(f"{key!r}: {self._value(type_of(found), node.selection_set, attribute)}")
        expected = self._kept("class", class_of(kind))
        self.lines += [f"def {name}(value):", f" if type(value) is not {expected}: surprise()", *read]
        self.lines.append(" return {" + ", ".join(shown) + "}")
        return name

    def _name(self, stem: str) -> str:
        return f"{stem}_{next(self.numbers)}"

    def _kept(self, stem: str, thing: Any) -> str:
        """A name by which the function finds `thing`."""
        name = self._name(stem)
        self.names[name] = thing
        return name


def members_of(kind: GraphQLEnumType) -> dict[int, str]:
    """How each member of an enum is written, by its identity, as its own hash takes longer.

    `Unplanned` for an enum that is not made of a Python one.
    """
    wrapped: Any = getattr(kind, "wrapped_cls", None)
    if wrapped is None:
        raise Unplanned
    return {id(member): kind.coerce_output_value(member) for member in wrapped}


def written(kind: GraphQLScalarType) -> Callable[[Any], Any]:
    """How a value of one of our own scalars is written, with `Surprise` for what cannot be."""
    write = kind.coerce_output_value

    def told(value: Any) -> Any:
        text = write(value)
        return surprise() if text is None or text is Undefined else text

    return told


def type_of(found: GraphQLField) -> Kind:
    """The type of a field."""
    whole_field: Any = found
    return whole_field.type


def attribute_of(found: GraphQLField) -> str:
    """The attribute that a field is, or `Unplanned` when more than reading it is needed."""
    definition = found.extensions.get(DEFINITION)
    if definition is None or not definition.is_basic_field or definition.default_resolver is not getattr:
        raise Unplanned
    return definition.python_name


def class_of(kind: GraphQLObjectType) -> type:
    """The class whose objects are of a type, or `Unplanned` when that takes more than looking at their class."""
    definition: Any = kind.extensions.get(DEFINITION)
    if definition is None or definition.is_type_of is not None or definition.resolve_type is not None:
        raise Unplanned
    return (definition.concrete_of or definition).origin
