"""Databases on the PostgreSQL of the tests: made, lent out migrated and empty, taken back, and dropped."""

import os
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg

POSTGRES_URL = os.environ.get("REGULARS_TEST_DATABASE_URL")
ROWS_MAX = 20_000
"""A database in which a test left more rows is dropped: a copy costs less than to delete them."""

# All that a test may have changed beside rows. Statistics count too: they would steer the next test's plans.
SHAPE = """
SELECT md5(string_agg(what, '|' ORDER BY what)) FROM (
    SELECT concat('relation', oid, relname, relkind, relchecks, relhastriggers, relpages > 0 AND relkind = 'r') AS what
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat('column', attrelid, attname, atttypid, attnotnull, atthasdef)
    FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid AND relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat('trigger', oid, tgname, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat('constraint', oid, pg_get_constraintdef(oid), convalidated) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat('function', oid, md5(prosrc)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT concat('setting', setrole, setconfig) FROM pg_db_role_setting
    JOIN pg_database ON pg_database.oid = setdatabase AND datname = current_database()
    UNION ALL SELECT concat('migration', id, version) FROM aerich
) AS catalogue
"""
STRANGERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'aerich'"
COUNTERS = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename NOT LIKE 'aerich%'
"""


def url_of(name: str) -> str:
    """The address of a database on the server of the tests."""
    assert POSTGRES_URL is not None
    return urlunsplit(urlsplit(POSTGRES_URL)._replace(path=f"/{name}"))


async def run(statement: str) -> None:
    """Run a statement about databases."""
    admin = await asyncpg.connect(POSTGRES_URL)
    try:
        await admin.execute(statement)
    finally:
        await admin.close()


async def make_postgres(name: str, template: str | None = None) -> str:
    """Create a database on the test server, as a copy of `template`, and return its URL."""
    await run(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    return url_of(name)


async def drop_postgres(name: str) -> None:
    await run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@asynccontextmanager
async def copied(template: str) -> AsyncGenerator[str, None]:
    """The URL of a copy of a database with its rows."""
    name = f"regulars_test_{secrets.token_hex(6)}"
    try:
        yield await make_postgres(name, template)
    finally:
        await drop_postgres(name)


class Lending:
    """Copies of a migrated database, used again once they are as empty as they came."""

    def __init__(self, template: str) -> None:
        self.template = template
        self._free: list[tuple[str, str]] = []

    @asynccontextmanager
    async def lent(self) -> AsyncGenerator[str, None]:
        """The URL of a migrated database without rows."""
        name, shape = self._free.pop() if self._free else await self._copy()
        try:
            yield url_of(name)
        finally:
            if await emptied(name, shape):
                self._free.append((name, shape))
            else:
                await drop_postgres(name)

    async def _copy(self) -> tuple[str, str]:
        name = f"regulars_test_{secrets.token_hex(6)}"
        connection = await asyncpg.connect(await make_postgres(name, self.template))
        try:
            return name, await connection.fetchval(SHAPE)
        finally:
            await connection.close()

    async def close(self) -> None:
        """Drop what nobody holds."""
        while self._free:
            await drop_postgres(self._free.pop()[0])


async def emptied(name: str, shape: str) -> bool:
    """Whether the database is again as it was made: its rows are deleted, its counters set back, its shape the same."""
    connection = await asyncpg.connect(url_of(name))
    try:
        await connection.execute(STRANGERS)
        if await connection.fetchval(SHAPE) != shape:
            return False
        tables = [row[0] for row in await connection.fetch(TABLES)]
        looks = ", ".join(
            f'(SELECT count(*) FROM (SELECT FROM "{table}" LIMIT {ROWS_MAX}) AS seen)' for table in tables
        )
        counts = await connection.fetchrow(f"SELECT {looks}")
        filled = [table for table, count in zip(tables, counts, strict=True) if count]
        if sum(counts) >= ROWS_MAX:
            return False
        # Neither the triggers that keep ledgers append-only nor the order of references matter to what is thrown away.
        deletes = "".join(f'DELETE FROM "{table}";' for table in filled)
        await connection.execute(f"SET session_replication_role = replica; {deletes} {COUNTERS}")
        return True
    finally:
        await connection.close()
