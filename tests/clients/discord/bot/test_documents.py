"""Every operation of the bot fits the committed schema, and what it reads of the answers is what the schema gives."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, get_args, get_type_hints, is_typeddict

import pytest
from graphql import (
    FieldNode,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    InlineFragmentNode,
    NoDeprecatedCustomRule,
    OperationDefinitionNode,
    SelectionNode,
    build_schema,
    parse,
    specified_rules,
    validate,
)

from clients.discord.graph import answers

ROOT = Path(__file__).parents[4]
SCHEMA = build_schema((ROOT / "server" / "schema" / "schema.graphql").read_text(encoding="utf-8"))
DOCUMENTS = sorted((ROOT / "clients" / "discord" / "graph" / "documents").glob("*.graphql"))
MODULES = [import_module(f"{answers.__name__}.{one.name}") for one in iter_modules(answers.__path__)]
Composite = GraphQLObjectType | GraphQLInterfaceType
PROBLEM = {"code", "message", "remedy"}
SCALARS = {"String": str, "ID": str, "Int": int, "Duration": int, "Boolean": bool, "DateTime": str, "BigInt": str}


def operation(path: Path) -> OperationDefinitionNode:
    [found] = parse(path.read_text(encoding="utf-8")).definitions
    assert isinstance(found, OperationDefinitionNode)
    return found


def named(path: Path) -> str:
    """The class that reads the answer to a document."""
    return "".join(part.capitalize() for part in path.stem.split("_"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_an_operation_fits_the_schema_and_bears_the_name_of_its_file(path: Path) -> None:
    document = parse(path.read_text(encoding="utf-8"))
    assert not validate(SCHEMA, document, [*specified_rules, NoDeprecatedCustomRule])
    found = operation(path)
    assert found.name is not None
    assert found.name.value == path.stem


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_an_answer_is_read_as_the_schema_has_it(path: Path) -> None:
    [told] = (vars(module)[name] for module in MODULES if (name := named(path)) in vars(module))
    root = SCHEMA.get_root_type(operation(path).operation)
    assert root is not None
    compare(told, root, operation(path).selection_set.selections, path.stem)


def compare(told: Any, given: Composite, selected: Iterable[SelectionNode], place: str) -> None:
    """Whether a TypedDict has exactly the selected fields of a type, each as the schema gives it."""
    hints = get_type_hints(told)
    names = {(one.alias or one.name).value: one for one in selected if isinstance(one, FieldNode)}
    assert hints.keys() == names.keys(), place
    for name, node in names.items():
        if node.name.value == "__typename":
            assert hints[name] is str, f"{place}.{name}"
        else:
            fits(hints[name], given.fields[node.name.value].type, node, f"{place}.{name}")


def compare_each(hint: Any, given: GraphQLInterfaceType, selected: Sequence[SelectionNode], place: str) -> None:
    """Whether each kind that an interface is asked for has a TypedDict of its own name, and any other a last one."""
    kinds = {type_of(one): one for one in selected if isinstance(one, InlineFragmentNode)}
    by_name = {one.__name__: one for one in get_args(hint)}
    [rest] = by_name.keys() - kinds.keys()
    compare(by_name[rest], given, selected, f"{place}.{rest}")
    for name, fragment in kinds.items():
        found = SCHEMA.type_map[name]
        assert isinstance(found, GraphQLObjectType)
        compare(by_name[name], found, [*selected, *fragment.selection_set.selections], f"{place}.{name}")


def fits(hint: Any, given: GraphQLOutputType, node: FieldNode, place: str) -> None:
    if not isinstance(given, GraphQLNonNull):
        assert type(None) in get_args(hint), f"{place} may be null"
        [hint] = [one for one in get_args(hint) if one is not type(None)]
    else:
        given = given.of_type
    if isinstance(given, GraphQLList):
        [inner] = get_args(hint)
        fits(inner, given.of_type, node, place)
    elif isinstance(given, GraphQLUnionType):
        assert node.selection_set is not None
        by_type = {type_of(one): one.selection_set for one in node.selection_set.selections}
        problem = by_type.pop("Problem")
        assert {one.name.value for one in problem.selections if isinstance(one, FieldNode)} == PROBLEM, place
        [(name, selected)] = by_type.items()
        success = SCHEMA.type_map[name]
        assert isinstance(success, GraphQLObjectType)
        compare(hint, success, selected.selections, place)
    elif isinstance(given, GraphQLInterfaceType):
        assert node.selection_set is not None
        compare_each(hint, given, node.selection_set.selections, place)
    elif is_typeddict(hint):
        assert isinstance(given, GraphQLObjectType)
        assert node.selection_set is not None
        compare(hint, given, node.selection_set.selections, place)
    else:
        assert hint is SCALARS.get(given.name, str), place


def type_of(selected: SelectionNode) -> str:
    assert isinstance(selected, InlineFragmentNode)
    assert selected.type_condition is not None
    return selected.type_condition.name.value
