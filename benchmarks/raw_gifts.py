"""The limit of gifts: the rows that a gift puts into our tables, written by plain SQL in batches of the same size.

Bodies are parsed; nothing is compared with what was told before, and nobody is looked up.
"""

import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

import asyncpg
import orjson

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows to insert: the columns with PostgreSQL's types, and what becomes of a row that is there already."""

    name: str
    columns: str
    types: str
    conflict: str = ""

    @property
    def for_sqlite(self) -> str:
        """The statement, one row at a time."""
        marks = ", ".join("?" for _ in self.columns.split(", "))
        return f"INSERT INTO {self.name} ({self.columns}) VALUES ({marks}) {self.conflict}"

    @property
    def for_postgres(self) -> str:
        """The statement, a list for each column."""
        lists = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(self.types.split(", "), 1))
        return f"INSERT INTO {self.name} ({self.columns}) SELECT * FROM unnest({lists}) {self.conflict}"


INBOX = Table(
    "inbox",
    "id, source, message_id, kind, kind_key, subscription_id, told_at, received_at, orphan, body",
    "bigint, text, text, text, text, text, bigint, bigint, boolean, bytea",
)
DELIVERY = Table("delivery", "id, inbox_id, community_id, state, attempts", "bigint, bigint, bigint, text, int")
HAPPENING = Table(
    "happening",
    "id, community_id, channel_id, kind, group_key, at, state, is_pending, data, told_at",
    "bigint, bigint, bigint, text, text, bigint, text, boolean, text, bigint",
)
COPY = Table(
    "happening_copy",
    "community_id, channel_id, kind, group_key, at, source, digest, data, told_at, happening_id",
    "bigint, bigint, text, text, bigint, text, text, text, bigint, bigint",
    "ON CONFLICT (community_id, digest) DO NOTHING",
)
ENTRY = Table(
    "ticket_entry",
    "community_id, period_id, account_id, source, cause, nth, amount, basis, at, recorded_at, reason, actor",
    "bigint, bigint, bigint, text, text, int, bigint, bigint, bigint, bigint, text, text",
    "ON CONFLICT (community_id, cause, nth) DO NOTHING",
)
TALLY = Table(
    "ticket_tally",
    "community_id, period_id, account_id, source, amount, basis",
    "bigint, bigint, bigint, text, bigint, bigint",
    "ON CONFLICT (period_id, account_id, source) DO UPDATE SET amount = ticket_tally.amount + excluded.amount",
)
STANDING = Table(
    "ticket_standing",
    "community_id, period_id, viewer_id, tickets",
    "bigint, bigint, bigint, bigint",
    "ON CONFLICT (period_id, viewer_id) DO UPDATE SET tickets = ticket_standing.tickets + excluded.tickets",
)
FEED = Table("feed_entry", "community_id, cursor, kind, data, at", "bigint, bigint, text, text, bigint")
WAITING = (
    "SELECT d.id, i.body FROM delivery d JOIN inbox i ON i.id = d.inbox_id "
    "WHERE d.community_id = 1 AND d.state = 'received' ORDER BY d.id LIMIT $1"
)
SETTLED = "UPDATE delivery SET state = 'applied', settled_at = 0 WHERE id = $1"
SETTLED_POSTGRES = "UPDATE delivery SET state = 'applied', settled_at = 0 WHERE id = ANY($1::bigint[])"
COMMUNITY = "INSERT INTO community (id, slug, name, timezone, created_at) VALUES (1, 'bare', 'bare', 'UTC', 0)"


class Pipeline(Protocol):
    """Bodies in, tickets out."""

    async def fill(self, bodies: Sequence[bytes]) -> None:
        """Put bodies where they wait."""
        ...

    async def drain(self, batch: int) -> int:
        """Apply all that waits; how many bodies."""
        ...


def told(first: int, bodies: Sequence[bytes]) -> list[tuple[Table, Rows]]:
    """The rows of the inbox, from an id on."""
    ids = range(first, first + len(bodies))
    kind = "channel.subscription.gifts"
    return [
        (INBOX, [(n, "kick", str(n), kind, kind, "", 0, 0, False, body) for n, body in zip(ids, bodies, strict=True)]),
        (DELIVERY, [(n, n, 1, "received", 0) for n in ids]),
    ]


