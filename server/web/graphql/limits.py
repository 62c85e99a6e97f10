"""How large an operation may be and what it costs, found in one pass in which every fragment is measured once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    is_composite_type,
)

from server.web.graphql.costs import Price, Size, size_of, written_type

CHANGE_COST = 10
WORDS = {
    "characters": "characters",
    "tokens": "words and signs",
    "depth": "levels",
    "aliases": "aliases",
    "directives": "directives",
    "directives_in_one_place": "directives in one place",
    "repeats": "fields that share a name in the response",
    "fields": "fields",
    "root_fields": "fields at its root",
    "cost": "points to spend",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document, and one operation of it, may be at most."""

    characters: int = 15_000
    tokens: int = 1_000
    depth: int = 15
    aliases: int = 30
    directives: int = 50
    directives_in_one_place: int = 4
    repeats: int = 15
    fields: int = 500
    root_fields: int = 20
    cost: int = 5_000


LIMITS = Limits()


class Exceeded(GraphQLError):
    """A limit that an operation exceeds, by its name, with what is allowed."""

    def __init__(self, what: str, allowed: int, **more: int) -> None:
        super().__init__(
            f"An operation has at most {allowed} {WORDS[what]}.",
            extensions={
                "code": f"{what}_exceeded",
                "remedy": "Ask for less at once, or in several operations.",
                "limit": allowed,
                **more,
            },
        )


@dataclass(slots=True)
class Extent:
    """How large a selection is, with everything below it. `keys`: how often a response key stands in it, and below."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    number: int = 0
    parts: list[tuple[Size, Price]] = field(default_factory=list[tuple[Size, Price]])
    keys: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    @property
    def price(self) -> Price:
        """What the selection costs once."""
        return Price(self.number, tuple(self.parts))

    @property
    def repeats(self) -> int:
        """How many fields at most become one in the response, for each of which validation looks at every other."""
        return max((count * below for count, below in self.keys.values()), default=1)

    def add(self, price: Price) -> None:
        """Cost more by a price."""
        self.number += price.number
        self.parts += price.parts

    def count(self, key: str, many: int, below: int) -> None:
        """Have a response key so many times more."""
        before, deepest = self.keys.get(key, (0, 1))
        self.keys[key] = (before + many, max(deepest, below))

    def include(self, other: "Extent") -> None:
        """Hold what another selection holds, at the same level."""
        self.depth = max(self.depth, other.depth)
        self.aliases += other.aliases
        self.directives += other.directives
        self.fields += other.fields
        self.add(Price(other.number, tuple(other.parts)))
        for key, (many, below) in other.keys.items():
            self.count(key, many, below)


@dataclass(slots=True)
class Measuring:
    """One document on its way through the limits; `Exceeded` as soon as one is."""

    schema: GraphQLSchema
    document: DocumentNode
    limits: Limits
    _fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict[str, FragmentDefinitionNode])
    _known: dict[tuple[str, bool], Extent] = field(default_factory=dict[tuple[str, bool], Extent])
    _open: set[str] = field(default_factory=set[str])

    def prices(self) -> Mapping[str | None, Price]:
        """What each operation of the document costs, by name."""
        for one in self.document.definitions:
            if isinstance(one, FragmentDefinitionNode):
                self._fragments[one.name.value] = one
        found: dict[str | None, Price] = {}
        for one in self.document.definitions:
            if isinstance(one, OperationDefinitionNode):
                found[one.name.value if one.name else None] = self._operation(one)
        for name in self._fragments:
            self._fragment(name, sized=False, level=1)
        return found

    def _operation(self, operation: OperationDefinitionNode) -> Price:
        root = self.schema.get_root_type(operation.operation)
        whole = self._selection(operation.selection_set, root, sized=False, level=1)
        roots = sum(count for count, _ in whole.keys.values())
        if roots > self.limits.root_fields:
            raise Exceeded("root_fields", self.limits.root_fields)
        flat = CHANGE_COST * roots if root is self.schema.mutation_type else 0
        return Price(whole.number + flat, tuple(whole.parts))

    def _selection(
        self, selected: SelectionSetNode, type_: GraphQLNamedType | None, *, sized: bool, level: int
    ) -> Extent:
        if level > self.limits.depth:
            raise Exceeded("depth", self.limits.depth)
        extent = Extent()
        for one in selected.selections:
            self._add_directives(extent, one)
            if isinstance(one, FieldNode):
                self._add_field(extent, one, type_, sized=sized, level=level)
            elif isinstance(one, InlineFragmentNode):
                on = self.schema.get_type(one.type_condition.name.value) if one.type_condition else type_
                extent.include(self._selection(one.selection_set, on, sized=sized, level=level))
            elif isinstance(one, FragmentSpreadNode):
                extent.include(self._fragment(one.name.value, sized=sized, level=level))
            self._check(extent)
        if extent.repeats > self.limits.repeats:
            raise Exceeded("repeats", self.limits.repeats)
        return extent

    def _fragment(self, name: str, *, sized: bool, level: int) -> Extent:
        fragment, key = self._fragments.get(name), (name, sized)
        # An unknown fragment, and one that holds itself, are told by validation.
        if fragment is None or name in self._open:
            return Extent()
        if key not in self._known:
            self._open.add(name)
            on = self.schema.get_type(fragment.type_condition.name.value)
            self._known[key] = self._selection(fragment.selection_set, on, sized=sized, level=level)
            self._open.discard(name)
        found = self._known[key]
        if level - 1 + found.depth > self.limits.depth:
            raise Exceeded("depth", self.limits.depth)
        return found

    def _add_field(
        self, extent: Extent, node: FieldNode, parent: GraphQLNamedType | None, *, sized: bool, level: int
    ) -> None:
        definition = self._definition(node, parent)
        size, is_sized = size_of(node, definition, within_sized=sized)
        below = Extent()
        if node.selection_set:
            type_ = self.schema.get_type(written_type(definition).strip("[]!")) if definition else None
            below = self._selection(node.selection_set, type_, sized=is_sized, level=level + 1)
        extent.depth = max(extent.depth, 1 + below.depth)
        extent.aliases += below.aliases + (node.alias is not None)
        extent.directives += below.directives
        extent.fields += 1 + below.fields
        extent.number += 1
        extent.add(below.price.times(size))
        extent.count((node.alias or node.name).value, 1, below.repeats)

    def _definition(self, node: FieldNode, parent: GraphQLNamedType | None) -> GraphQLField | None:
        return self.schema.get_field(parent, node.name.value) if is_composite_type(parent) else None

    def _add_directives(self, extent: Extent, node: SelectionNode) -> None:
        many = len(node.directives or ())
        if many > self.limits.directives_in_one_place:
            raise Exceeded("directives_in_one_place", self.limits.directives_in_one_place)
        extent.directives += many

    def _check(self, extent: Extent) -> None:
        for what in ("aliases", "directives", "fields"):
            if getattr(extent, what) > getattr(self.limits, what):
                raise Exceeded(what, getattr(self.limits, what))


def prices(schema: GraphQLSchema, document: DocumentNode, limits: Limits = LIMITS) -> Mapping[str | None, Price]:
    """What each operation of a document costs, by name; `Exceeded` when the document is larger than `limits` allow."""
    return Measuring(schema, document, limits).prices()
