"""The limit of the leaderboard: its questions in plain SQL on the bare driver."""

import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import asyncpg

FIRST_ACCOUNT = 9_300_000
TOP = (
    "SELECT v.id, v.watch_us, a.platform, a.external_id, a.name FROM viewer v JOIN account a ON a.id = v.face "
    "WHERE v.community_id = $1 AND v.watch_us > 0 ORDER BY v.watch_us DESC, v.id LIMIT $2"
)
AHEAD = "SELECT count(*) FROM viewer WHERE community_id = $1 AND watch_us >= $2 AND (watch_us > $2 OR id < $3)"
ACCOUNTS = (
    "INSERT INTO account (id, platform, external_id, name, name_key, slug, named_at) SELECT i, 'kick', "
    f"CAST({FIRST_ACCOUNT} + i AS TEXT), 'viewer_' || i, 'viewer_' || i, 'viewer-' || i, 0 FROM {{numbers}}"
)
VIEWERS = (
    "INSERT INTO viewer (id, community_id, face, watch_us) "
    "SELECT i, {community}, i, 1000000 * (1 + i * 7919 % 1000003) FROM {numbers}"
)
LINKS = "INSERT INTO viewer_account (community_id, account_id, viewer_id) SELECT {community}, i, i FROM {numbers}"
NUMBERS_SQLITE = (
    "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) SELECT i FROM n) AS numbers"
)
NUMBERS_POSTGRES = "generate_series(1, {many}::bigint) AS numbers(i)"


class Board(Protocol):
    """A bare connection."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]:
        """The rows of `sql`."""
        ...


class SqliteBoard:
    """SQLite, called directly."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]:
        """The rows of `sql`."""
        return self._connection.execute(sql.replace("$", "?"), values).fetchall()

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run `sql` once for each of `rows`, in one go."""
        self._connection.executemany(sql, rows)


class PostgresBoard:
    """PostgreSQL, through its driver only."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]:
        """The rows of `sql`."""
        return await self._connection.fetch(sql, *values)


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Board, None]:
    """A bare connection to `url`."""
    if url.startswith("sqlite://"):
        embedded = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)
        yield SqliteBoard(embedded)
        embedded.close()
        return
    connection = await asyncpg.connect(url)
    yield PostgresBoard(connection)
    await connection.close()


async def populate(url: str, community_id: int, many: int) -> None:
    """Give a community `many` viewers with watch time spread evenly."""
    numbers = NUMBERS_SQLITE if url.startswith("sqlite://") else NUMBERS_POSTGRES
    async with opened(url) as board:
        for statement in (ACCOUNTS, VIEWERS, LINKS):
            await board.rows(statement.format(numbers=numbers.format(many=many), community=community_id))
