"""Spans in which a source did not tell us all, and what shows it: heartbeats and lines of our own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from server.domain.gaps import NewGap
from server.domain.instants import instant_of, micros
from server.ports import Reader, Row, Tx

LATELY_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRecord:
    """A gap as it is stored; `ended_at` is None while it is open."""

    id: int
    channel_id: int
    source: str
    cause: str
    kinds: tuple[str, ...]
    began_at: datetime
    ended_at: datetime | None
    filled_by: tuple[str, ...]


def gap_record(row: Row) -> GapRecord:
    """A row of the table as a value."""
    return GapRecord(
        id=row["id"],
        channel_id=row["channel_id"],
        source=row["source"],
        cause=row["cause"],
        kinds=tuple(row["kinds"].split()),
        began_at=instant_of(row["began_at"]),
        ended_at=None if row["ended_at"] is None else instant_of(row["ended_at"]),
        filled_by=tuple(row["filled_by"].split()),
    )


async def open_gap(tx: Tx, gap: NewGap) -> bool:
    """Note that something is being missed; False when that is noted already."""
    rows = await tx.fetch(
        "INSERT INTO gap (channel_id, source, cause, kinds, open_key, began_at, filled_by) "
        "VALUES ($1, $2, $3, $4, $5, $6, '') ON CONFLICT (channel_id, open_key) DO NOTHING RETURNING id",
        gap.channel_id,
        gap.source,
        gap.cause,
        " ".join(gap.kinds),
        gap.key,
        micros(gap.began_at),
    )
    return bool(rows)


async def close_gap(
    tx: Tx, channel_id: int, key: str, ended_at: datetime, filled_by: Collection[str] = ()
) -> GapRecord | None:
    """Note that nothing more is missed; the gap, or None where none was open. It never ends before it began."""
    rows = await tx.fetch(
        "UPDATE gap SET open_key = NULL, ended_at = CASE WHEN began_at > $3 THEN began_at ELSE $3 END, filled_by = $4 "
        "WHERE channel_id = $1 AND open_key = $2 RETURNING *",
        channel_id,
        key,
        micros(ended_at),
        " ".join(sorted(filled_by)),
    )
    return gap_record(rows[0]) if rows else None


async def note_past(tx: Tx, gap: NewGap, ended_at: datetime, filled_by: Collection[str] = ()) -> None:
    """Note a gap that is over already."""
    await tx.execute(
        "INSERT INTO gap (channel_id, source, cause, kinds, began_at, ended_at, filled_by) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        gap.channel_id,
        gap.source,
        gap.cause,
        " ".join(gap.kinds),
        micros(gap.began_at),
        micros(max(ended_at, gap.began_at)),
        " ".join(sorted(filled_by)),
    )


async def open_keys(reader: Reader, channel_id: int) -> dict[str, GapRecord]:
    """The open gaps of a channel, by key."""
    rows = await reader.fetch(
        "SELECT * FROM gap WHERE channel_id = $1 AND open_key IS NOT NULL ORDER BY id", channel_id
    )
    return {row["open_key"]: gap_record(row) for row in rows}


async def page(reader: Reader, community_id: int, before_id: int | None, limit: int) -> list[GapRecord]:
    """The gaps of the channels that a community attached, newest first, after the last one seen."""
    rows = await reader.fetch(
        "SELECT g.* FROM gap g JOIN attachment a ON a.channel_id = g.channel_id WHERE a.community_id = $1 "
        "AND g.id < $2 AND (g.ended_at IS NULL OR g.ended_at > a.attached_at) ORDER BY g.id DESC LIMIT $3",
        community_id,
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return list(map(gap_record, rows))


async def count(reader: Reader, community_id: int) -> int:
    """How many gaps the channels that a community attached have."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM gap g JOIN attachment a ON a.channel_id = g.channel_id "
        "WHERE a.community_id = $1 AND (g.ended_at IS NULL OR g.ended_at > a.attached_at)",
        community_id,
    )
    return int(rows[0]["many"])


@dataclass(frozen=True, slots=True, kw_only=True)
class GapThere:
    """A gap in a channel that a community attached."""

    community_id: int
    platform: str
    external_id: str
    name: str
    gap: GapRecord


