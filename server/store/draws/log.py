"""The signed log of a community's draws: gap-free, each record with the hash of the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from server.domain.draws.canon import canon
from server.domain.draws.records import NO_RECORD, AnyRecord, Environment, read_record, record_hash, written
from server.domain.instants import SECOND, instant_of, micros
from server.ports import Reader, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the next record of a log begins with."""

    seq: int
    prev: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A record as it stands in the log, with the operator's signature of it."""

    record: AnyRecord
    hash: str
    signature: str


async def head(reader: Reader, community_id: int, env: Environment) -> Head:
    """Where the log goes on; the caller holds the community's lock until he has appended."""
    rows = await reader.fetch(
        "SELECT seq, hash FROM draw_record WHERE community_id = $1 AND env = $2 ORDER BY seq DESC LIMIT 1",
        community_id,
        env,
    )
    return Head(seq=rows[0]["seq"] + 1, prev=rows[0]["hash"]) if rows else Head(seq=1, prev=NO_RECORD)


async def append(tx: Tx, community_id: int, draw_id: int, record: AnyRecord, signature: bytes) -> str:
    """Append a record, and return its hash."""
    hashed = record_hash(record).hex()
    await tx.execute(
        "INSERT INTO draw_record (community_id, env, seq, draw_id, kind, body, hash, signature, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        community_id,
        record.env,
        record.seq,
        draw_id,
        record.kind,
        canon(written(record)).decode(),
        hashed,
        signature.hex(),
        record.created_at * SECOND,
    )
    return hashed


async def bodies(reader: Reader, community_id: int, env: Environment, after: int, upto: int, limit: int) -> list[str]:
    """The next records of a log up to one of them, in order, each as the text that was hashed."""
    rows = await reader.fetch(
        "SELECT body FROM draw_record WHERE community_id = $1 AND env = $2 AND seq > $3 AND seq <= $4 "
        "ORDER BY seq LIMIT $5",
        community_id,
        env,
        after,
        upto,
        limit,
    )
    return [row["body"] for row in rows]


async def size(reader: Reader, community_id: int, env: Environment, upto: int) -> tuple[int, int]:
    """How many bytes the records of a log up to one of them have, and how many they are."""
    octets = "octet_length(body)" if reader.dialect == "postgres" else "length(CAST(body AS BLOB))"
    [row] = await reader.fetch(
        f"SELECT CAST(COALESCE(sum({octets}), 0) AS BIGINT) AS size, count(*) AS many FROM draw_record "
        "WHERE community_id = $1 AND env = $2 AND seq <= $3",
        community_id,
        env,
        upto,
    )
    return row["size"], row["many"]


async def commit_signature(reader: Reader, draw_id: int) -> str | None:
    """The operator's signature of what a draw promised, or None before that."""
    rows = await reader.fetch(
        "SELECT signature FROM draw_record WHERE draw_id = $1 AND kind = 'commit' ORDER BY id LIMIT 1", draw_id
    )
    return rows[0]["signature"] if rows else None


async def of_draw(reader: Reader, draw_id: int) -> list[LogLine]:
    """The records of a draw, in order."""
    rows = await reader.fetch(
        "SELECT body, hash, signature FROM draw_record WHERE draw_id = $1 ORDER BY id LIMIT 2000", draw_id
    )
    return [
        LogLine(record=read_record(orjson.loads(row["body"])), hash=row["hash"], signature=row["signature"])
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Where something was posted outside."""

    place: str
    reference: str
    at: datetime


async def posted(reader: Reader, community_id: int, prefix: str, until: datetime) -> Sequence[Posted]:
    """Where lines whose causes begin alike were posted in chats up to an instant, by the platform's own ids of them."""
    rows = await reader.fetch(
        "SELECT c.platform, l.message_id, l.settled_at FROM chat_line l JOIN channel c ON c.id = l.channel_id "
        "WHERE l.community_id = $1 AND l.key LIKE $2 AND l.state = 'sent' AND l.part = 0 AND l.message_id IS NOT NULL "
        "AND l.settled_at <= $3 ORDER BY l.settled_at, l.id LIMIT 10",
        community_id,
        f"{prefix}%",
        micros(until),
    )
    return [
        Posted(place=f"{row['platform']}_chat", reference=row["message_id"], at=instant_of(row["settled_at"]))
        for row in rows
    ]


async def acknowledged(reader: Reader, community_id: int, kind: str, cause: str, until: datetime) -> Sequence[Posted]:
    """Where a client said up to an instant that it posted what a job asked for, by its id of the message.

    Without one it is no evidence: nobody could look there.
    """
    rows = await reader.fetch(
        "SELECT audience, reference, settled_at FROM job WHERE kind = $1 AND key = $2 AND community_id = $3 "
        "AND state = 'done' AND outcome = 'done' AND reference IS NOT NULL AND settled_at <= $4",
        kind,
        cause,
        community_id,
        micros(until),
    )
    return [Posted(place=row["audience"], reference=row["reference"], at=instant_of(row["settled_at"])) for row in rows]
