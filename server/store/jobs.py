"""Jobs: work that waits, is leased, and ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from server.domain.instants import micros
from server.ports import Reader, Row, Tx

ERROR_LENGTH_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """Work to be done after `run_at`; `key` names its cause, so that the same cause makes one job."""

    kind: str
    key: str
    payload: Mapping[str, Any]
    run_at: datetime
    community_id: int | None = None
    audience: str = "server"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedJob:
    """Work handed to somebody; `lease` proves it is still his."""

    id: int
    kind: str
    key: str
    community_id: int | None
    payload: Mapping[str, Any]
    attempts: int
    lease: int


async def add(tx: Tx, jobs: Sequence[NewJob], now: datetime) -> int:
    """Add jobs whose (kind, key) is not there yet; how many were new."""
    made = await tx.bulk(
        "INSERT INTO job (community_id, audience, kind, key, payload, state, attempts, run_at, lease, created_at) "
        "SELECT r.community_id, r.audience, r.kind, r.key, r.payload, 'ready', 0, r.run_at, 0, {p1} FROM r WHERE TRUE "
        "ON CONFLICT (kind, key) DO NOTHING RETURNING id",
        {
            "community_id": ("bigint", [job.community_id for job in jobs]),
            "audience": ("text", [job.audience for job in jobs]),
            "kind": ("text", [job.kind for job in jobs]),
            "key": ("text", [job.key for job in jobs]),
            "payload": ("text", [orjson.dumps(job.payload).decode() for job in jobs]),
            "run_at": ("bigint", [micros(job.run_at) for job in jobs]),
        },
        micros(now),
    )
    return len(made)


async def any_due(reader: Reader, audience: str, now: datetime) -> bool:
    """Whether there is something to lease; asked first, because leasing is a write."""
    rows = await reader.fetch(
        "SELECT 1 FROM job WHERE audience = $1 AND (state = 'ready' AND run_at <= $2 OR state = 'leased' "
        "AND run_at <= $2 AND leased_until < $2) LIMIT 1",
        audience,
        micros(now),
    )
    return bool(rows)


async def lease_due(tx: Tx, audience: str, now: datetime, duration: timedelta, limit: int) -> list[LeasedJob]:
    """Take due jobs, and leased ones whose holder has not ended them in time, oldest first."""
    skip = "FOR UPDATE SKIP LOCKED" if tx.dialect == "postgres" else ""
    rows = await tx.fetch(
        "UPDATE job SET state = 'leased', lease = lease + 1, attempts = attempts + 1, leased_until = $3 "
        "WHERE id IN (SELECT id FROM job WHERE audience = $1 AND (state = 'ready' AND run_at <= $2 "
        f"OR state = 'leased' AND run_at <= $2 AND leased_until < $2) ORDER BY run_at, id LIMIT $4 {skip}) "
        "RETURNING id, kind, key, community_id, payload, attempts, lease",
        audience,
        micros(now),
        micros(now + duration),
        limit,
    )
    return sorted(map(leased_job, rows), key=lambda job: job.id)


def leased_job(row: Row) -> LeasedJob:
    """A returned row as a value."""
    return LeasedJob(
        id=row["id"],
        kind=row["kind"],
        key=row["key"],
        community_id=row["community_id"],
        payload=orjson.loads(row["payload"]),
        attempts=row["attempts"],
        lease=row["lease"],
    )


async def release_all(tx: Tx, audience: str, now: datetime) -> int:
    """Give back every leased job of an audience; how many. Only for whoever knows that nobody else works."""
    return await tx.execute(
        "UPDATE job SET state = 'ready', leased_until = NULL WHERE audience = $1 AND state = 'leased' AND run_at <= $2",
        audience,
        micros(now),
    )


async def advance(tx: Tx, job: LeasedJob, payload: Mapping[str, Any], until: datetime) -> bool:
    """Keep a job's progress and hold it longer; False when it is no longer its holder's."""
    touched = await tx.execute(
        "UPDATE job SET payload = $3, leased_until = $4 WHERE id = $1 AND lease = $2 AND state = 'leased'",
        job.id,
        job.lease,
        orjson.dumps(payload).decode(),
        micros(until),
    )
    return touched > 0


async def hold_longer(tx: Tx, job: LeasedJob, until: datetime) -> bool:
    """Hold a job that takes its time; False when it is no longer its holder's."""
    touched = await tx.execute(
        "UPDATE job SET leased_until = $3 WHERE id = $1 AND lease = $2 AND state = 'leased'",
        job.id,
        job.lease,
        micros(until),
    )
    return touched > 0


async def finish(tx: Tx, job: LeasedJob, now: datetime) -> bool:
    """End a job as done; False when it is no longer its holder's."""
    touched = await tx.execute(
        "UPDATE job SET state = 'done', leased_until = NULL, error = NULL, settled_at = $3 "
        "WHERE id = $1 AND lease = $2 AND state = 'leased'",
        job.id,
        job.lease,
        micros(now),
    )
    return touched > 0


async def retry_later(tx: Tx, job: LeasedJob, error: str, run_at: datetime) -> None:
    """Give a job back, to be tried again at `run_at`."""
    await tx.execute(
        "UPDATE job SET state = 'ready', leased_until = NULL, error = $3, run_at = $4 "
        "WHERE id = $1 AND lease = $2 AND state = 'leased'",
        job.id,
        job.lease,
        error[:ERROR_LENGTH_MAX],
        micros(run_at),
    )


async def give_back(tx: Tx, job: LeasedJob) -> None:
    """Let somebody else have a job that was begun and not ended, as if it had not been begun."""
    await tx.execute(
        "UPDATE job SET state = 'ready', leased_until = NULL, attempts = attempts - 1 "
        "WHERE id = $1 AND lease = $2 AND state = 'leased'",
        job.id,
        job.lease,
    )


async def bury(tx: Tx, job: LeasedJob, error: str, now: datetime) -> None:
    """End a job that keeps failing; staff sees it among the dead."""
    await tx.execute(
        "UPDATE job SET state = 'dead', leased_until = NULL, error = $3, settled_at = $4 "
        "WHERE id = $1 AND lease = $2 AND state = 'leased'",
        job.id,
        job.lease,
        error[:ERROR_LENGTH_MAX],
        micros(now),
    )


async def forget_done_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of old jobs that are done; how many."""
    return await tx.execute(
        "DELETE FROM job WHERE id IN (SELECT id FROM job WHERE state = 'done' AND settled_at < $1 LIMIT $2)",
        micros(instant),
        limit,
    )


async def counts(reader: Reader, community_id: int | None = None) -> dict[str, int]:
    """How many jobs there are by state, of one community or of all."""
    where, values = ("", ()) if community_id is None else ("WHERE community_id = $1", (community_id,))
    rows = await reader.fetch(f"SELECT state, count(*) AS many FROM job {where} GROUP BY state ORDER BY state", *values)
    return {row["state"]: int(row["many"]) for row in rows}
