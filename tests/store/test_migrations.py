"""What the migrations make is what the models say, and running them loses nothing."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tortoise import Tortoise

from server.store.database import Database, open_database, tortoise_config
from server.store.migrations import APPS, FOLDER, aerich_command, migrate, pending
from tests.database import POSTGRES_URL, START, drop_postgres, make_postgres

# What models cannot say: a descending column, and indexes of only some rows.
ONLY_MIGRATED = {
    "account_bots",
    "viewer_board",
    "inbox_orphans",
    "delivery_received",
    "delivery_quarantined",
    "happening_pending",
    "happening_sums",
    "job_in_line",
    "job_of_overlay",
    "job_dead",
    "ticket_entry_news",
}


@dataclass
class Table:
    columns: dict[str, tuple[str, bool]] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    unique: set[tuple[str, ...]] = field(default_factory=set)
    indexes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    references: set[tuple[str, str]] = field(default_factory=set)


Schema = dict[str, Table]


async def schema_of(database: Database) -> Schema:
    """Tables with columns (type, whether null is allowed), keys, indexes and foreign keys."""
    return await (sqlite_schema(database) if database.dialect == "sqlite" else postgres_schema(database))


async def sqlite_schema(database: Database) -> Schema:
    reader = database.reader()
    names = await reader.fetch("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    found: Schema = {}
    for (name,) in map(tuple, names):
        table = found[name] = Table()
        columns = await reader.fetch(f"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{name}')")
        keyed = sorted((row["pk"], row["name"]) for row in columns if row["pk"])
        table.primary_key = tuple(column for _, column in keyed)
        for row in columns:
            table.columns[row["name"]] = (row["type"].upper(), not row["notnull"] and not row["pk"])
        for row in await reader.fetch(f"SELECT name, \"unique\", origin FROM pragma_index_list('{name}')"):
            parts = await reader.fetch(f"SELECT name FROM pragma_index_info('{row['name']}') ORDER BY seqno")
            columns_of_index = tuple(part["name"] for part in parts)
            if row["origin"] == "u" or (row["origin"] == "c" and row["unique"]):
                table.unique.add(columns_of_index)
            elif row["origin"] == "c":
                table.indexes[row["name"]] = columns_of_index
        for row in await reader.fetch(f'SELECT "from", "table" FROM pragma_foreign_key_list(\'{name}\')'):
            table.references.add((row["from"], row["table"]))
    return found


async def postgres_schema(database: Database) -> Schema:
    reader = database.reader()
    found: Schema = {}
    for row in await reader.fetch(
        "SELECT table_name, column_name, data_type, character_maximum_length AS size, is_nullable "
        "FROM information_schema.columns WHERE table_schema = 'public'"
    ):
        size = f"({row['size']})" if row["size"] else ""
        table = found.setdefault(row["table_name"], Table())
        table.columns[row["column_name"]] = (row["data_type"] + size, row["is_nullable"] == "YES")
    for row in await reader.fetch(
        "SELECT t.relname AS table, i.relname AS name, x.indisunique AS unique, x.indisprimary AS primary, "
        "ARRAY(SELECT a.attname FROM unnest(x.indkey::int[]) WITH ORDINALITY k(n, place) JOIN pg_attribute a "
        "ON a.attrelid = t.oid AND a.attnum = k.n ORDER BY k.place)::text[] AS columns FROM pg_index x "
        "JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid "
        "JOIN pg_namespace s ON s.oid = t.relnamespace WHERE s.nspname = 'public'"
    ):
        table, columns = found[row["table"]], tuple(row["columns"])
        if row["primary"]:
            table.primary_key = columns
        elif row["unique"]:
            table.unique.add(columns)
        else:
            table.indexes[row["name"]] = columns
    for row in await reader.fetch(
        "SELECT c.conrelid::regclass::text AS table, a.attname AS column, c.confrelid::regclass::text AS named "
        "FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
        "WHERE c.contype = 'f'"
    ):
        found[row["table"]].references.add((row["column"], row["named"]))
    return found


@asynccontextmanager
async def empty_url(folder: Path) -> AsyncGenerator[str, None]:
    """A database with nothing in it."""
    if POSTGRES_URL is None:
        yield f"sqlite://{folder / 'empty.sqlite3'}"
        return
    name = f"regulars_empty_{folder.name.replace('-', '_')}"
    url = await make_postgres(name)
    try:
        yield url
    finally:
        await drop_postgres(name)


def comparable(table: Table) -> dict[str, Any]:
    """What must agree; SQLite's models write truth values as INT, its migrations as BOOL, and both mean the same."""
    return {
        "columns": {name: (kind.replace("BOOL", "INT"), null) for name, (kind, null) in table.columns.items()},
        "primary key": table.primary_key,
        "unique": table.unique,
        "indexes": sorted(columns for name, columns in table.indexes.items() if name not in ONLY_MIGRATED),
        "references": table.references,
    }


