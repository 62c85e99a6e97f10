"""The feed of a community: what changed, in commit order, read by cursor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from server.domain.instants import instant_of, micros
from server.ports import Reader, Tx

TRIM_MAX = 5_000


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One change; cursors of a community are consecutive."""

    cursor: int
    kind: str
    data: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Changes after a cursor; `gap` when older ones than asked for are no longer kept, `head` is the newest cursor."""

    items: Sequence[FeedItem]
    head: int
    gap: bool


async def open_feed(tx: Tx, community_id: int) -> None:
    """Give a new community its feed."""
    await tx.execute("INSERT INTO feed_head (community_id, head, tail) VALUES ($1, 0, 0)", community_id)


async def append(tx: Tx, community_id: int, entries: Sequence[tuple[str, Mapping[str, Any]]], now: datetime) -> int:
    """Append `entries` and return the new head.

    The head's row lock is taken last before the commit: cursor order is commit order, and no cursor is ever skipped.
    """
    [row] = await tx.fetch(
        "UPDATE feed_head SET head = head + $2 WHERE community_id = $1 RETURNING head", community_id, len(entries)
    )
    head: int = row["head"]
    first = head - len(entries) + 1
    await tx.bulk(
        "INSERT INTO feed_entry (community_id, cursor, kind, data, at) SELECT {p1}, cursor, kind, data, {p2} FROM r",
        {
            "cursor": ("bigint", list(range(first, head + 1))),
            "kind": ("text", [kind for kind, _ in entries]),
            "data": ("text", [orjson.dumps(data).decode() for _, data in entries]),
        },
        community_id,
        micros(now),
    )
    return head


async def read(reader: Reader, community_id: int, after: int, limit: int) -> FeedPage:
    """At most `limit` changes after the cursor `after`, oldest first."""
    rows = await reader.fetch(
        "SELECT cursor, kind, data, at FROM feed_entry WHERE community_id = $1 AND cursor > $2 "
        "ORDER BY cursor LIMIT $3",
        community_id,
        after,
        limit,
    )
    heads = await reader.fetch("SELECT head, tail FROM feed_head WHERE community_id = $1", community_id)
    head, tail = (heads[0]["head"], heads[0]["tail"]) if heads else (0, 0)
    items = [FeedItem(row["cursor"], row["kind"], orjson.loads(row["data"]), instant_of(row["at"])) for row in rows]
    return FeedPage(items, head, gap=after < tail or after > head)


async def head(reader: Reader, community_id: int) -> int:
    """The newest cursor of a community, 0 before the first change."""
    rows = await reader.fetch("SELECT head FROM feed_head WHERE community_id = $1", community_id)
    return rows[0]["head"] if rows else 0


async def trim(tx: Tx, community_id: int, before: datetime) -> int:
    """Forget a bounded number of changes older than `before` and remember how far; how many there were."""
    rows = await tx.fetch(
        "SELECT max(cursor) AS last, count(*) AS many FROM (SELECT cursor FROM feed_entry "
        "WHERE community_id = $1 AND at < $2 ORDER BY cursor LIMIT $3) AS old",
        community_id,
        micros(before),
        TRIM_MAX,
    )
    last, many = rows[0]["last"], int(rows[0]["many"])
    if many:
        await tx.execute("UPDATE feed_head SET tail = $2 WHERE community_id = $1", community_id, last)
        await tx.execute("DELETE FROM feed_entry WHERE community_id = $1 AND cursor <= $2", community_id, last)
    return many
