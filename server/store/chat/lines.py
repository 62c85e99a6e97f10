"""Lines on their way into chats."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.domain.chat.lines import LineKind, LineState
from server.domain.instants import instant_of, micros
from server.ports import Reader, Row, Tx

REASON_LENGTH_MAX = 200
ECHOES_AT_ONCE = 200

Speaker = Literal["bot", "user"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A line to be said; several parts of one text have one key."""

    channel_id: int
    kind: LineKind
    key: str
    part: int
    text: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecord:
    """A line, and where it stands."""

    id: int
    community_id: int
    channel_id: int
    kind: LineKind
    text: str
    state: LineState
    attempts: int
    speaker: str | None
    message_id: str | None
    reason: str | None
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None
    echoed_at: datetime | None


COLUMNS = (
    "id, community_id, channel_id, kind, text, state, attempts, speaker, message_id, reason, created_at, expires_at, "
    "settled_at, echoed_at"
)


def line_record(row: Row) -> LineRecord:
    """A row of `COLUMNS` as a value."""
    return LineRecord(
        id=row["id"],
        community_id=row["community_id"],
        channel_id=row["channel_id"],
        kind=LineKind(row["kind"]),
        text=row["text"],
        state=LineState(row["state"]),
        attempts=row["attempts"],
        speaker=row["speaker"],
        message_id=row["message_id"],
        reason=row["reason"],
        created_at=instant_of(row["created_at"]),
        expires_at=instant_of(row["expires_at"]),
        settled_at=None if row["settled_at"] is None else instant_of(row["settled_at"]),
        echoed_at=None if row["echoed_at"] is None else instant_of(row["echoed_at"]),
    )


async def add(
    tx: Tx, community_id: int, lines: Sequence[NewLine], now: datetime, *, state: LineState, reason: str | None = None
) -> list[int]:
    """Keep lines of one cause in a state; their ids, none where the cause has made lines already."""
    rows = await tx.bulk(
        "INSERT INTO chat_line (community_id, channel_id, kind, key, part, text, state, attempts, reason, created_at, "
        "due_at, expires_at) SELECT {p1}, r.channel_id, r.kind, r.key, r.part, r.text, {p2}, 0, {p3}, {p4}, {p4}, "
        "r.expires_at FROM r WHERE TRUE ON CONFLICT (community_id, key, part) DO NOTHING RETURNING id",
        {
            "channel_id": ("bigint", [line.channel_id for line in lines]),
            "kind": ("text", [line.kind.value for line in lines]),
            "key": ("text", [line.key for line in lines]),
            "part": ("bigint", [line.part for line in lines]),
            "text": ("text", [line.text for line in lines]),
            "expires_at": ("bigint", [micros(line.expires_at) for line in lines]),
        },
        community_id,
        state.value,
        reason,
        micros(now),
    )
    return sorted(row["id"] for row in rows)


async def made_already(reader: Reader, community_id: int, keys: Sequence[str]) -> frozenset[str]:
    """Which of a few causes have made lines already."""
    if not keys:
        return frozenset()
    places = ", ".join(f"${n}" for n in range(2, len(keys) + 2))
    rows = await reader.fetch(
        f"SELECT DISTINCT key FROM chat_line WHERE community_id = $1 AND key IN ({places})", community_id, *keys
    )
    return frozenset(row["key"] for row in rows)


