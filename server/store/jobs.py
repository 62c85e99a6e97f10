"""Jobs: work that waits, is leased, and ends."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson

from server.domain.instants import instant_of, micros
from server.domain.jobs import Served
from server.ports import Dialect, Reader, Row, Tx
from server.store import job_turns
from server.store.job_turns import among, handed_out

ERROR_LENGTH_MAX = 500
LEASED = "id, kind, key, community_id, payload, attempts, lease, audience, created_at, leased_until, order_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """Work to be done after `run_at`; `key` names its cause, so that the same cause makes one job.

    Of the jobs that a community has for an audience under one `order_key`, one at a time is handed out, oldest first.
    `priority` and `expires_at` count for alerts on stream alone.
    """

    kind: str
    key: str
    payload: Mapping[str, Any]
    run_at: datetime
    community_id: int | None = None
    audience: str = "server"
    order_key: str | None = None
    overlay: str | None = None
    priority: int = 0
    expires_at: datetime | None = None

    @property
    def line(self) -> str | None:
        """The line in which it waits its turn, or None where the order does not matter."""
        return None if self.order_key is None else f"{self.audience}:{self.community_id or 0}:{self.order_key}"


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
    audience: str
    created_at: datetime
    leased_until: datetime | None
    line: str | None = None


class Held(Protocol):
    """A job and the lease by which it is, or was, somebody's."""

    @property
    def id(self) -> int:
        """Which job."""
        ...

    @property
    def lease(self) -> int:
        """The lease."""
        ...

    @property
    def line(self) -> str | None:
        """The line it waited in, if any."""
        ...


async def add(tx: Tx, jobs: Sequence[NewJob], now: datetime) -> int:
    """Add jobs whose (kind, key) is not there yet; how many were new."""
    return len(await added(tx, jobs, now))


async def added(tx: Tx, jobs: Sequence[NewJob], now: datetime) -> list[tuple[str, int]]:
    """Add jobs whose (kind, key) is not there yet; of those that were new the key and the number."""
    lines = {job.line for job in jobs if job.line is not None}
    await queue_up(tx, lines)
    made = await tx.bulk(
        "INSERT INTO job (community_id, audience, kind, key, payload, state, attempts, run_at, lease, created_at, "
        "order_key, overlay, priority, expires_at) SELECT r.community_id, r.audience, r.kind, r.key, r.payload, "
        "CASE WHEN r.line IS NULL THEN 'ready' ELSE 'behind' END, 0, r.run_at, 0, {p1}, r.line, r.overlay, "
        "r.priority, r.expires_at "
        "FROM r WHERE TRUE ON CONFLICT (kind, key) DO NOTHING RETURNING key, id",
        {
            "community_id": ("bigint", [job.community_id for job in jobs]),
            "audience": ("text", [job.audience for job in jobs]),
            "kind": ("text", [job.kind for job in jobs]),
            "key": ("text", [job.key for job in jobs]),
            "payload": ("text", [orjson.dumps(job.payload).decode() for job in jobs]),
            "run_at": ("bigint", [micros(job.run_at) for job in jobs]),
            "line": ("text", [job.line for job in jobs]),
            "overlay": ("text", [job.overlay for job in jobs]),
            "priority": ("bigint", [job.priority for job in jobs]),
            "expires_at": ("bigint", [None if job.expires_at is None else micros(job.expires_at) for job in jobs]),
        },
        micros(now),
    )
    await call_next(tx, lines)
    return [(row["key"], row["id"]) for row in made]


async def queue_up(tx: Tx, lines: Collection[str]) -> None:
    """Keep everybody else from changing these lines until the transaction ends. To be called before looking at them.

    Without it, one who joins a line while its first leaves would be called by neither of the two.
    """
    if tx.dialect == "postgres":
        for line in sorted(lines):
            await tx.fetch("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", line)


async def call_next(tx: Tx, lines: Collection[str]) -> None:
    """Make the first of each line ready to be leased, unless it is already."""
    await tx.bulk(
        "UPDATE job SET state = 'ready' WHERE state = 'behind' AND id IN (SELECT (SELECT min(j.id) FROM job j "
        "WHERE j.order_key = r.line AND j.order_key IS NOT NULL AND j.state IN ('ready', 'leased', 'behind')) FROM r) "
        "RETURNING id",
        {"line": ("text", sorted(lines))},
    )


