"""Streams as they are shown: of a channel, of a community, and those that a viewer wrote in."""

from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of
from server.ports import Reader, Row
from server.store.channels import LIVE_COLUMNS, end_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRecord:
    """A stream as told; `until` is its end, or the next start of its channel where that came first, or None."""

    id: int
    channel_id: int
    started_at: datetime
    ended_at: datetime | None
    until: datetime | None
    title: str


def stream_record(row: Row) -> StreamRecord:
    """A row of `LIVE_COLUMNS` as a value."""
    until = end_of(row)
    return StreamRecord(
        id=row["id"],
        channel_id=row["channel_id"],
        started_at=instant_of(row["started_at"]),
        ended_at=None if row["ended_at"] is None else instant_of(row["ended_at"]),
        until=None if until is None else instant_of(until),
        title=row["title"],
    )


async def streams_page(
    reader: Reader, community_id: int, before: tuple[int, int] | None, limit: int
) -> list[StreamRecord]:
    """A community's streams, newest first, after the key (started_at, id) of the last one seen."""
    started_at, stream_id = before or (2**63 - 1, 2**63 - 1)
    rows = await reader.fetch(
        f"SELECT {LIVE_COLUMNS} FROM stream s JOIN attachment a ON a.channel_id = s.channel_id "
        "WHERE a.community_id = $1 AND (s.started_at < $2 OR (s.started_at = $2 AND s.id < $3)) "
        "ORDER BY s.started_at DESC, s.id DESC LIMIT $4",
        community_id,
        started_at,
        stream_id,
        limit,
    )
    return [stream_record(row) for row in rows]


async def latest_stream(reader: Reader, channel_id: int) -> StreamRecord | None:
    """The newest stream of a channel, or None when none was told."""
    rows = await reader.fetch(
        f"SELECT {LIVE_COLUMNS} FROM stream s WHERE s.channel_id = $1 ORDER BY s.started_at DESC LIMIT 1", channel_id
    )
    return stream_record(rows[0]) if rows else None


async def streams_count(reader: Reader, community_id: int) -> int:
    """How many streams the attached channels of a community had."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM stream s JOIN attachment a ON a.channel_id = s.channel_id "
        "WHERE a.community_id = $1",
        community_id,
    )
    return int(rows[0]["many"])


WATCHED = (
    "FROM stream s JOIN (SELECT channel_id, community_id, CAST($4 AS BIGINT) AS until FROM attachment UNION ALL "
    "SELECT channel_id, community_id, detached_at FROM detachment) a ON a.channel_id = s.channel_id "
    "AND a.until > s.started_at WHERE a.community_id = $1 AND EXISTS "
    "(SELECT 1 FROM viewer_account v JOIN chat_evidence e ON e.account_id = v.account_id "
    "AND e.channel_id = s.channel_id WHERE v.community_id = $1 AND v.viewer_id = $2 AND e.at > s.started_at - $3 "
    "AND e.at < COALESCE(s.ended_at, s.ended_by, $4) "
    "AND NOT EXISTS (SELECT 1 FROM stream n WHERE n.channel_id = s.channel_id "
    "AND n.started_at > s.started_at AND n.started_at <= e.at))"
)
"""The streams that a viewer's messages touch, given how long a message is worth at most and a time after all others."""


async def watched_page(
    reader: Reader, community_id: int, viewer_id: int, window: int, before: tuple[int, int] | None, limit: int
) -> list[StreamRecord]:
    """The streams that a viewer wrote in, newest first, after the key (started_at, id) of the last one seen."""
    started_at, stream_id = before or (2**63 - 1, 2**63 - 1)
    rows = await reader.fetch(
        f"SELECT {LIVE_COLUMNS} {WATCHED} AND (s.started_at < $5 OR (s.started_at = $5 AND s.id < $6)) "
        "ORDER BY s.started_at DESC, s.id DESC LIMIT $7",
        community_id,
        viewer_id,
        window,
        2**62,
        started_at,
        stream_id,
        limit,
    )
    return [stream_record(row) for row in rows]


async def watched_count(reader: Reader, community_id: int, viewer_id: int, window: int) -> int:
    """How many streams a viewer wrote in."""
    rows = await reader.fetch(f"SELECT count(*) AS many {WATCHED}", community_id, viewer_id, window, 2**62)
    return int(rows[0]["many"])
