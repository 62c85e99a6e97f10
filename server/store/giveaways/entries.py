"""Who entered giveaways."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import micros
from server.ports import Reader, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """A message of an account by which it enters."""

    giveaway_id: int
    account_id: int
    is_subscriber: bool
    at: datetime


async def add(tx: Tx, community_id: int, entries: Sequence[NewEntry]) -> None:
    """Keep entries, one for an account and giveaway: the first message counts, and a subscription that any showed.

    In whatever order and however often they are told, what is kept is the same.
    """
    merged: dict[tuple[int, int], tuple[bool, int]] = {}
    for one in entries:
        key, at = (one.giveaway_id, one.account_id), micros(one.at)
        shown, first = merged.get(key, (False, at))
        merged[key] = shown or one.is_subscriber, min(first, at)
    keys = sorted(merged)
    await tx.bulk(
        "INSERT INTO giveaway_entry (community_id, giveaway_id, account_id, is_subscriber, at) "
        "SELECT {p1}, r.giveaway_id, r.account_id, r.is_subscriber, r.at FROM r WHERE TRUE "
        "ON CONFLICT (giveaway_id, account_id) DO UPDATE SET "
        "is_subscriber = giveaway_entry.is_subscriber OR excluded.is_subscriber, "
        "at = CASE WHEN excluded.at < giveaway_entry.at THEN excluded.at ELSE giveaway_entry.at END RETURNING id",
        {
            "giveaway_id": ("bigint", [giveaway for giveaway, _ in keys]),
            "account_id": ("bigint", [account for _, account in keys]),
            "is_subscriber": ("boolean", [merged[key][0] for key in keys]),
            "at": ("bigint", [merged[key][1] for key in keys]),
        },
        community_id,
    )


async def counts(reader: Reader, giveaway_ids: Sequence[int]) -> dict[int, int]:
    """How many accounts entered some giveaways; those that nobody entered are left out."""
    rows = await reader.bulk(
        "SELECT e.giveaway_id, count(*) AS many FROM r JOIN giveaway_entry e ON e.giveaway_id = r.giveaway_id "
        "GROUP BY e.giveaway_id",
        {"giveaway_id": ("bigint", sorted(set(giveaway_ids)))},
    )
    return {row["giveaway_id"]: int(row["many"]) for row in rows}
