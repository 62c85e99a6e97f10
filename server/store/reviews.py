"""Happenings that may be one, for staff to say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.domain.instants import instant_of, micros
from server.ports import Reader, Row, Tx

ReviewState = Literal["open", "same", "different", "settled"]
Pair = tuple[int, int]
"""Two happenings, the smaller id first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRecord:
    """A question, and what became of it."""

    id: int
    one_id: int
    other_id: int
    state: ReviewState
    created_at: datetime
    decided_at: datetime | None
    actor: str | None
    reason: str | None


COLUMNS = "id, one_id, other_id, state, created_at, decided_at, actor, reason"


def review_record(row: Row) -> ReviewRecord:
    """A row of `COLUMNS` as a value."""
    return ReviewRecord(
        id=row["id"],
        one_id=row["one_id"],
        other_id=row["other_id"],
        state=row["state"],
        created_at=instant_of(row["created_at"]),
        decided_at=None if row["decided_at"] is None else instant_of(row["decided_at"]),
        actor=row["actor"],
        reason=row["reason"],
    )


async def ask(tx: Tx, community_id: int, pairs: Sequence[Pair], now: datetime) -> None:
    """Ask staff about pairs of happenings, but for those that were asked about before."""
    await tx.bulk(
        "INSERT INTO happening_review (community_id, one_id, other_id, state, created_at) "
        "SELECT {p1}, r.one_id, r.other_id, 'open', {p2} FROM r WHERE TRUE "
        "ON CONFLICT (community_id, one_id, other_id) DO NOTHING",
        {"one_id": ("bigint", [one for one, _ in pairs]), "other_id": ("bigint", [other for _, other in pairs])},
        community_id,
        micros(now),
    )


async def settle(tx: Tx, community_id: int, pair: Pair, now: datetime) -> None:
    """Close a question that other copies answered."""
    await tx.execute(
        "UPDATE happening_review SET state = 'settled', decided_at = $4 "
        "WHERE community_id = $1 AND one_id = $2 AND other_id = $3 AND state = 'open'",
        community_id,
        *pair,
        micros(now),
    )


async def decide(
    tx: Tx,
    community_id: int,
    review_id: int,
    state: Literal["same", "different"],
    actor: str,
    reason: str,
    now: datetime,
) -> None:
    """Keep what staff says."""
    await tx.execute(
        "UPDATE happening_review SET state = $3, decided_at = $4, actor = $5, reason = $6 "
        "WHERE community_id = $1 AND id = $2",
        community_id,
        review_id,
        state,
        micros(now),
        actor,
        reason,
    )


async def of_happenings(reader: Reader, community_id: int, ids: Iterable[int]) -> Mapping[Pair, ReviewState]:
    """The questions about any of these happenings."""
    rows = await reader.bulk(
        "SELECT one_id, other_id, state FROM happening_review WHERE community_id = {p1} "
        "AND (one_id IN (SELECT id FROM r) OR other_id IN (SELECT id FROM r))",
        {"id": ("bigint", sorted(set(ids)))},
        community_id,
    )
    return {(row["one_id"], row["other_id"]): row["state"] for row in rows}


async def by_id(reader: Reader, community_id: int, review_id: int) -> ReviewRecord | None:
    """A question of a community, or None."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM happening_review WHERE community_id = $1 AND id = $2", community_id, review_id
    )
    return review_record(rows[0]) if rows else None


async def page(
    reader: Reader, community_id: int, state: ReviewState | None, before_id: int | None, limit: int
) -> list[ReviewRecord]:
    """The questions of a community, newest first, after the last one seen."""
    condition = "" if state is None else " AND state = $3"
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM happening_review WHERE community_id = $1 AND id < $2{condition} "
        f"ORDER BY id DESC LIMIT {limit}",
        community_id,
        2**63 - 1 if before_id is None else before_id,
        *([] if state is None else [state]),
    )
    return [review_record(row) for row in rows]


async def count(reader: Reader, community_id: int, state: ReviewState | None) -> int:
    """How many questions there are."""
    condition = "" if state is None else " AND state = $2"
    rows = await reader.fetch(
        f"SELECT count(*) AS many FROM happening_review WHERE community_id = $1{condition}",
        community_id,
        *([] if state is None else [state]),
    )
    return int(rows[0]["many"])
