"""Trusted queries whose resolvers follow one another, as plain Python from their variables to their data.

Preparing an operation, walking it and waiting for it costs graphql-core more than such a query itself does. Only what
is sure to come out the same is carried out here: variables and arguments of the built-in scalars, at most one resolver
for each object, plans for everything else. On any surprise, an error of a resolver included, the work is thrown away
and graphql-core answers from the beginning: a query only reads, so that reading again changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    StringValueNode,
    VariableDefinitionNode,
    VariableNode,
)

from server.web.graphql.compiled import (
    DEFINITION,
    INT32_MAX,
    Kind,
    Plan,
    Surprise,
    Unplanned,
    Writing,
    fields_of,
    is_a,
    type_of,
)

Variables = Mapping[str, Any]
FITS: Mapping[str, Callable[[Any], bool]] = {
    "String": lambda value: type(value) is str,
    "ID": lambda value: type(value) is str,
    "Int": lambda value: type(value) is int and -INT32_MAX - 1 <= value <= INT32_MAX,
    "Boolean": lambda value: type(value) is bool,
}
"""Which JSON values of the built-in scalars stay as they are; graphql-core judges all others."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a resolver of ours reads of the library's `Info`."""

    context: Any


@dataclass(frozen=True, slots=True)
class Given:
    """A variable as it is declared."""

    name: str
    fits: Callable[[Any], bool]
    is_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A field that a resolver answers."""

    key: str
    resolve: Callable[..., Any]
    parent_names: Sequence[str]
    info_name: str | None
    constants: Mapping[str, Any]
    variables: Sequence[tuple[str, str]]
    is_required: bool
    shown: "Plan | Level"

    async def show(self, parent: Any, asked: Asked, variables: Variables) -> Any:
        """What the answer shows of the field; `Surprise` for nothing where something was promised."""
        arguments = {name: variables[variable] for name, variable in self.variables if variable in variables}
        if self.info_name is not None:
            arguments[self.info_name] = asked
        for name in self.parent_names:
            arguments[name] = parent
        found = self.resolve(**self.constants, **arguments)
        if isawaitable(found):
            found = await found
        if found is None and self.is_required:
            raise Surprise
        if isinstance(self.shown, Level):
            return None if found is None else await self.shown.show(found, asked, variables)
        return self.shown(found)


@dataclass(frozen=True, slots=True)
class Level:
    """What is selected on an object: attributes, shown by a plan, and at most one field with a resolver."""

    keys: Sequence[str]
    attributes: Plan
    step: Step

    async def show(self, value: Any, asked: Asked, variables: Variables) -> Mapping[str, Any]:
        """The fields in the order of the document."""
        told: dict[str, Any] = self.attributes(value)
        shown = await self.step.show(value, asked, variables)
        return {key: shown if key == self.step.key else told[key] for key in self.keys}


@dataclass(frozen=True, slots=True)
class Straight:
    """A whole query."""

    variables: Sequence[Given]
    level: Level

    async def __call__(self, context: Any, given: Variables) -> Mapping[str, Any]:
        """The data of the answer; raises where graphql-core has to answer."""
        return await self.level.show(None, Asked(context), dict(self._fitting(given)))

    def _fitting(self, given: Variables) -> Iterator[tuple[str, Any]]:
        for one in self.variables:
            value = given.get(one.name)
            if value is None:
                if one.is_required:
                    raise Surprise
                if one.name in given:
                    yield one.name, None
            elif one.fits(value):
                yield one.name, value
            else:
                raise Surprise


def straight_of(schema: GraphQLSchema, document: DocumentNode) -> Straight | None:
    """A validated document with one operation as plain Python, or None where graphql-core is needed."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    [operation] = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if operation.operation is not OperationType.QUERY or schema.query_type is None:
        return None
    try:
        declared = [given(one) for one in operation.variable_definitions or ()]
        level = Laying(schema, fragments).level(schema.query_type, operation.selection_set, is_root=True)
    except Unplanned:
        return None
    return Straight(declared, level)