async def test_the_migrated_schema_is_what_the_models_say(database_url: str, tmp_path: Path) -> None:
    database = await open_database(database_url)
    migrated = await schema_of(database)
    await database.close()
    async with empty_url(tmp_path) as url:
        await Tortoise.init(config=tortoise_config(url) | {"apps": APPS}, _enable_global_fallback=True)
        await Tortoise.generate_schemas(safe=False)
        await Tortoise.close_connections()
        database = await open_database(url)
        modelled = await schema_of(database)
        await database.close()
    assert migrated.keys() == modelled.keys()
    for name in migrated:
        assert comparable(migrated[name]) == comparable(modelled[name]), name
    assert {name for table in migrated.values() for name in table.indexes} >= ONLY_MIGRATED


async def test_nothing_is_pending_after_migrating_and_doing_so_again_changes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with aerich_command(database_url) as command:
        assert await command.heads() == []
        assert len(await command.history()) == len(list((FOLDER / "models").glob("*_*.py")))
    database = await open_database(database_url)
    before = await counts(database)
    await database.close()
    assert await pending(database_url) == []
    assert await migrate(database_url, START) == []
    assert list(tmp_path.glob("*.before-*")) == []
    database = await open_database(database_url)
    assert await counts(database) == before
    await database.close()


async def counts(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    found: dict[str, int] = {}
    for name in await schema_of(database):
        rows = await database.reader().fetch(f"SELECT count(*) AS many FROM {name}")
        found[name] = rows[0]["many"]
    return found


async def test_a_migration_may_take_longer_than_any_statement_of_a_server(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.store.database.COMMAND_TIMEOUT_S", 0.2)
    async with aerich_command(database_url):
        client: Any = Tortoise.get_connection("default")
        slow = "SELECT 1 AS one FROM pg_sleep(0.5)" if client.capabilities.dialect == "postgres" else "SELECT 1 AS one"
        assert [dict(row) for row in await client.execute_query_dict(slow)] == [{"one": 1}]


async def test_an_empty_database_lacks_every_migration(tmp_path: Path) -> None:
    async with empty_url(tmp_path) as url:
        names = sorted(path.name for path in (FOLDER / "models").glob("*_*.py"))
        assert sorted(await pending(url)) == names
        assert sorted(await migrate(url, START)) == names
        assert await pending(url) == []


async def test_the_first_migration_cannot_be_undone(database_url: str) -> None:
    async with aerich_command(database_url) as command:
        with pytest.raises(RuntimeError, match="restore a backup"):
            await command.downgrade(version=0, delete=False)
    assert await pending(database_url) == []


async def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    async with empty_url(tmp_path) as url:
        await Tortoise.init(config=tortoise_config(url), _enable_global_fallback=True)
        client: Any = Tortoise.get_connection("default")
        await client.execute_query("CREATE TABLE idempotency (theirs INT)")
        await Tortoise.close_connections()
        with pytest.raises(Exception, match="idempotency"):
            await migrate(url, START)
        database = await open_database(url)
        assert (await schema_of(database)).keys() <= {"idempotency", "aerich"}
        await database.close()
        assert len(await pending(url)) == len(list((FOLDER / "models").glob("*_*.py")))


if POSTGRES_URL is None:

    async def test_an_existing_file_is_backed_up_before_it_is_changed(tmp_path: Path) -> None:
        path = tmp_path / "old.sqlite3"
        connection = sqlite3.connect(path)
        connection.executescript("CREATE TABLE keepsake (word TEXT); INSERT INTO keepsake VALUES ('kept')")
        connection.close()
        await migrate(f"sqlite://{path}", START)
        [copy] = tmp_path.glob("*.before-*")
        assert copy.name == "old.before-20260801T180000Z.sqlite3"
        for place in (copy, path):
            connection = sqlite3.connect(place)
            assert connection.execute("SELECT word FROM keepsake").fetchall() == [("kept",)]
            connection.close()
        await migrate(f"sqlite://{path}", START)
        assert len(list(tmp_path.glob("*.before-*"))) == 1
