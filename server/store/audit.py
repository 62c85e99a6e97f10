"""The audit log: append to it, read it, forget what is old."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from server.domain.audit import Audited, Author, Values
from server.domain.instants import instant_of, micros
from server.ports import Reader, Row, Tx
from server.store import linking

INSTALLATION = 0
"""The `community_id` of what belongs to no community."""

ACTOR_LENGTH_MAX = 100
TARGET_LENGTH_MAX = 100
CAUSE_LENGTH_MAX = 250
COLUMNS = (
    "id, community_id, at, actor_kind, actor, action, target_kind, target_id, before, after, reason, request_id, cause"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One line of the log; `before` and `after` are JSON text."""

    id: int
    community_id: int
    at: datetime
    actor_kind: str
    actor: str
    action: str
    target_kind: str
    target_id: str
    before: str | None
    after: str | None
    reason: str | None
    request_id: str | None
    cause: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines are wanted; what is None does not matter. `since` belongs to them, `until` does not."""

    actor: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    target_kind: str | None = None
    target_id: str | None = None

    def conditions(self, taken: int) -> tuple[str, list[Any]]:
        """The conditions, after so many other parameters, and their values."""
        asked = [
            ("actor =", self.actor),
            ("action =", self.action),
            ("at >=", None if self.since is None else micros(self.since)),
            ("at <", None if self.until is None else micros(self.until)),
            ("target_kind =", self.target_kind),
            ("target_id =", self.target_id),
        ]
        given = [(condition, value) for condition, value in asked if value is not None]
        text = "".join(f" AND {condition} ${n}" for n, (condition, _) in enumerate(given, taken + 1))
        return text, [value for _, value in given]


ALL = Wanted()


async def append(tx: Tx, community_id: int, by: Author, lines: Sequence[Audited], now: datetime) -> None:
    """Append lines, in order, to the log of a community or of the installation."""
    await tx.bulk(
        "INSERT INTO audit_event (community_id, at, actor_kind, actor, action, target_kind, target_id, before, after, "
        "reason, request_id, cause) SELECT {p1}, {p2}, {p3}, {p4}, r.action, r.target_kind, r.target_id, r.old, r.new, "
        "r.reason, {p5}, {p6} FROM r",
        {
            "action": ("text", [line.action for line in lines]),
            "target_kind": ("text", [line.target[0] for line in lines]),
            "target_id": ("text", [str(line.target[1])[:TARGET_LENGTH_MAX] for line in lines]),
            "old": ("text", [_text(line.before) for line in lines]),
            "new": ("text", [_text(line.after) for line in lines]),
            "reason": ("text", [line.reason for line in lines]),
        },
        community_id,
        micros(now),
        by.kind,
        by.name[:ACTOR_LENGTH_MAX],
        by.request_id,
        None if by.cause is None else by.cause[:CAUSE_LENGTH_MAX],
    )


def _text(values: Values | None) -> str | None:
    return None if values is None else orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()


async def page(
    reader: Reader, community_id: int, wanted: Wanted, before_id: int | None, limit: int
) -> list[AuditRecord]:
    """The lines of a log, newest first, after the last one seen."""
    conditions, values = wanted.conditions(3)
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM audit_event WHERE community_id = $1 AND id < $2{conditions} ORDER BY id DESC LIMIT $3",
        community_id,
        2**63 - 1 if before_id is None else before_id,
        limit,
        *values,
    )
    return [audit_record(row) for row in rows]


async def count(reader: Reader, community_id: int, wanted: Wanted = ALL) -> int:
    """How many lines there are."""
    conditions, values = wanted.conditions(1)
    rows = await reader.fetch(
        f"SELECT count(*) AS many FROM audit_event WHERE community_id = $1{conditions}", community_id, *values
    )
    return int(rows[0]["many"])


async def newest_id(reader: Reader) -> int:
    """The id of the newest line of any log, 0 without one."""
    return (await reader.fetch("SELECT coalesce(max(id), 0) AS id FROM audit_event"))[0]["id"]


async def batch(
    reader: Reader, community_id: int, wanted: Wanted, between: tuple[int, int], limit: int
) -> list[AuditRecord]:
    """The lines of a log, oldest first, with ids after the first one of `between` and up to the second."""
    conditions, values = wanted.conditions(4)
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM audit_event WHERE community_id = $1 AND id > $2 AND id <= $3{conditions} "
        "ORDER BY id LIMIT $4",
        community_id,
        *between,
        limit,
        *values,
    )
    return [audit_record(row) for row in rows]


def audit_record(row: Row) -> AuditRecord:
    """A row of the log as a value."""
    return AuditRecord(
        id=row["id"],
        community_id=row["community_id"],
        at=instant_of(row["at"]),
        actor_kind=row["actor_kind"],
        actor=row["actor"],
        action=row["action"],
        target_kind=row["target_kind"],
        target_id=row["target_id"],
        before=row["before"],
        after=row["after"],
        reason=row["reason"],
        request_id=row["request_id"],
        cause=row["cause"],
    )


async def forget_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of lines older than `instant`, of every log; how many there were.

    The database refuses to delete what is younger than thirty days by its own clock.
    """
    return await tx.execute(
        "DELETE FROM audit_event WHERE id IN (SELECT id FROM audit_event WHERE at < $1 ORDER BY at, id LIMIT $2)",
        micros(instant),
        limit,
    )


async def account_names(reader: Reader, account_ids: Sequence[int]) -> dict[int, str]:
    """Accounts as the log names them, by the platform and its own id: kick:123."""
    found = await linking.accounts_by_ids(reader, account_ids) if account_ids else {}
    return {one: f"{record.platform}:{record.external_id}" for one, record in found.items()}
