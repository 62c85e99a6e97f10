"""Statements on either engine: $1 parameters, set-based bulk statements, and single rows found by a unique key."""

import asyncio
import itertools
import re
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

from tortoise.backends.base.client import BaseDBAsyncClient

from server.ports import Columns, Dialect, Row

PARAMETER = re.compile(r"\$(\d+)")
SQLITE_PARAMETERS_MAX = 30_000

T = TypeVar("T")
StatementHook = Callable[[str], None]


@lru_cache(maxsize=1024)
def for_sqlite(sql: str) -> str:
    """`sql` with $1 written as ?1."""
    return PARAMETER.sub(r"?\1", sql)


@lru_cache(maxsize=256)
def bulk_postgres(sql: str, columns: tuple[tuple[str, str], ...], extra: int) -> str:
    """`sql` over a table `r` unnested from one array per column."""
    names = ", ".join(name for name, _ in columns)
    kinds = {"bytes": "bytea"}
    arrays = ", ".join(f"${n}::{kinds.get(kind, kind)}[]" for n, (_, kind) in enumerate(columns, 1))
    places = {f"p{n}": f"${len(columns) + n}" for n in range(1, extra + 1)}
    return f"WITH r({names}) AS (SELECT * FROM unnest({arrays})) {sql.format(**places)}"


@lru_cache(maxsize=256)
def bulk_sqlite(sql: str, names: tuple[str, ...], count: int, extra: int) -> str:
    """`sql` over a table `r` of `count` rows of values."""
    row = "(" + ",".join("?" * len(names)) + ")"
    places = {f"p{n}": f"?{len(names) * count + n}" for n in range(1, extra + 1)}
    return f"WITH r({', '.join(names)}) AS (VALUES {','.join([row] * count)}) {sql.format(**places)}"


@lru_cache(maxsize=16)
def insert_sqlite(table: str, names: tuple[str, ...], count: int) -> str:
    """The statement that adds `count` rows to a table."""
    row = "(" + ",".join("?" * len(names)) + ")"
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {','.join([row] * count)}"


async def row_by_row(pages: Iterable[Sequence[tuple[Any, ...]]]) -> AsyncGenerator[tuple[Any, ...], None]:
    """The rows of all pages; others get their turn between two of these."""
    for page in pages:
        for row in page:
            yield row
        await asyncio.sleep(0)


