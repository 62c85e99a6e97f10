"""Every column of every table says what it holds about people, and what becomes of that."""

from collections.abc import Iterator
from importlib import import_module
from inspect import getmembers, isclass

from tortoise import fields
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from server.store.database import Database
from server.store.migrations import MODELS
from server.store.privacy.rules import KEYS, SEARCHED, TABLES, Holds, searched

TEXTS = (fields.CharField, fields.TextField, fields.BinaryField)


def models() -> Iterator[type[Model]]:
    for module in MODELS:
        for _, model in getmembers(import_module(module), isclass):
            if issubclass(model, Model) and model is not Model and model._meta.db_table:
                yield model


def columns_of(model: type[Model]) -> frozenset[str]:
    return frozenset(
        f"{name}_id" if isinstance(field, ForeignKeyFieldInstance) else name
        for name, field in model._meta.fields_map.items()
    )


def test_every_column_is_in_the_list_and_no_other() -> None:
    tables = {model._meta.db_table: columns_of(model) for model in models()}
    assert {name: frozenset(held) for name, held in TABLES.items()} == tables


def test_a_text_is_never_taken_for_a_number_of_ours() -> None:
    """But for settings, whose JSON names accounts by our numbers."""
    numbers = {
        f"{model._meta.db_table}.{name}"
        for model in models()
        for name, field in model._meta.fields_map.items()
        if isinstance(field, TEXTS) and TABLES[model._meta.db_table].get(name) is Holds.NUMBER
    }
    assert numbers == {"setting_version.data"}


def test_what_is_deleted_by_its_key_has_one_and_what_has_one_is_deleted() -> None:
    keyed = {table for table, held in TABLES.items() if Holds.KEYED in held.values()}
    assert keyed == {table for table, _, _ in KEYS}
    for table, platform, external_id in KEYS:
        assert TABLES[table][external_id] is Holds.KEYED
        assert platform.startswith("'") or platform in TABLES[table]


def test_every_column_with_names_is_searched() -> None:
    found = {(one.table, name) for one in searched() for name in one.columns}
    assert found == {(table, name) for table, held in TABLES.items() for name, kind in held.items() if kind in SEARCHED}


async def test_a_ledger_lets_go_of_names_while_somebody_is_forgotten(database: Database) -> None:
    """A table that is searched may be append-only, but its triggers must know of `forgetting`."""
    reader, places = database.reader(), {one.table: one for one in searched()}
    if reader.dialect == "sqlite":
        rows = await reader.fetch("SELECT tbl_name AS place, sql AS what FROM sqlite_master WHERE type = 'trigger'")
        closed = {row["place"] for row in rows if "BEFORE UPDATE" in row["what"] and "'striking'" not in row["what"]}
    else:
        rows = await reader.fetch(
            "SELECT t.tgrelid::regclass::text AS place, p.proname AS what, (t.tgtype & 16) <> 0 AS is_update "
            "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
        )
        closed = {row["place"] for row in rows if row["is_update"] and row["what"] != "refuse_all_but_words"}
    assert len(rows) > 5
    assert not closed & places.keys()