async def lately(reader: Reader, since: datetime) -> list[GapThere]:
    """The gaps that are open, and those that ended after an instant, community by community; a bounded number."""
    rows = await reader.fetch(
        "SELECT g.*, a.community_id, c.platform, c.external_id, c.name FROM gap g "
        "JOIN attachment a ON a.channel_id = g.channel_id JOIN channel c ON c.id = g.channel_id "
        "WHERE (g.ended_at IS NULL OR (g.ended_at > $1 AND g.ended_at > a.attached_at)) "
        f"ORDER BY a.community_id, g.id DESC LIMIT {LATELY_MAX}",
        micros(since),
    )
    return [
        GapThere(
            community_id=row["community_id"],
            platform=row["platform"],
            external_id=row["external_id"],
            name=row["name"],
            gap=gap_record(row),
        )
        for row in rows
    ]


async def count_open(reader: Reader, community_id: int | None) -> int:
    """How many gaps are open in the channels of a community, or in all."""
    where, values = (
        ("", ())
        if community_id is None
        else ("AND channel_id IN (SELECT channel_id FROM attachment WHERE community_id = $1)", (community_id,))
    )
    rows = await reader.fetch(f"SELECT count(*) AS many FROM gap WHERE open_key IS NOT NULL {where}", *values)
    return int(rows[0]["many"])


async def beat(tx: Tx, name: str, now: datetime) -> datetime | None:
    """Note that somebody is alive; when he was before that, or None for the first time."""
    made = await tx.fetch(
        "INSERT INTO heartbeat (name, at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING at", name, micros(now)
    )
    if made:
        return None
    # Whoever beats at the same moment waits here for the other, so that a silence has one end.
    [row] = await tx.fetch("UPDATE heartbeat SET name = name WHERE name = $1 RETURNING at", name)
    await tx.execute("UPDATE heartbeat SET at = $2 WHERE name = $1 AND at < $2", name, micros(now))
    return instant_of(row["at"])


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidLine:
    """A line of ours that the platform took."""

    message_id: str
    said_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket:
    """Whether a channel's websocket listens, and since when that is so."""

    channel_id: int
    since: datetime
    listens: bool


async def said_lately(reader: Reader, channel_id: int, limit: int) -> list[SaidLine]:
    """The newest lines of ours that were posted in a channel, as far as they have not come back as events."""
    rows = await reader.fetch(
        "SELECT message_id, settled_at FROM (SELECT message_id, settled_at, echoed_at FROM chat_line "
        "WHERE state = 'sent' AND channel_id = $1 ORDER BY id DESC LIMIT $2) AS latest "
        "WHERE echoed_at IS NULL AND message_id IS NOT NULL AND settled_at IS NOT NULL",
        channel_id,
        limit,
    )
    return [SaidLine(message_id=row["message_id"], said_at=instant_of(row["settled_at"])) for row in rows]


async def sockets(reader: Reader, platform: str) -> list[Socket]:
    """How the websockets of channels are doing, where there should be one."""
    rows = await reader.fetch(
        "SELECT l.channel_id, l.state, l.since FROM channel_listening l JOIN channel c ON c.id = l.channel_id "
        "WHERE c.platform = $1 AND l.state <> 'stopped' ORDER BY l.channel_id",
        platform,
    )
    return [
        Socket(channel_id=row["channel_id"], since=instant_of(row["since"]), listens=row["state"] == "listening")
        for row in rows
    ]


async def arrived(reader: Reader, broadcaster_id: str, message_id: str, since: datetime) -> datetime | None:
    """When a chat message arrived by webhook, looked for in the raw bodies that came since; None if it did not."""
    holds = {
        "sqlite": "instr(body, CAST($4 AS BLOB)) > 0",
        "postgres": "position(convert_to($4, 'UTF8') IN body) > 0",
    }[reader.dialect]
    rows = await reader.fetch(
        "SELECT min(received_at) AS at FROM inbox WHERE received_at >= $1 AND broadcaster_id = $2 AND kind = $3 "
        f"AND {holds}",
        micros(since),
        broadcaster_id,
        "chat.message.sent",
        message_id,
    )
    return None if not rows or rows[0]["at"] is None else instant_of(rows[0]["at"])