async def queued_count(reader: Reader, channel_id: int) -> int:
    """How many lines wait to be said in a channel."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM chat_line WHERE state = 'queued' AND channel_id = $1", channel_id
    )
    return int(rows[0]["many"])


async def channels_waiting(reader: Reader, now: datetime, limit: int) -> list[int]:
    """The channels in which something is to be said now, or was being said when its server died."""
    rows = await reader.fetch(
        "SELECT DISTINCT channel_id FROM chat_line WHERE state = 'queued' AND due_at <= $1 OR state = 'sending' "
        "ORDER BY channel_id LIMIT $2",
        micros(now),
        limit,
    )
    return [row["channel_id"] for row in rows]


async def settle_orphans(tx: Tx, channel_id: int, now: datetime) -> int:
    """Note that nobody knows what became of the lines that were being said in a channel; how many.

    Only for whoever alone may speak there.
    """
    return await tx.execute(
        "UPDATE chat_line SET state = 'unknown', reason = 'interrupted', settled_at = $2 "
        "WHERE state = 'sending' AND channel_id = $1",
        channel_id,
        micros(now),
    )


async def drop_expired(tx: Tx, channel_id: int, now: datetime) -> int:
    """Drop the lines of a channel that come too late; how many."""
    return await tx.execute(
        "UPDATE chat_line SET state = 'dropped', reason = 'too_late', settled_at = $2 "
        "WHERE state = 'queued' AND channel_id = $1 AND expires_at <= $2",
        channel_id,
        micros(now),
    )


async def take_next(tx: Tx, channel_id: int, now: datetime) -> LineRecord | None:
    """Begin to say the next line of a channel; None where none is due. A line that waits holds up those behind it."""
    rows = await tx.fetch(
        "UPDATE chat_line SET state = 'sending', attempts = attempts + 1, started_at = $2 WHERE id = "
        "(SELECT id FROM chat_line WHERE state = 'queued' AND channel_id = $1 ORDER BY id LIMIT 1) "
        f"AND state = 'queued' AND due_at <= $2 RETURNING {COLUMNS}",
        channel_id,
        micros(now),
    )
    return line_record(rows[0]) if rows else None


async def settle(
    tx: Tx,
    line_id: int,
    state: LineState,
    now: datetime,
    *,
    speaker: Speaker | None,
    message_id: str | None = None,
    reason: str | None = None,
) -> bool:
    """Note what became of a line that was being said; False where its echo told already."""
    touched = await tx.execute(
        "UPDATE chat_line SET state = $2, settled_at = $3, speaker = $4, message_id = $5, reason = $6 "
        "WHERE id = $1 AND state = 'sending'",
        line_id,
        state.value,
        micros(now),
        speaker,
        message_id,
        None if reason is None else reason[:REASON_LENGTH_MAX],
    )
    return touched > 0


async def put_back(tx: Tx, line_id: int, due_at: datetime, reason: str) -> None:
    """Have a line that was surely not said be tried again."""
    await tx.execute(
        "UPDATE chat_line SET state = 'queued', due_at = $2, reason = $3 WHERE id = $1 AND state = 'sending'",
        line_id,
        micros(due_at),
        reason[:REASON_LENGTH_MAX],
    )


@dataclass(frozen=True, slots=True)
class Unheard:
    """A line of ours that has not come back yet."""

    id: int
    channel_id: int
    text: str
    message_id: str | None


async def unheard(reader: Reader, community_id: int, since: datetime) -> list[Unheard]:
    """The newest lines that were begun since then and have not come back; a bounded number."""
    rows = await reader.fetch(
        "SELECT id, channel_id, text, message_id FROM chat_line WHERE community_id = $1 AND started_at >= $2 "
        "AND echoed_at IS NULL AND state IN ('sending', 'sent', 'unknown') ORDER BY id DESC LIMIT $3",
        community_id,
        micros(since),
        ECHOES_AT_ONCE,
    )
    return [Unheard(row["id"], row["channel_id"], row["text"], row["message_id"]) for row in rows]


async def note_echo(tx: Tx, line_id: int, message_id: str, now: datetime) -> None:
    """Note that a line came back, so that it was surely said."""
    await tx.execute(
        "UPDATE chat_line SET echoed_at = $3, message_id = $2, state = 'sent', "
        "settled_at = COALESCE(settled_at, $3), reason = NULL WHERE id = $1 AND echoed_at IS NULL",
        line_id,
        message_id,
        micros(now),
    )


async def by_ids(reader: Reader, community_id: int, line_ids: Sequence[int]) -> list[LineRecord]:
    """A few lines of a community, in order."""
    if not line_ids:
        return []
    places = ", ".join(f"${n}" for n in range(2, len(line_ids) + 2))
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM chat_line WHERE community_id = $1 AND id IN ({places}) ORDER BY id",
        community_id,
        *line_ids,
    )
    return [line_record(row) for row in rows]


async def page(reader: Reader, community_id: int, before_id: int | None, limit: int) -> list[LineRecord]:
    """Lines, newest first, after the last one seen."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM chat_line WHERE community_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        community_id,
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return [line_record(row) for row in rows]


async def count(reader: Reader, community_id: int) -> int:
    """How many lines there are."""
    rows = await reader.fetch("SELECT count(*) AS many FROM chat_line WHERE community_id = $1", community_id)
    return int(rows[0]["many"])


async def forget_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of lines that ended before then; how many."""
    return await tx.execute(
        "DELETE FROM chat_line WHERE id IN (SELECT id FROM chat_line WHERE state IN ('sent', 'failed', 'unknown', "
        "'dropped') AND created_at < $1 ORDER BY id LIMIT $2)",
        micros(instant),
        limit,
    )


async def manner(reader: Reader, platform: str) -> tuple[Speaker, datetime] | None:
    """As whom a platform lets us speak, and since when we know; None where we never tried."""
    row = await reader.find("SELECT speaker, at FROM chat_manner WHERE platform = $1", platform)
    return None if row is None else (row["speaker"], instant_of(row["at"]))


async def note_manner(tx: Tx, platform: str, speaker: Speaker, now: datetime) -> None:
    """Remember as whom a platform lets us speak."""
    await tx.execute(
        "INSERT INTO chat_manner (platform, speaker, at) VALUES ($1, $2, $3) "
        "ON CONFLICT (platform) DO UPDATE SET speaker = excluded.speaker, at = excluded.at",
        platform,
        speaker,
        micros(now),
    )
