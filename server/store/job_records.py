"""Jobs as they stand: what waits for clients, what is being done, and what gave up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.jobs import Served
from server.ports import Reader, Row, Tx
from server.store.job_turns import among, handed_out
from server.store.jobs import call_next, queue_up

COUNTED_MAX = 1_000
EXHAUSTED_AT_ONCE = 50
LINES_LOCKED_MAX = 1_000
RECORD = (
    "id, kind, key, audience, community_id, overlay, state, attempts, lease, outcome, error, run_at, created_at, "
    "settled_at, order_key"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job as it stands; `lease` is the last one."""

    id: int
    kind: str
    key: str
    audience: str
    community_id: int | None
    overlay: str | None
    state: str
    attempts: int
    lease: int
    outcome: str | None
    error: str | None
    run_at: datetime
    created_at: datetime
    settled_at: datetime | None
    line: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many jobs could be leased, since when the first of them waits, and which came last."""

    count: int
    since: datetime | None
    newest: int | None


async def exhausted(reader: Reader, served: Served, now: datetime, attempts_max: int) -> list[JobRecord]:
    """Jobs whose last try was never acknowledged in time, a bounded number."""
    rows = await reader.fetch(
        f"SELECT {RECORD} FROM job WHERE state = 'leased' AND leased_until < $1 AND attempts >= $2 AND "
        f"{handed_out(served, '$3')} ORDER BY leased_until, id LIMIT {EXHAUSTED_AT_ONCE}",
        micros(now),
        attempts_max,
        *(() if served.overlay is None else (served.overlay,)),
    )
    return [job_record(row) for row in rows]


async def by_id(reader: Reader, job_id: int, served: Served) -> JobRecord | None:
    """A job of those served, or None where there is no such job."""
    overlay = () if served.overlay is None else (served.overlay,)
    row = await reader.find(f"SELECT {RECORD} FROM job WHERE id = $1 AND {among(served, '$2')}", job_id, *overlay)
    return None if row is None else job_record(row)


async def locked(tx: Tx, job_id: int) -> JobRecord | None:
    """A job, which nobody else changes until the transaction ends; None when there is no such job."""
    lock = " FOR UPDATE" if tx.dialect == "postgres" else ""
    rows = await tx.fetch(f"SELECT {RECORD} FROM job WHERE id = $1{lock}", job_id)
    return job_record(rows[0]) if rows else None


async def dead_page(reader: Reader, community_id: int, before: int | None, limit: int) -> list[JobRecord]:
    """A community's dead jobs, newest first."""
    rows = await reader.fetch(
        f"SELECT {RECORD} FROM job WHERE community_id = $1 AND state = 'dead' AND id < $2 ORDER BY id DESC LIMIT $3",
        community_id,
        2**63 - 1 if before is None else before,
        limit,
    )
    return [job_record(row) for row in rows]


async def dead_count(reader: Reader, community_id: int) -> int:
    """How many jobs of a community are dead."""
    [row] = await reader.fetch(
        "SELECT count(*) AS many FROM job WHERE community_id = $1 AND state = 'dead'", community_id
    )
    return int(row["many"])


async def revive(tx: Tx, job: JobRecord, now: datetime) -> bool:
    """Have a dead job tried again from the start, in its place in its line; False when it is not dead."""
    lines = [] if job.line is None else [job.line]
    await queue_up(tx, lines)
    touched = await tx.execute(
        "UPDATE job SET state = CASE WHEN order_key IS NULL THEN 'ready' ELSE 'behind' END, attempts = 0, run_at = $2, "
        "outcome = NULL, settled_at = NULL WHERE id = $1 AND state = 'dead'",
        job.id,
        micros(now),
    )
    await call_next(tx, lines)
    return touched > 0


async def waiting(reader: Reader, served: Served, now: datetime) -> Waiting:
    """What could be leased now, counted up to `COUNTED_MAX`."""
    # In order, so that the engines walk along an index and stop, and the oldest is among what is counted.
    which = " UNION ALL ".join(
        f"SELECT id, run_at FROM (SELECT id, run_at FROM job WHERE {state} AND {handed_out(served, '$2')} "
        f"ORDER BY run_at, id LIMIT {COUNTED_MAX}) AS {name}"
        for name, state in (
            ("fresh", "state = 'ready' AND run_at <= $1"),
            ("overdue", "state = 'leased' AND leased_until < $1"),
        )
    )
    [row] = await reader.fetch(
        "SELECT count(*) AS many, min(run_at) AS oldest, max(id) AS newest "
        f"FROM ({which} LIMIT {COUNTED_MAX}) AS counted",
        micros(now),
        *(() if served.overlay is None else (served.overlay,)),
    )
    since = None if row["oldest"] is None else instant_of(row["oldest"])
    return Waiting(int(row["many"]), since, row["newest"])


def job_record(row: Row) -> JobRecord:
    """A row as a value."""
    return JobRecord(
        id=row["id"],
        kind=row["kind"],
        key=row["key"],
        audience=row["audience"],
        community_id=row["community_id"],
        overlay=row["overlay"],
        state=row["state"],
        attempts=row["attempts"],
        lease=row["lease"],
        outcome=row["outcome"],
        error=row["error"],
        run_at=instant_of(row["run_at"]),
        created_at=instant_of(row["created_at"]),
        settled_at=None if row["settled_at"] is None else instant_of(row["settled_at"]),
        line=row["order_key"],
    )


async def withdraw(
    tx: Tx, kind: str, keys: Sequence[str], why: str, now: datetime, attempts_max: int
) -> frozenset[str]:
    """End those of some jobs that wait, as gone; their keys. Whoever holds one may end it, and is given it no more.

    What is held counts as tried for the last time: should it fail, or its holder say nothing, it is dead.
    """
    found = await tx.bulk(
        "SELECT DISTINCT j.order_key FROM r JOIN job j ON j.kind = {p1} AND j.key = r.key "
        "WHERE j.state IN ('ready', 'behind') AND j.order_key IS NOT NULL",
        {"key": ("text", keys)},
        kind,
    )
    lines = sorted(row["order_key"] for row in found)
    # More locks than that the database may not have; whoever is left behind in a line is called by the next look.
    await queue_up(tx, lines[:LINES_LOCKED_MAX])
    rows = await tx.bulk(
        "UPDATE job SET state = 'done', outcome = 'gone', error = {p2}, settled_at = {p3} WHERE kind = {p1} "
        "AND state IN ('ready', 'behind') AND key IN (SELECT r.key FROM r) RETURNING key",
        {"key": ("text", keys)},
        kind,
        why,
        micros(now),
    )
    await tx.bulk(
        "UPDATE job SET attempts = {p2} WHERE kind = {p1} AND state = 'leased' AND attempts < {p2} "
        "AND key IN (SELECT r.key FROM r) RETURNING id",
        {"key": ("text", keys)},
        kind,
        attempts_max,
    )
    await call_next(tx, lines)
    return frozenset(row["key"] for row in rows)


async def counts(reader: Reader, community_id: int | None = None) -> dict[str, int]:
    """How many jobs there are by state, of one community or of all."""
    where, values = ("", ()) if community_id is None else ("WHERE community_id = $1", (community_id,))
    rows = await reader.fetch(f"SELECT state, count(*) AS many FROM job {where} GROUP BY state ORDER BY state", *values)
    return {row["state"]: int(row["many"]) for row in rows}
