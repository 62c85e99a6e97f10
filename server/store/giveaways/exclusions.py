"""Whom staff leaves out of giveaways, and the pages of those who are in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of, micros
from server.ports import Reader, Tx
from server.store.giveaways.entries import IS_IN


async def excluded_among(reader: Reader, giveaway_id: int, accounts: Sequence[int]) -> dict[int, str]:
    """Those of some accounts that staff leaves out, with the code of why."""
    rows = await reader.bulk(
        "SELECT x.account_id, x.code FROM r JOIN giveaway_exclusion x ON x.giveaway_id = {p1} "
        "AND x.account_id = r.account_id",
        {"account_id": ("bigint", sorted(set(accounts)))},
        giveaway_id,
    )
    return {row["account_id"]: row["code"] for row in rows}


async def exclude(
    tx: Tx,
    community_id: int,
    giveaway_id: int,
    accounts: Sequence[int],
    *,
    code: str,
    reason: str,
    actor: str,
    now: datetime,
) -> int:
    """Leave accounts out of a giveaway; how many were not left out already."""
    rows = await tx.bulk(
        "INSERT INTO giveaway_exclusion (community_id, giveaway_id, account_id, code, reason, actor, at) "
        "SELECT {p1}, {p2}, r.account_id, {p3}, {p4}, {p5}, {p6} FROM r WHERE TRUE "
        "ON CONFLICT (giveaway_id, account_id) DO NOTHING RETURNING id",
        {"account_id": ("bigint", sorted(set(accounts)))},
        community_id,
        giveaway_id,
        code,
        reason,
        actor,
        micros(now),
    )
    return len(rows)


async def include(tx: Tx, giveaway_id: int, accounts: Sequence[int]) -> int:
    """Leave accounts out no longer; how many were."""
    rows = await tx.bulk(
        "DELETE FROM giveaway_exclusion WHERE giveaway_id = {p1} AND account_id IN (SELECT account_id FROM r) "
        "RETURNING id",
        {"account_id": ("bigint", sorted(set(accounts)))},
        giveaway_id,
    )
    return len(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrantRow:
    """An account that is in a giveaway, by the viewer who it is."""

    id: int
    account_id: int
    viewer_id: int
    is_subscriber: bool
    at: datetime
    code: str | None


NAMED = "substr(a.name_key, 1, length(CAST($3 AS TEXT))) = $3"
"""What is typed begins the name; without anything typed, everybody's does."""
ENTRANTS = (
    "FROM giveaway_entry e JOIN account a ON a.id = e.account_id JOIN viewer_account v "
    "ON v.community_id = $1 AND v.account_id = e.account_id LEFT JOIN giveaway_exclusion x "
    f"ON x.giveaway_id = e.giveaway_id AND x.account_id = e.account_id "
    f"WHERE e.community_id = $1 AND e.giveaway_id = $2 AND {IS_IN} AND {NAMED}"
)


async def entrants(
    reader: Reader, community_id: int, giveaway_id: int, named: str, after: int, limit: int
) -> list[EntrantRow]:
    """The next accounts that are in a giveaway, in the order in which they first came."""
    rows = await reader.fetch(
        f"SELECT e.id, e.account_id, v.viewer_id, e.is_subscriber, e.at, x.code {ENTRANTS} AND e.id > $4 "
        "ORDER BY e.id LIMIT $5",
        community_id,
        giveaway_id,
        named.casefold(),
        after,
        limit,
    )
    return [
        EntrantRow(
            id=row["id"],
            account_id=row["account_id"],
            viewer_id=row["viewer_id"],
            is_subscriber=bool(row["is_subscriber"]),
            at=instant_of(row["at"]),
            code=row["code"],
        )
        for row in rows
    ]


async def entrants_count(reader: Reader, community_id: int, giveaway_id: int, named: str) -> int:
    """How many accounts are in a giveaway."""
    rows = await reader.fetch(f"SELECT count(*) AS many {ENTRANTS}", community_id, giveaway_id, named.casefold())
    return int(rows[0]["many"])