class Connection:
    """One tortoise client, seen as `ports.Reader` and, inside a transaction, as `ports.Tx`."""

    __slots__ = ("_client", "_digest_key", "_hook", "dialect")

    def __init__(self, client: BaseDBAsyncClient, hook: StatementHook | None = None, digest_key: bytes = b"") -> None:
        self._client: Any = client  # its driver's connection is untyped
        self._hook = hook
        self._digest_key = digest_key
        self.dialect: Dialect = "sqlite" if client.capabilities.dialect == "sqlite" else "postgres"

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        """The rows of `sql`."""
        if self._hook is not None:
            self._hook(sql)
        async with self._client.acquire_connection() as raw:
            if self.dialect == "sqlite":
                return list(await raw.execute_fetchall(for_sqlite(sql), values))
            return await raw.fetch(sql, *values)

    async def find(self, sql: str, *values: Any) -> Row | None:
        """The one row that `sql` names by a unique key, or None."""
        rows = await self.fetch(sql, *values)
        return rows[0] if rows else None

    async def execute(self, sql: str, *values: Any) -> int:
        """Run a writing statement; the number of rows it touched."""
        if self._hook is not None:
            self._hook(sql)
        async with self._client.acquire_connection() as raw:
            if self.dialect == "sqlite":
                before = raw.total_changes
                await raw.execute_fetchall(for_sqlite(sql), values)
                return raw.total_changes - before
            status: str = await raw.execute(sql, *values)
            count = status.rpartition(" ")[2]
            return int(count) if count.isdigit() else 0

    async def stream(self, sql: str, size: int, *values: Any) -> AsyncGenerator[Sequence[Row], None]:
        """The rows of `sql`, so many at a time; see `ports.Tx.stream`."""
        if self._hook is not None:
            self._hook(sql)
        async with self._client.acquire_connection() as raw:
            if self.dialect == "postgres":
                cursor = await raw.cursor(sql, *values)
                fetch = cursor.fetch
            else:
                cursor = await raw.execute(for_sqlite(sql), values)
                fetch = cursor.fetchmany
        try:
            while rows := await fetch(size):
                yield rows
        finally:
            if self.dialect == "sqlite":
                await cursor.close()

    async def load(self, table: str, names: Sequence[str], pages: Iterable[Sequence[tuple[Any, ...]]]) -> None:
        """Add very many rows; see `ports.Tx.load`. On SQLite one visit to its thread is enough."""
        async with self._client.acquire_connection() as raw:
            if self.dialect == "sqlite":
                # aiosqlite offers its thread to whole functions under this name only.
                await raw._execute(self._load_now, raw._conn, table, tuple(names), pages)  # noqa: SLF001 - as above
                return
            if self._hook is not None:
                self._hook(f"COPY {table}")
            await raw.copy_records_to_table(table, records=row_by_row(pages), columns=names)

    def _load_now(
        self,
        connection: sqlite3.Connection,
        table: str,
        names: tuple[str, ...],
        pages: Iterable[Sequence[tuple[Any, ...]]],
    ) -> None:
        size = SQLITE_PARAMETERS_MAX // len(names)
        for page in made_ahead(pages):
            for start in range(0, len(page), size):
                part = page[start : start + size]
                statement = insert_sqlite(table, names, len(part))
                if self._hook is not None:
                    self._hook(statement)
                connection.execute(statement, list(itertools.chain.from_iterable(part)))

    def digest(self, text: str) -> str:
        """What is kept of a text that must be known again and not read: 64 hexadecimal digits, by our own key."""
        return blake2b(text.encode(), digest_size=32, key=self._digest_key).hexdigest()

    async def take_writing(self) -> None:
        """On SQLite, wait here and now until nobody else writes, before anything is read.

        Only another process can be in the way, `regulars keys rotate` for example. A transaction that has read already
        is refused at once when it then wants to write, however long it is allowed to wait.
        """
        if self.dialect == "sqlite":
            await self.execute("UPDATE lease SET epoch = epoch WHERE FALSE")

    async def bulk(self, sql: str, rows: Columns, *values: Any) -> Sequence[Row]:
        """Run `sql` over the table `r` made of `rows`; see `ports.Tx.bulk`."""
        count = len(next(iter(rows.values()))[1])
        if count == 0:
            return []
        if self._hook is not None:
            self._hook(sql)
        if self.dialect == "postgres":
            statement = bulk_postgres(sql, tuple((name, kind) for name, (kind, _) in rows.items()), len(values))
            async with self._client.acquire_connection() as raw:
                return await raw.fetch(statement, *(column for _, column in rows.values()), *values)
        found: list[Row] = []
        for statement, parameters in sqlite_statements(sql, rows, values):
            async with self._client.acquire_connection() as raw:
                found.extend(await raw.execute_fetchall(statement, parameters))
        return found


class NearReader(Connection):
    """A connection for reading that finds single rows of SQLite without a visit to another thread.

    A row found by a unique key takes microseconds; the way to the thread and back takes two turns of a busy loop.
    """

    __slots__ = ("_near",)

    def __init__(self, client: BaseDBAsyncClient, near: sqlite3.Connection, hook: StatementHook | None) -> None:
        super().__init__(client, hook)
        self._near = near

    async def find(self, sql: str, *values: Any) -> Row | None:
        """The one row that `sql` names by a unique key, or None."""
        if self._hook is not None:
            self._hook(sql)
        try:
            return self._near.execute(for_sqlite(sql), values).fetchone()
        except sqlite3.OperationalError:
            # Locked, for once: the thread may wait for it, the loop may not.
            return await super().find(sql, *values)


def made_ahead(pages: Iterable[T]) -> Generator[T, None, None]:
    """The same pages, each made by another thread while the one before it is used."""
    with ThreadPoolExecutor(1) as ahead:
        coming, end = iter(pages), object()
        made = ahead.submit(next, coming, end)
        while (page := made.result()) is not end:
            made = ahead.submit(next, coming, end)
            yield cast("T", page)


def near_reader(path: Path) -> sqlite3.Connection:
    """A connection to a SQLite file that only reads, and never waits."""
    near = sqlite3.connect(path, timeout=0, isolation_level=None)
    near.row_factory = sqlite3.Row
    near.execute("PRAGMA query_only = ON")
    return near


def sqlite_statements(sql: str, rows: Columns, values: Sequence[Any]) -> Generator[tuple[str, list[Any]], None, None]:
    """`sql` over `rows`, in as many statements as SQLite's limit on parameters asks for, each with its parameters."""
    count = len(next(iter(rows.values()))[1])
    size = SQLITE_PARAMETERS_MAX // len(rows)
    for start in range(0, count, size):
        part = [column[start : start + size] for _, column in rows.values()]
        flat = list(itertools.chain.from_iterable(zip(*part, strict=True)))
        yield bulk_sqlite(sql, tuple(rows), len(part[0]), len(values)), [*flat, *values]
