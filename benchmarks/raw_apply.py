"""The limit of apply: the same bodies through plain SQL on one connection, in batches of the same size."""

import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import asyncpg
import orjson

WORTH_US = 300_000_000
TABLES = (
    "CREATE TABLE told (id {id}, body {blob} NOT NULL, applied BOOL NOT NULL)",
    "CREATE INDEX told_waiting ON told (id) WHERE NOT applied",
    "CREATE TABLE ledger (id {id}, source_key TEXT NOT NULL UNIQUE, account BIGINT NOT NULL, amount BIGINT NOT NULL)",
    "CREATE TABLE balance (community BIGINT, account BIGINT, amount BIGINT NOT NULL, PRIMARY KEY (community, account))",
    "CREATE INDEX balance_board ON balance (community, amount DESC, account)",
    "CREATE TABLE outbox (id {id}, data TEXT NOT NULL)",
)


class Pipeline(Protocol):
    """Bodies in, balances out."""

    async def fill(self, bodies: Sequence[bytes]) -> None:
        """Put bodies where they wait."""
        ...

    async def drain(self, batch: int) -> int:
        """Apply all that waits; how many bodies."""
        ...


Line = tuple[str, int, int]
"""A row of the ledger: key, account, amount."""


def spoken(body: bytes) -> Line:
    """What a chat message writes into the ledger."""
    one = orjson.loads(body)
    return one["message_id"], int(one["sender"]["user_id"]), WORTH_US


def lines_of(bodies: Iterable[bytes]) -> tuple[list[Line], list[tuple[int, int, int]]]:
    """What a batch of bodies writes: ledger rows, and one balance row per account."""
    ledger = [spoken(body) for body in bodies]
    sums = Counter[int]()
    for _, account, amount in ledger:
        sums[account] += amount
    return ledger, [(1, account, amount) for account, amount in sorted(sums.items())]


class SqlitePipeline:
    """The pipeline on SQLite, as safe against power loss as ours."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def fill(self, bodies: Sequence[bytes]) -> None:
        """Put bodies where they wait."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO told (body, applied) VALUES (?, FALSE)", ((body,) for body in bodies))
        self._connection.execute("COMMIT")

    async def drain(self, batch: int) -> int:
        """Apply all that waits; how many bodies."""
        run = self._connection.execute
        settled = 0
        while rows := run("SELECT id, body FROM told WHERE NOT applied ORDER BY id LIMIT ?", (batch,)).fetchall():
            ledger, balances = lines_of(row[1] for row in rows)
            run("BEGIN IMMEDIATE")
            many = self._connection.executemany
            many("INSERT INTO ledger (source_key, account, amount) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", ledger)
            many(
                "INSERT INTO balance VALUES (?, ?, ?) "
                "ON CONFLICT (community, account) DO UPDATE SET amount = amount + excluded.amount",
                balances,
            )
            run("INSERT INTO outbox (data) VALUES (?)", (str(len(rows)),))
            many("UPDATE told SET applied = TRUE WHERE id = ?", ((row[0],) for row in rows))
            run("COMMIT")
            settled += len(rows)
        return settled


class PostgresPipeline:
    """The pipeline on PostgreSQL."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fill(self, bodies: Sequence[bytes]) -> None:
        """Put bodies where they wait."""
        insert = "INSERT INTO told (body, applied) SELECT body, FALSE FROM unnest($1::bytea[]) AS r(body)"
        await self._connection.execute(insert, bodies)

    async def drain(self, batch: int) -> int:
        """Apply all that waits; how many bodies."""
        run = self._connection.execute
        waiting = "SELECT id, body FROM told WHERE NOT applied ORDER BY id LIMIT $1"
        settled = 0
        while rows := await self._connection.fetch(waiting, batch):
            ledger, balances = lines_of(row["body"] for row in rows)
            async with self._connection.transaction():
                await run(
                    "INSERT INTO ledger (source_key, account, amount) "
                    "SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) ON CONFLICT DO NOTHING",
                    *map(list, zip(*ledger, strict=True)),
                )
                await run(
                    "INSERT INTO balance SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) "
                    "ON CONFLICT (community, account) DO UPDATE SET amount = balance.amount + excluded.amount",
                    *map(list, zip(*balances, strict=True)),
                )
                await run("INSERT INTO outbox (data) VALUES ($1)", str(len(rows)))
                await run("UPDATE told SET applied = TRUE WHERE id = ANY($1::bigint[])", [row["id"] for row in rows])
            settled += len(rows)
        return settled


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Pipeline, None]:
    """The pipeline over an empty database."""
    if url.startswith("sqlite://"):
        embedded = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)
        embedded.execute("PRAGMA journal_mode=WAL")
        embedded.execute("PRAGMA synchronous=FULL")
        for table in TABLES:
            embedded.execute(table.format(id="INTEGER PRIMARY KEY", blob="BLOB"))
        yield SqlitePipeline(embedded)
        embedded.close()
        return
    connection = await asyncpg.connect(url)
    for table in TABLES:
        await connection.execute(table.format(id="BIGSERIAL PRIMARY KEY", blob="BYTEA"))
    yield PostgresPipeline(connection)
    await connection.close()
