"""How far the total of every name in a feed was counted, and what was gained."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import micros
from server.domain.wagers import Lower, Provider, Series, Total, name_key
from server.ports import Reader, Row, Tx

COLUMNS = "s.id, s.key, s.name, s.baseline, s.watermark, s.lower_at, s.lower_polls, s.lower_total, s.seen_at"
GAINS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRecord:
    """A name of a feed; `seen_at` in microseconds."""

    id: int
    key: str
    name: str
    baseline: int
    series: Series
    seen_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSeries:
    """What is to be kept of a name."""

    total: Total
    baseline: int
    series: Series


@dataclass(frozen=True, slots=True, kw_only=True)
class GainRecord:
    """What a verified account gained by an instant in microseconds."""

    id: int
    provider: Provider
    series_id: int
    account_id: int
    at: int
    amount: int


def series_record(row: Row) -> SeriesRecord:
    """A row of `COLUMNS` as a value."""
    lower = None if row["lower_at"] is None else Lower(row["lower_at"], row["lower_polls"], row["lower_total"])
    return SeriesRecord(
        id=row["id"],
        key=row["key"],
        name=row["name"],
        baseline=row["baseline"],
        series=Series(row["watermark"], lower),
        seen_at=row["seen_at"],
    )


async def among(
    reader: Reader, community_id: int, provider: Provider, keys: Collection[str]
) -> dict[str, SeriesRecord]:
    """Those of some keys that are known."""
    rows = await reader.bulk(
        f"SELECT {COLUMNS} FROM r JOIN wager_series s ON s.community_id = {{p1}} AND s.provider = {{p2}} "
        "AND s.key = r.key",
        {"key": ("text", sorted(keys))},
        community_id,
        provider.value,
    )
    return {row["key"]: series_record(row) for row in rows}


async def named(reader: Reader, community_id: int, provider: Provider, name: str) -> list[SeriesRecord]:
    """Those who are called so, two at most: where there are two, the name does not tell who is meant."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM wager_series s WHERE s.community_id = $1 AND s.provider = $2 AND s.name_key = $3 "
        "ORDER BY s.id LIMIT 2",
        community_id,
        provider.value,
        name_key(name),
    )
    return [series_record(row) for row in rows]


async def seen_at(reader: Reader, community_id: int, provider: Provider, instant: datetime) -> int:
    """How many names the poll of an instant told."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM wager_series WHERE community_id = $1 AND provider = $2 AND seen_at = $3",
        community_id,
        provider.value,
        micros(instant),
    )
    return int(rows[0]["many"])


async def begin_at_zero(tx: Tx, community_id: int, provider: Provider) -> None:
    """Let every total of a provider begin again."""
    await tx.execute(
        "UPDATE wager_series SET baseline = 0, watermark = 0, lower_at = NULL, lower_polls = 0, lower_total = NULL "
        "WHERE community_id = $1 AND provider = $2",
        community_id,
        provider.value,
    )


async def put(
    tx: Tx, community_id: int, provider: Provider, new: Mapping[str, NewSeries], now: datetime
) -> dict[str, int]:
    """Keep what a poll told of these names; their ids."""
    listed = sorted(new.items())
    rows = await tx.bulk(
        "INSERT INTO wager_series (community_id, provider, key, name_key, name, baseline, watermark, lower_at, "
        "lower_polls, lower_total, seen_at) SELECT {p1}, {p2}, r.key, r.name_key, r.name, r.baseline, r.watermark, "
        "r.lower_at, r.lower_polls, r.lower_total, {p3} FROM r WHERE TRUE "
        "ON CONFLICT (community_id, provider, key) DO UPDATE SET name_key = excluded.name_key, name = excluded.name, "
        "baseline = excluded.baseline, watermark = excluded.watermark, lower_at = excluded.lower_at, "
        "lower_polls = excluded.lower_polls, lower_total = excluded.lower_total, seen_at = excluded.seen_at "
        "RETURNING id, key",
        {
            "key": ("text", [key for key, _ in listed]),
            "name_key": ("text", [name_key(one.total.name) for _, one in listed]),
            "name": ("text", [one.total.name for _, one in listed]),
            "baseline": ("bigint", [one.baseline for _, one in listed]),
            "watermark": ("bigint", [one.series.watermark for _, one in listed]),
            "lower_at": ("bigint", [one.series.lower and one.series.lower.since for _, one in listed]),
            "lower_polls": ("bigint", [one.series.lower.polls if one.series.lower else 0 for _, one in listed]),
            "lower_total": ("bigint", [one.series.lower and one.series.lower.micro_usd for _, one in listed]),
        },
        community_id,
        provider.value,
        micros(now),
    )
    return {row["key"]: row["id"] for row in rows}


async def add_gains(tx: Tx, community_id: int, gains: Mapping[int, int], now: datetime) -> None:
    """Append what series gained by a poll."""
    listed = sorted(gains.items())
    await tx.bulk(
        "INSERT INTO wager_gain (community_id, series_id, at, amount) SELECT {p1}, r.series_id, {p2}, r.amount FROM r",
        {
            "series_id": ("bigint", [series_id for series_id, _ in listed]),
            "amount": ("bigint", [amount for _, amount in listed]),
        },
        community_id,
        micros(now),
    )


async def verified_gains(
    reader: Reader, community_id: int, since: int, series_id: int | None = None
) -> Sequence[GainRecord]:
    """What verified accounts, or one of them, gained from an instant in microseconds on, oldest first."""
    found: list[GainRecord] = []
    after = (since, 0)
    while page := await gains_page(reader, community_id, after, series_id):
        found += page
        after = page[-1].at, page[-1].id
    return found


async def gains_page(
    reader: Reader, community_id: int, after: tuple[int, int], series_id: int | None
) -> Sequence[GainRecord]:
    """The next gains of verified accounts, or of one of them, after an instant in microseconds and an id."""
    at, last = after
    rows = await reader.fetch(
        "SELECT g.id, s.provider, g.series_id, a.id AS account_id, g.at, g.amount FROM wager_claim c "
        "JOIN wager_series s ON s.id = c.verified_for "
        "JOIN account a ON a.platform = s.provider AND a.external_id = s.key "
        "JOIN wager_gain g ON g.series_id = s.id AND (g.at > $2 OR g.at = $2 AND g.id > $5) "
        "WHERE c.community_id = $1 AND c.verified_for IS NOT NULL AND CAST($3 AS BIGINT) IN (0, s.id) "
        "ORDER BY g.at, g.id LIMIT $4",
        community_id,
        at,
        series_id or 0,
        GAINS_AT_ONCE,
        last,
    )
    return [
        GainRecord(
            id=row["id"],
            provider=Provider(row["provider"]),
            series_id=row["series_id"],
            account_id=row["account_id"],
            at=row["at"],
            amount=row["amount"],
        )
        for row in rows
    ]


async def forget_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of gains that no raffle can ask for any more; how many."""
    return await tx.execute(
        "DELETE FROM wager_gain WHERE id IN (SELECT id FROM wager_gain WHERE at < $1 LIMIT $2)", micros(instant), limit
    )