def given(declared: VariableDefinitionNode) -> Given:
    """A declared variable, or `Unplanned` where its values are not taken as they come."""
    kind = declared.type
    is_required = isinstance(kind, NonNullTypeNode)
    named: Any = kind.type if isinstance(kind, NonNullTypeNode) else kind
    fits = FITS.get(named.name.value) if hasattr(named, "name") else None
    if fits is None or declared.default_value is not None:
        raise Unplanned
    return Given(declared.variable.name.value, fits, is_required)


@dataclass(frozen=True, slots=True)
class Laying:
    """One query while its levels are being laid."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]

    def level(self, kind: GraphQLObjectType, selection: SelectionSetNode, *, is_root: bool = False) -> Level:
        """What is selected on an object of a type, or `Unplanned`."""
        nodes = list(fields_of(self.schema, self.fragments, kind, selection))
        resolved = [node for node in nodes if not self._is_attribute(kind, node)]
        plain = tuple(node for node in nodes if node not in resolved)
        if len(resolved) != 1 or (is_root and plain):
            raise Unplanned
        attributes = nothing if is_root else self._attributes(kind, plain)
        return Level([key_of(node) for node in nodes], attributes, self._step(kind, resolved[0]))

    def _is_attribute(self, kind: GraphQLObjectType, node: FieldNode) -> bool:
        if node.name.value == "__typename":
            return True
        found = self.schema.get_field(kind, node.name.value)
        if found is None:
            raise Unplanned
        definition: Any = found.extensions.get(DEFINITION)
        return definition is not None and definition.is_basic_field

    def _attributes(self, kind: GraphQLObjectType, nodes: tuple[FieldNode, ...]) -> Plan:
        return Writing(self.schema, self.fragments).plan(kind, SelectionSetNode(selections=nodes))

    def _step(self, parent: GraphQLObjectType, node: FieldNode) -> Step:
        found = self.schema.get_field(parent, node.name.value)
        definition: Any = found and found.extensions.get(DEFINITION)
        resolver = definition and definition.base_resolver
        if found is None or resolver is None or definition.permission_classes or definition.extensions:
            raise Unplanned
        kind = type_of(found)
        constants, variables = arguments_of(found, node)
        parents = (resolver.self_parameter, resolver.root_parameter, resolver.parent_parameter)
        return Step(
            key=key_of(node),
            resolve=resolver.wrapped_func,
            parent_names=[one.name for one in parents if one],
            info_name=resolver.info_parameter.name if resolver.info_parameter else None,
            constants=constants,
            variables=variables,
            is_required=is_a(kind, GraphQLNonNull),
            shown=self._shown(kind, node),
        )

    def _shown(self, kind: Kind, node: FieldNode) -> Plan | Level:
        try:
            return Writing(self.schema, self.fragments).plan(kind, node.selection_set)
        except Unplanned:
            present = kind.of_type if is_a(kind, GraphQLNonNull) else kind
            if not isinstance(present, GraphQLObjectType) or node.selection_set is None:
                raise
            return self.level(present, node.selection_set)


def arguments_of(found: GraphQLField, node: FieldNode) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What a resolver is given by name: constants, and names of variables; `Unplanned` for what needs converting."""
    constants: dict[str, Any] = {}
    variables: list[tuple[str, str]] = []
    for argument in node.arguments or ():
        declared: Any = found.args[argument.name.value]
        present = declared.type.of_type if is_a(declared.type, GraphQLNonNull) else declared.type
        definition = declared.extensions.get(DEFINITION)
        if definition is None or definition.is_maybe or getattr(present, "name", None) not in FITS:
            raise Unplanned
        match argument.value:
            case VariableNode(name=name):
                variables.append((definition.python_name, name.value))
            case IntValueNode(value=digits) if present.name == "Int":
                constants[definition.python_name] = int(digits)
            case StringValueNode(value=text) if present.name in {"String", "ID"}:
                constants[definition.python_name] = text
            case BooleanValueNode(value=truth):
                constants[definition.python_name] = truth
            case _:
                raise Unplanned
    return constants, variables


def key_of(node: FieldNode) -> str:
    """The name of a field in the answer."""
    return (node.alias or node.name).value


def nothing(_: Any) -> dict[str, Any]:
    """The attributes that are shown of the root."""
    return {}
