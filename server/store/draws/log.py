"""The signed log of a community's draws: gap-free, each record with the hash of the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import orjson

from server.domain.draws.canon import canon
from server.domain.draws.records import NO_RECORD, AnyRecord, Environment, Postponed, read_record, record_hash, written
from server.domain.instants import SECOND, instant_of, micros
from server.ports import Reader, Tx
from server.store.draws.draws import DrawRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the next record of a log begins with."""

    seq: int
    prev: str


class Last(NamedTuple):
    """The number and the hash of a record."""

    seq: int
    hash: str


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


async def signatures(
    reader: Reader, community_id: int, env: Environment, after: int, upto: int, limit: int
) -> list[str]:
    """The operator's signatures of the next records of a log up to one of them, in order."""
    rows = await reader.fetch(
        "SELECT signature FROM draw_record WHERE community_id = $1 AND env = $2 AND seq > $3 AND seq <= $4 "
        "ORDER BY seq LIMIT $5",
        community_id,
        env,
        after,
        upto,
        limit,
    )
    return [row["signature"] for row in rows]


async def last_about(reader: Reader, draw: DrawRow) -> Last | None:
    """The last record about the raffle or giveaway that a draw is of; None where the draw is not promised."""
    rows = await reader.fetch(
        "SELECT r.seq, r.hash FROM draw d JOIN draw_record r ON r.draw_id = d.id AND r.env = d.env "
        "WHERE d.subject = $1 AND d.subject_id = $2 AND d.env = $3 AND EXISTS (SELECT 1 FROM draw_record own "
        "WHERE own.draw_id = $4 AND own.kind = 'commit') ORDER BY r.seq DESC LIMIT 1",
        draw.subject.value,
        draw.subject_id,
        draw.env,
        draw.id,
    )
    return Last(rows[0]["seq"], rows[0]["hash"]) if rows else None


async def last_named(reader: Reader, draw_id: int) -> int | None:
    """The round that a draw was moved to last, on record; None where it was not moved."""
    rows = await reader.fetch(
        "SELECT body FROM draw_record WHERE draw_id = $1 AND kind = 'postponed' ORDER BY id DESC LIMIT 1", draw_id
    )
    record = read_record(orjson.loads(rows[0]["body"])) if rows else None
    return record.beacon_round if isinstance(record, Postponed) else None


async def about(reader: Reader, draw: DrawRow) -> list[AnyRecord]:
    """The records of a draw, and of others of the same raffle or giveaway, in order."""
    rows = await reader.fetch(
        "SELECT r.body FROM draw d JOIN draw_record r ON r.draw_id = d.id AND r.env = d.env "
        "WHERE d.subject = $1 AND d.subject_id = $2 AND d.env = $3 ORDER BY r.seq LIMIT 5000",
        draw.subject.value,
        draw.subject_id,
        draw.env,
    )
    return [read_record(orjson.loads(row["body"])) for row in rows]


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
    """Where clients said up to an instant that they posted what a job asked for, by their ids of it.

    Jobs for overlays have the cause and their overlay's name as a key. Without an id it is no evidence: nobody could
    look there.
    """
    rows = await reader.fetch(
        "SELECT audience, reference, settled_at FROM job WHERE kind = $1 AND (key = $2 OR audience = 'overlay' "
        "AND key LIKE $3) AND community_id = $4 AND state = 'done' AND outcome = 'done' AND reference IS NOT NULL "
        "AND settled_at <= $5 ORDER BY settled_at, id LIMIT 10",
        kind,
        cause,
        f"{cause}:%",
        community_id,
        micros(until),
    )
    return [Posted(place=row["audience"], reference=row["reference"], at=instant_of(row["settled_at"])) for row in rows]
