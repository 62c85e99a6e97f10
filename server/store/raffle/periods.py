"""The periods of a community's raffle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from server.domain.instants import instant_of, micros
from server.domain.raffle.periods import PeriodSpan, PeriodState
from server.domain.raffle.rules import RaffleRules
from server.ports import Reader, Row, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRecord:
    """A period with the rules it began with."""

    id: int
    number: int
    title: str
    span: PeriodSpan
    timezone: str
    state: PeriodState
    rules: RaffleRules
    rules_sha256: str
    draw_at: datetime
    opened_at: datetime
    actor: str


NEWEST = 2**31 - 1
"""No period has a greater number."""
FIELDS = "id, number, title, starts_at, ends_at, timezone, state, rules, rules_sha256, draw_at, opened_at, actor"
COLUMNS = f"{FIELDS} FROM raffle_period"


def period_record(row: Row) -> PeriodRecord:
    """A row of the period table as a value."""
    return PeriodRecord(
        id=row["id"],
        number=row["number"],
        title=row["title"],
        span=PeriodSpan(row["starts_at"], row["ends_at"]),
        timezone=row["timezone"],
        state=PeriodState(row["state"]),
        rules=RaffleRules.restored(orjson.loads(row["rules"])),
        rules_sha256=row["rules_sha256"],
        draw_at=instant_of(row["draw_at"]),
        opened_at=instant_of(row["opened_at"]),
        actor=row["actor"],
    )


async def add(
    tx: Tx,
    community_id: int,
    *,
    title: str,
    span: PeriodSpan,
    timezone: str,
    rules: str,
    rules_text: str,
    rules_sha256: str,
    draw_at: int,
    actor: str,
    now: datetime,
) -> PeriodRecord:
    """Open the community's next period; the caller holds its lock and has seen that none is open."""
    [last] = await tx.fetch(
        "SELECT COALESCE(max(number), 0) AS number FROM raffle_period WHERE community_id = $1", community_id
    )
    rows = await tx.fetch(
        "INSERT INTO raffle_period (community_id, number, title, starts_at, ends_at, timezone, state, rules, "
        "rules_sha256, draw_at, opened_at, actor, open_for, rules_text) "
        f"VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9, $10, $11, $1, $12) RETURNING {FIELDS}",
        community_id,
        last["number"] + 1,
        title,
        span.starts,
        span.ends,
        timezone,
        rules,
        rules_sha256,
        draw_at,
        micros(now),
        actor,
        rules_text,
    )
    return period_record(rows[0])


async def by_id(reader: Reader, community_id: int, period_id: int) -> PeriodRecord | None:
    """A period of the community, or None."""
    rows = await reader.fetch(f"SELECT {COLUMNS} WHERE community_id = $1 AND id = $2", community_id, period_id)
    return period_record(rows[0]) if rows else None


async def numbered(reader: Reader, community_id: int, number: int) -> PeriodRecord | None:
    """The community's period with a number, or None."""
    rows = await reader.fetch(f"SELECT {COLUMNS} WHERE community_id = $1 AND number = $2", community_id, number)
    return period_record(rows[0]) if rows else None


async def numbers(reader: Reader, ids: Sequence[int]) -> dict[int, int]:
    """The numbers of some periods."""
    rows = await reader.bulk(
        "SELECT p.id, p.number FROM r JOIN raffle_period p ON p.id = r.id", {"id": ("bigint", sorted(set(ids)))}
    )
    return {row["id"]: row["number"] for row in rows}


async def rules_text(reader: Reader, period_id: int) -> str | None:
    """The text of a period's rules whose hash is `rules_sha256`; None where it began before that was kept."""
    rows = await reader.fetch("SELECT rules_text FROM raffle_period WHERE id = $1", period_id)
    return rows[0]["rules_text"] if rows else None


async def current(reader: Reader, community_id: int) -> PeriodRecord | None:
    """The open period, or None."""
    rows = await reader.fetch(f"SELECT {COLUMNS} WHERE community_id = $1 AND state = 'open'", community_id)
    return period_record(rows[0]) if rows else None