async def call_stranded(tx: Tx, limit: int) -> int:
    """Call the next of a bounded number of lines whose first was deleted by somebody else; how many."""
    rows = await tx.fetch(
        "SELECT DISTINCT j.order_key FROM job j WHERE j.state = 'behind' AND NOT EXISTS (SELECT 1 FROM job first "
        "WHERE first.order_key = j.order_key AND first.state IN ('ready', 'leased')) LIMIT $1",
        limit,
    )
    lines = {row["order_key"] for row in rows}
    await queue_up(tx, lines)
    await call_next(tx, lines)
    return len(lines)


async def any_due(reader: Reader, audience: str, now: datetime) -> bool:
    """Whether there is something to lease; asked first, because leasing is a write."""
    rows = await reader.fetch(
        "SELECT 1 FROM job WHERE audience = $1 AND (state = 'ready' AND run_at <= $2 OR state = 'leased' "
        "AND run_at <= $2 AND leased_until < $2) LIMIT 1",
        audience,
        micros(now),
    )
    return bool(rows)


async def lease_due(
    tx: Tx, served: Served, now: datetime, duration: timedelta, limit: int, holder: str | None = None
) -> list[LeasedJob]:
    """Take due jobs, first those whose holder has not ended them in time, then those that wait.

    Of one community the oldest come first, and of several each has its turn, however much waits for the others. A
    client that says nothing has tried; a server that says nothing was killed, which is no fault of the job.
    """
    overdue = f"state = 'leased' AND leased_until < $2 AND {handed_out(served, '$5')}"
    again = "attempts" if served.audience == "server" else "attempts + 1"
    taken = await lease_some(tx, served, overdue, "leased_until", now, duration, limit, holder, tries=again)
    for _ in range(job_turns.ROUNDS_MAX if job_turns.is_shared(served) else 0):
        of_this_round = await lease_turns(tx, served, now, duration, limit - len(taken), holder)
        taken += of_this_round
        if not of_this_round:
            break
    if len(taken) < limit:
        waiting = f"state = 'ready' AND run_at <= $2 AND {handed_out(served, '$5')}"
        rest = limit - len(taken)
        taken += await lease_some(tx, served, waiting, "run_at, id", now, duration, rest, holder)
    return sorted(taken, key=lambda job: job.id)


async def lease_turns(
    tx: Tx, served: Served, now: datetime, duration: timedelta, limit: int, holder: str | None
) -> list[LeasedJob]:
    """Take the next jobs of several communities, each community in its turn; fewer where others take them just now."""
    if limit <= 0:
        return []
    rows = await tx.fetch(job_turns.turns(served, tx.dialect), micros(now), limit)
    ids = ", ".join(str(int(row["id"])) for row in rows) or "NULL"
    return await lease_some(
        tx, served, f"id IN ({ids}) AND state = 'ready' AND run_at <= $2", "id", now, duration, limit, holder
    )


async def lease_some(
    tx: Tx,
    served: Served,
    which: str,
    order: str,
    now: datetime,
    duration: timedelta,
    limit: int,
    holder: str | None,
    *,
    tries: str = "attempts + 1",
) -> list[LeasedJob]:
    """Take those of a kind, in an order, that nobody else is about to take; `tries` is how often they were tried."""
    rows = await tx.fetch(
        leasing(which, order, tx.dialect, tries),
        micros(now + duration),
        micros(now),
        holder,
        limit,
        *(() if served.overlay is None else (served.overlay,)),
    )
    return [leased_job(row) for row in rows]


def leasing(which: str, order: str, dialect: Dialect, tries: str) -> str:
    """The statement that takes jobs; its cost does not grow with how many wait."""
    skip = "FOR UPDATE SKIP LOCKED" if dialect == "postgres" else ""
    return (
        f"WITH due AS MATERIALIZED (SELECT id FROM job WHERE {which} ORDER BY {order} LIMIT $4 {skip}) "
        f"UPDATE job SET state = 'leased', lease = lease + 1, attempts = {tries}, leased_until = $1, holder = $3, "
        f"outcome = NULL WHERE id IN (SELECT id FROM due) RETURNING {LEASED}"
    )


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
        audience=row["audience"],
        created_at=instant_of(row["created_at"]),
        leased_until=None if row["leased_until"] is None else instant_of(row["leased_until"]),
        line=row["order_key"],
    )


async def still_leased(reader: Reader, served: Served, leases: Mapping[int, int]) -> list[LeasedJob]:
    """Those of some jobs, each with its lease, that are still leased so, oldest first; at most a few dozen."""
    found: list[LeasedJob] = []
    for job_id, lease in sorted(leases.items()):
        row = await reader.find(
            f"SELECT {LEASED} FROM job WHERE id = $1 AND lease = $2 AND state = 'leased' AND audience = $3",
            job_id,
            lease,
            served.audience,
        )
        if row is not None:
            found.append(leased_job(row))
    return found


