"""Viewers whose shares of rates are to be looked at again, and who took the free entry."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from server.domain.instants import micros
from server.ports import Reader, Tx


async def mark(tx: Tx, community_id: int, viewer_ids: Iterable[int], first: int = 0) -> None:
    """Have viewers looked at again for a period and those after it; who is marked already stays so, for both."""
    await tx.bulk(
        "INSERT INTO ticket_due (community_id, viewer_id, first_period) SELECT {p1}, r.viewer_id, {p2} FROM r "
        "WHERE TRUE ON CONFLICT (community_id, viewer_id) DO UPDATE SET first_period = excluded.first_period "
        "WHERE ticket_due.first_period > excluded.first_period",
        {"viewer_id": ("bigint", sorted(set(viewer_ids)))},
        community_id,
        first,
    )


async def mark_all(tx: Tx, community_id: int, period_id: int) -> None:
    """Have every viewer with watch time looked at again, for the newest period, that covers time gone by."""
    await tx.execute(
        "INSERT INTO ticket_due (community_id, viewer_id, first_period) SELECT community_id, id, CAST($2 AS BIGINT) "
        "FROM viewer WHERE community_id = $1 AND watch_us <> 0 ON CONFLICT DO NOTHING",
        community_id,
        period_id,
    )


async def take(tx: Tx, community_id: int, limit: int) -> list[int]:
    """The next viewers to look at, who are marked no more."""
    rows = await tx.fetch(
        "DELETE FROM ticket_due WHERE id IN (SELECT id FROM ticket_due WHERE community_id = $1 ORDER BY id LIMIT $2) "
        "RETURNING viewer_id",
        community_id,
        limit,
    )
    return sorted(row["viewer_id"] for row in rows)


async def communities(reader: Reader, limit: int) -> list[int]:
    """The communities with somebody to look at."""
    rows = await reader.fetch("SELECT DISTINCT community_id FROM ticket_due ORDER BY 1 LIMIT $1", limit)
    return [row["community_id"] for row in rows]


async def claim(tx: Tx, community_id: int, period_id: int, account_id: int, now: datetime) -> bool:
    """Note that an account took the free entry; False when it had already."""
    rows = await tx.fetch(
        "INSERT INTO free_claim (community_id, period_id, account_id, at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (period_id, account_id) DO NOTHING RETURNING id",
        community_id,
        period_id,
        account_id,
        micros(now),
    )
    return bool(rows)


async def claims(reader: Reader, period_id: int, accounts: Sequence[int]) -> dict[int, int]:
    """Those of some accounts that took the free entry, with when."""
    rows = await reader.bulk(
        "SELECT c.account_id, c.at FROM r JOIN free_claim c ON c.period_id = {p1} AND c.account_id = r.account_id",
        {"account_id": ("bigint", sorted(set(accounts)))},
        period_id,
    )
    return {row["account_id"]: row["at"] for row in rows}


async def is_any(reader: Reader, community_id: int, period_id: int) -> bool:
    """Whether somebody of a community is to be looked at for a period."""
    rows = await reader.fetch(
        "SELECT 1 FROM ticket_due WHERE community_id = $1 AND first_period <= $2 LIMIT 1", community_id, period_id
    )
    return bool(rows)