async def newest(reader: Reader, community_id: int, limit: int, before: int = NEWEST) -> list[PeriodRecord]:
    """The periods, newest first, with a smaller number than `before`."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} WHERE community_id = $1 AND number < $2 ORDER BY number DESC LIMIT $3",
        community_id,
        before,
        limit,
    )
    return [period_record(row) for row in rows]


async def count(reader: Reader, community_id: int) -> int:
    """How many periods a community has had."""
    rows = await reader.fetch("SELECT count(*) AS many FROM raffle_period WHERE community_id = $1", community_id)
    return int(rows[0]["many"])


async def counting(reader: Reader, community_id: int) -> list[PeriodRecord]:
    """The periods in which entries may still be appended, oldest first."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} WHERE community_id = $1 AND state IN ('open', 'settling') ORDER BY number", community_id
    )
    return [period_record(row) for row in rows]


async def number_at(reader: Reader, community_id: int, instant: int) -> int | None:
    """The id of the period that an instant lies in, in whatever state, or None."""
    rows = await reader.fetch(
        "SELECT id FROM raffle_period WHERE community_id = $1 AND starts_at <= $2 AND ends_at > $2 "
        "ORDER BY number DESC LIMIT 1",
        community_id,
        instant,
    )
    return rows[0]["id"] if rows else None


async def overlapping(reader: Reader, community_id: int, span: PeriodSpan, but: int = 0) -> PeriodRecord | None:
    """Another period that shares time with a span, or None."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} WHERE community_id = $1 AND starts_at < $3 AND ends_at > $2 AND id <> $4 "
        "ORDER BY number DESC LIMIT 1",
        community_id,
        span.starts,
        span.ends,
        but,
    )
    return period_record(rows[0]) if rows else None


async def move(tx: Tx, period_id: int, span: PeriodSpan, draw_at: int) -> PeriodRecord:
    """Change a period's dates; the period as it is now."""
    rows = await tx.fetch(
        f"UPDATE raffle_period SET starts_at = $2, ends_at = $3, draw_at = $4 WHERE id = $1 RETURNING {FIELDS}",
        period_id,
        span.starts,
        span.ends,
        draw_at,
    )
    return period_record(rows[0])


async def advance(tx: Tx, period_id: int, state: PeriodState) -> None:
    """Let a period that is over go on to its next state."""
    await tx.execute("UPDATE raffle_period SET state = $2, open_for = NULL WHERE id = $1", period_id, state.value)


async def over(reader: Reader, now: datetime) -> list[tuple[int, int]]:
    """The open periods that have ended: (community, period)."""
    rows = await reader.fetch(
        "SELECT community_id, id FROM raffle_period WHERE state = 'open' AND ends_at <= $1 ORDER BY id LIMIT 1000",
        micros(now),
    )
    return [(row["community_id"], row["id"]) for row in rows]


async def settling(reader: Reader) -> frozenset[int]:
    """The communities with a raffle that is over and whose list is not closed."""
    rows = await reader.fetch("SELECT DISTINCT community_id FROM raffle_period WHERE state = 'settling'")
    return frozenset(row["community_id"] for row in rows)


async def history(reader: Reader, before: datetime, limit: int) -> list[tuple[int, int]]:
    """The raffles whose last draw was over by then, and that are not archived: (community, period)."""
    rows = await reader.fetch(
        "SELECT p.community_id, p.id FROM raffle_period p "
        "JOIN draw d ON d.subject = 'raffle' AND d.subject_id = p.id AND d.env = 'live' "
        "WHERE p.state IN ('drawn', 'frozen') AND d.state IN ('drawn', 'empty') "
        "AND COALESCE(d.drawn_at, d.frozen_at) <= $1 AND NOT EXISTS (SELECT 1 FROM draw later "
        "WHERE later.subject = 'raffle' AND later.subject_id = p.id AND later.env = 'live' "
        "AND later.number > d.number) ORDER BY p.id LIMIT $2",
        micros(before),
        limit,
    )
    return [(row["community_id"], row["id"]) for row in rows]
