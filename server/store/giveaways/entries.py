"""Who entered giveaways, and who left them again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import micros
from server.ports import Reader, Tx

IS_IN = "(e.left_at IS NULL OR e.at > e.left_at)"
"""Whoever left is in again only by what he did afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """A message, or a press on Discord, of an account by which it enters."""

    giveaway_id: int
    account_id: int
    is_subscriber: bool
    at: datetime


async def add(tx: Tx, community_id: int, entries: Sequence[NewEntry]) -> None:
    """Keep entries, one for an account and giveaway: the first message counts, and a subscription that any showed.

    In whatever order and however often they are told, what is kept is the same: what was written before its author
    left does not bring him back. The caller holds the community's lock.
    """
    left = await _left(tx, entries)
    merged: dict[tuple[int, int], tuple[bool, int]] = {}
    for one in entries:
        key, at = (one.giveaway_id, one.account_id), micros(one.at)
        gone = left.get(key)
        # An instant at which he had left changes nothing but whether he subscribes.
        at = at if gone is None else max(at, gone)
        shown, first = merged.get(key, (False, at))
        both = sorted((first, at))
        merged[key] = shown or one.is_subscriber, both[1] if both[0] == gone else both[0]
    keys = sorted(merged)
    await tx.bulk(
        "INSERT INTO giveaway_entry (community_id, giveaway_id, account_id, is_subscriber, at) "
        "SELECT {p1}, r.giveaway_id, r.account_id, r.is_subscriber, r.at FROM r WHERE TRUE "
        "ON CONFLICT (giveaway_id, account_id) DO UPDATE SET "
        "is_subscriber = giveaway_entry.is_subscriber OR excluded.is_subscriber, "
        "at = CASE WHEN giveaway_entry.left_at >= excluded.at THEN giveaway_entry.at "
        "WHEN giveaway_entry.left_at >= giveaway_entry.at OR excluded.at < giveaway_entry.at THEN excluded.at "
        "ELSE giveaway_entry.at END RETURNING id",
        {
            "giveaway_id": ("bigint", [giveaway for giveaway, _ in keys]),
            "account_id": ("bigint", [account for _, account in keys]),
            "is_subscriber": ("boolean", [merged[key][0] for key in keys]),
            "at": ("bigint", [merged[key][1] for key in keys]),
        },
        community_id,
    )


async def _left(tx: Tx, entries: Sequence[NewEntry]) -> dict[tuple[int, int], int]:
    """When the accounts left that did, by giveaway and account."""
    keys = sorted({(one.giveaway_id, one.account_id) for one in entries})
    rows = await tx.bulk(
        "SELECT e.giveaway_id, e.account_id, e.left_at FROM r JOIN giveaway_entry e "
        "ON e.giveaway_id = r.giveaway_id AND e.account_id = r.account_id WHERE e.left_at IS NOT NULL",
        {
            "giveaway_id": ("bigint", [giveaway for giveaway, _ in keys]),
            "account_id": ("bigint", [account for _, account in keys]),
        },
    )
    return {(row["giveaway_id"], row["account_id"]): row["left_at"] for row in rows}


async def leave(tx: Tx, community_id: int, giveaway_id: int, accounts: Sequence[int], at: int) -> None:
    """Have some accounts be in it no longer, whatever they wrote until an instant; the caller holds the lock."""
    await tx.bulk(
        "INSERT INTO giveaway_entry (community_id, giveaway_id, account_id, is_subscriber, at, left_at) "
        "SELECT {p1}, {p2}, r.account_id, FALSE, {p3}, {p3} FROM r WHERE TRUE "
        "ON CONFLICT (giveaway_id, account_id) DO UPDATE SET left_at = excluded.left_at RETURNING id",
        {"account_id": ("bigint", sorted(set(accounts)))},
        community_id,
        giveaway_id,
        at,
    )


async def last_step(reader: Reader, giveaway_id: int, accounts: Sequence[int]) -> tuple[bool, int]:
    """Whether one of some accounts is in a giveaway, and the latest instant that is kept of them; 0 for none."""
    rows = await reader.bulk(
        f"SELECT CASE WHEN {IS_IN} THEN 1 ELSE 0 END AS is_in, e.at, e.left_at "
        "FROM r JOIN giveaway_entry e ON e.giveaway_id = {p1} AND e.account_id = r.account_id",
        {"account_id": ("bigint", sorted(set(accounts)))},
        giveaway_id,
    )
    last = max((max(row["at"], row["left_at"] or 0) for row in rows), default=0)
    return any(row["is_in"] for row in rows), last


async def counts(reader: Reader, giveaway_ids: Sequence[int]) -> dict[int, int]:
    """How many accounts are in some giveaways; those that nobody is in are left out."""
    rows = await reader.bulk(
        "SELECT e.giveaway_id, count(*) AS many FROM r JOIN giveaway_entry e ON e.giveaway_id = r.giveaway_id "
        f"WHERE {IS_IN} GROUP BY e.giveaway_id",
        {"giveaway_id": ("bigint", sorted(set(giveaway_ids)))},
    )
    return {row["giveaway_id"]: int(row["many"]) for row in rows}


async def weight(reader: Reader, community_id: int, giveaway_id: int, factor: int) -> int:
    """How much everybody who is in weighs, each person once; whom the rules leave out is not told apart here."""
    rows = await reader.fetch(
        "SELECT COALESCE(sum(w), 0) AS total FROM (SELECT max(CASE WHEN e.is_subscriber THEN $3 ELSE 1 END) AS w, "
        f"max(CASE WHEN {IS_IN} THEN 1 ELSE 0 END) AS is_in FROM giveaway_entry e JOIN viewer_account v "
        "ON v.community_id = $1 AND v.account_id = e.account_id WHERE e.giveaway_id = $2 GROUP BY v.viewer_id) p "
        "WHERE is_in = 1",
        community_id,
        giveaway_id,
        factor,
    )
    return int(rows[0]["total"])
