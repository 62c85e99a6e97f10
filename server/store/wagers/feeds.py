"""The affiliate feeds of communities."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.wagers import Provider
from server.ports import Reader, Row, Tx

COLUMNS = (
    "id, community_id, provider, codes, is_on, since, next_at, asked_at, good_at, failures, doubts, error, names, "
    "skipped, at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRecord:
    """A feed; `error` is the code of what went wrong last, None after a good poll."""

    id: int
    community_id: int
    provider: Provider
    codes: frozenset[str]
    is_on: bool
    since: datetime
    next_at: datetime
    asked_at: datetime | None
    good_at: datetime | None
    failures: int
    doubts: int
    error: str | None
    names: int
    skipped: int
    at: datetime


def feed_record(row: Row) -> FeedRecord:
    """A row of `COLUMNS` as a value."""
    return FeedRecord(
        id=row["id"],
        community_id=row["community_id"],
        provider=Provider(row["provider"]),
        codes=frozenset(code for code in row["codes"].split(",") if code),
        is_on=bool(row["is_on"]),
        since=instant_of(row["since"]),
        next_at=instant_of(row["next_at"]),
        asked_at=None if row["asked_at"] is None else instant_of(row["asked_at"]),
        good_at=None if row["good_at"] is None else instant_of(row["good_at"]),
        failures=row["failures"],
        doubts=row["doubts"],
        error=row["error"],
        names=row["names"],
        skipped=row["skipped"],
        at=instant_of(row["at"]),
    )


async def of(reader: Reader, community_id: int, provider: Provider) -> FeedRecord | None:
    """A community's feed of a provider, also one that was removed; None where there was never one."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM wager_feed WHERE community_id = $1 AND provider = $2", community_id, provider.value
    )
    return feed_record(rows[0]) if rows else None


async def all_of(reader: Reader, community_id: int) -> list[FeedRecord]:
    """The feeds of a community that were not removed."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM wager_feed WHERE community_id = $1 AND is_on ORDER BY provider", community_id
    )
    return [feed_record(row) for row in rows]


async def due(reader: Reader, now: datetime, limit: int) -> Sequence[tuple[int, Provider]]:
    """The feeds whose turn it is, longest overdue first: (community, provider)."""
    rows = await reader.fetch(
        "SELECT community_id, provider FROM wager_feed WHERE is_on AND next_at <= $1 ORDER BY next_at, id LIMIT $2",
        micros(now),
        limit,
    )
    return [(row["community_id"], Provider(row["provider"])) for row in rows]


async def put(tx: Tx, community_id: int, provider: Provider, codes: frozenset[str], actor: str, now: datetime) -> None:
    """Switch a feed on with these codes; its next poll is a first one."""
    await tx.execute(
        "INSERT INTO wager_feed (community_id, provider, codes, is_on, since, next_at, failures, doubts, names, "
        "skipped, actor, at) VALUES ($1, $2, $3, TRUE, $4, $4, 0, 0, 0, 0, $5, $4) "
        "ON CONFLICT (community_id, provider) DO UPDATE SET codes = excluded.codes, is_on = TRUE, "
        # A feed that is set again and again is not asked more often for that.
        "next_at = CASE WHEN wager_feed.next_at > excluded.next_at THEN wager_feed.next_at ELSE excluded.next_at END, "
        "since = excluded.since, good_at = NULL, failures = 0, doubts = 0, error = NULL, names = 0, skipped = 0, "
        "actor = excluded.actor, at = excluded.at",
        community_id,
        provider.value,
        ",".join(sorted(codes)),
        micros(now),
        actor,
    )


async def switch_off(tx: Tx, feed_id: int, actor: str, now: datetime) -> None:
    """Ask a feed no more."""
    await tx.execute(
        "UPDATE wager_feed SET is_on = FALSE, actor = $2, at = $3 WHERE id = $1", feed_id, actor, micros(now)
    )


async def begin(tx: Tx, feed_id: int, now: datetime, next_at: datetime) -> None:
    """Note that a feed is being asked, and when it is asked next at the earliest."""
    await tx.execute(
        "UPDATE wager_feed SET asked_at = $2, next_at = $3 WHERE id = $1", feed_id, micros(now), micros(next_at)
    )


async def fail(tx: Tx, feed_id: int, error: str, next_at: datetime) -> None:
    """Note why a poll told nothing, and when the feed is asked again."""
    await tx.execute(
        "UPDATE wager_feed SET error = $2, next_at = $3, failures = failures + 1 WHERE id = $1",
        feed_id,
        error,
        micros(next_at),
    )


async def doubt(tx: Tx, feed_id: int, error: str) -> None:
    """Note that an answer could not be whole."""
    await tx.execute("UPDATE wager_feed SET error = $2, doubts = doubts + 1 WHERE id = $1", feed_id, error)


async def succeed(tx: Tx, feed_id: int, now: datetime, names: int, skipped: int, doubts: int) -> None:
    """Note a good poll: of how many names it told, and how many rows were left out."""
    await tx.execute(
        "UPDATE wager_feed SET good_at = $2, names = $3, skipped = $4, doubts = $5, failures = 0, error = NULL "
        "WHERE id = $1",
        feed_id,
        micros(now),
        names,
        skipped,
        doubts,
    )