def written(waiting: Sequence[tuple[int, bytes]], tickets_each: int) -> list[tuple[Table, Rows]]:
    """What a batch of deliveries writes."""
    tables: dict[str, list[tuple[Any, ...]]] = {table.name: [] for table in (HAPPENING, COPY, ENTRY)}
    sums = Counter[int]()
    for number, body in waiting:
        one = orjson.loads(body)
        giver, key = int(one["gifter"]["user_id"]), one["gifter"]["username"]
        at = int(datetime.fromisoformat(one["created_at"]).timestamp() * 1_000_000)
        data = orjson.dumps(one).decode()
        digest, tickets = sha256(body).hexdigest(), tickets_each * len(one["giftees"])
        tables["happening"].append((number, 1, 1, "gift", key, at, "told", False, data, 0))
        tables["happening_copy"].append((1, 1, "gift", key, at, "webhook", digest, data, 0, number))
        cause, reason = f"happening:{number}", "gifted subscriptions: 1"
        tables["ticket_entry"].append((1, 1, giver, "gifted_sub", cause, 0, tickets, 0, at, 0, reason, "server"))
        sums[giver] += tickets
    found = sorted(sums.items())
    feed = [(1, waiting[0][0], "tickets_changed", orjson.dumps(found).decode(), 0)]
    return [
        (HAPPENING, tables["happening"]),
        (COPY, tables["happening_copy"]),
        (ENTRY, tables["ticket_entry"]),
        (TALLY, [(1, 1, giver, "gifted_sub", tickets, 0) for giver, tickets in found]),
        (STANDING, [(1, 1, giver, tickets) for giver, tickets in found]),
        (FEED, feed),
    ]


class SqlitePipeline:
    """The pipeline on SQLite, as safe against power loss as ours."""

    def __init__(self, connection: sqlite3.Connection, tickets_each: int) -> None:
        self._connection = connection
        self._tickets_each = tickets_each
        self._filled = 0

    async def fill(self, bodies: Sequence[bytes]) -> None:
        """Put bodies where they wait."""
        self._connection.execute("BEGIN IMMEDIATE")
        for table, rows in told(self._filled + 1, bodies):
            self._connection.executemany(table.for_sqlite, rows)
        self._connection.execute("COMMIT")
        self._filled += len(bodies)

    async def drain(self, batch: int) -> int:
        """Apply all that waits; how many bodies."""
        run, many, settled = self._connection.execute, self._connection.executemany, 0
        while rows := run(WAITING.replace("$", "?"), (batch,)).fetchall():
            run("BEGIN IMMEDIATE")
            for table, lines in written(rows, self._tickets_each):
                many(table.for_sqlite, lines)
            many(SETTLED.replace("$", "?"), [(row[0],) for row in rows])
            run("COMMIT")
            settled += len(rows)
        return settled


class PostgresPipeline:
    """The pipeline on PostgreSQL."""

    def __init__(self, connection: Any, tickets_each: int) -> None:
        self._connection = connection
        self._tickets_each = tickets_each
        self._filled = 0

    async def fill(self, bodies: Sequence[bytes]) -> None:
        """Put bodies where they wait."""
        async with self._connection.transaction():
            for table, rows in told(self._filled + 1, bodies):
                await self._put(table, rows)
        self._filled += len(bodies)

    async def drain(self, batch: int) -> int:
        """Apply all that waits; how many bodies."""
        settled = 0
        while rows := await self._connection.fetch(WAITING, batch):
            async with self._connection.transaction():
                for table, lines in written([(row["id"], row["body"]) for row in rows], self._tickets_each):
                    await self._put(table, lines)
                await self._connection.execute(SETTLED_POSTGRES, [row["id"] for row in rows])
            settled += len(rows)
        return settled

    async def _put(self, table: Table, rows: Rows) -> None:
        await self._connection.execute(table.for_postgres, *map(list, zip(*rows, strict=True)))


@asynccontextmanager
async def opened(url: str, tickets_each: int) -> AsyncGenerator[Pipeline, None]:
    """The pipeline over a database with our tables, where a gift gives so many tickets."""
    if url.startswith("sqlite://"):
        embedded = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)
        embedded.execute("PRAGMA journal_mode=WAL")
        embedded.execute("PRAGMA synchronous=FULL")
        embedded.execute(COMMUNITY)
        yield SqlitePipeline(embedded, tickets_each)
        embedded.close()
        return
    connection = await asyncpg.connect(url)
    await connection.execute(COMMUNITY)
    yield PostgresPipeline(connection, tickets_each)
    await connection.close()