async def end_leases(tx: Tx, served: Served, holder: str, now: datetime) -> int:
    """Let what a client had leased be overdue: it was started anew and knows nothing of it; how many jobs."""
    return await tx.execute(
        f"UPDATE job SET leased_until = $2 WHERE holder = $1 AND state = 'leased' AND leased_until > $2 "
        f"AND {among(served, '$3')}",
        holder,
        micros(now) - 1,
        *(() if served.overlay is None else (served.overlay,)),
    )


async def release_all(tx: Tx, audience: str, now: datetime) -> int:
    """Give back every leased job of an audience, as if it had not been begun; how many.

    Only for whoever knows that nobody else works.
    """
    return await tx.execute(
        "UPDATE job SET state = 'ready', leased_until = NULL, attempts = attempts - 1 "
        "WHERE audience = $1 AND state = 'leased' AND run_at <= $2",
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


async def finish(
    tx: Tx, job: Held, now: datetime, outcome: str = "done", note: str = "", *, reference: str = ""
) -> bool:
    """End a job as done, under the id of what was posted; False when it is no longer its holder's."""
    return await settle(tx, job, "done", outcome, note or None, now, reference=reference or None)


async def bury(tx: Tx, job: Held, error: str, now: datetime) -> bool:
    """End a job that keeps failing; staff sees it among the dead. False when it is no longer its holder's."""
    return await settle(tx, job, "dead", "failed", error, now)


async def settle(
    tx: Tx, job: Held, state: str, outcome: str, error: str | None, now: datetime, *, reference: str | None = None
) -> bool:
    """End a leased job, and call the next of its line; False when it is no longer its holder's."""
    lines = [] if job.line is None else [job.line]
    await queue_up(tx, lines)
    touched = await tx.execute(
        "UPDATE job SET state = $3, outcome = $4, leased_until = NULL, error = $5, settled_at = $6, reference = $7 "
        "WHERE id = $1 AND lease = $2 AND state = 'leased'",
        job.id,
        job.lease,
        state,
        outcome,
        None if error is None else error[:ERROR_LENGTH_MAX],
        micros(now),
        reference,
    )
    await call_next(tx, lines)
    return touched > 0


async def retry_later(tx: Tx, job: Held, error: str, run_at: datetime) -> None:
    """Give a job back, to be tried again at `run_at`; those behind it in its line wait."""
    await tx.execute(
        "UPDATE job SET state = 'ready', outcome = 'failed', leased_until = NULL, error = $3, run_at = $4 "
        "WHERE id = $1 AND lease = $2 AND state = 'leased'",
        job.id,
        job.lease,
        error[:ERROR_LENGTH_MAX],
        micros(run_at),
    )


async def hasten(tx: Tx, kind: str, key: str, run_at: datetime) -> bool:
    """Have a job that waits be due no later than `run_at`; False when none waits."""
    touched = await tx.execute(
        "UPDATE job SET run_at = CASE WHEN run_at > $3 THEN $3 ELSE run_at END "
        "WHERE kind = $1 AND key = $2 AND state IN ('ready', 'behind')",
        kind,
        key,
        micros(run_at),
    )
    return touched > 0


async def give_back(tx: Tx, job: LeasedJob) -> None:
    """Let somebody else have a job that was begun and not ended, as if it had not been begun."""
    await tx.execute(
        "UPDATE job SET state = 'ready', leased_until = NULL, attempts = attempts - 1 "
        "WHERE id = $1 AND lease = $2 AND state = 'leased'",
        job.id,
        job.lease,
    )


async def forget_unclaimed_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of old jobs that no client ever came for; how many."""
    rows = await tx.fetch(
        "SELECT id, order_key FROM job WHERE audience <> 'server' AND state IN ('ready', 'behind') "
        "AND created_at < $1 ORDER BY id LIMIT $2",
        micros(instant),
        limit,
    )
    lines = {row["order_key"] for row in rows if row["order_key"] is not None}
    await queue_up(tx, lines)
    gone = await tx.bulk(
        "DELETE FROM job WHERE state IN ('ready', 'behind') AND id IN (SELECT id FROM r) RETURNING id",
        {"id": ("bigint", [row["id"] for row in rows])},
    )
    await call_next(tx, lines)
    return len(gone)


async def forget_done_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of old jobs that are done; how many."""
    return await tx.execute(
        "DELETE FROM job WHERE id IN (SELECT id FROM job WHERE state = 'done' AND settled_at < $1 LIMIT $2)",
        micros(instant),
        limit,
    )
