"""Somebody leaves one community: an opaque account takes his place there."""

from collections.abc import Sequence
from typing import Any

import orjson

from server.domain.instants import FAR
from server.domain.privacy import FORGOTTEN_NAME
from server.ports import Reader, Tx
from server.store.privacy.forgetting import listed
from server.store.privacy.rules import numbered

CHANNELS = (
    "(SELECT channel_id FROM attachment WHERE community_id = $1 "
    "UNION SELECT channel_id FROM detachment WHERE community_id = $1)"
)
COUNTED = "(SELECT community_id, channel_id FROM attachment UNION SELECT community_id, channel_id FROM detachment)"


async def sharing(reader: Reader, community_id: int, account_ids: Sequence[int]) -> list[int]:
    """The other communities that follow a channel of this one and may count what any of these accounts wrote there."""
    accounts = listed(account_ids)
    rows = await reader.fetch(
        f"SELECT DISTINCT t.community_id FROM {COUNTED} t WHERE t.channel_id IN {CHANNELS} AND t.community_id <> $1 "
        "AND (EXISTS (SELECT 1 FROM viewer_account v WHERE v.community_id = t.community_id "
        f"AND v.account_id IN {accounts}) OR EXISTS (SELECT 1 FROM chat_evidence e "
        f"WHERE e.account_id IN {accounts} AND e.channel_id = t.channel_id)) ORDER BY t.community_id",
        community_id,
    )
    return [row["community_id"] for row in rows]


async def make_ghost(tx: Tx, account_id: int, opaque: str) -> int:
    """Make an account of the same platform that nobody has; its number."""
    [row] = await tx.fetch(
        "INSERT INTO account (platform, external_id, name, name_key, slug, named_at, is_bot) "
        "SELECT platform, $2, $3, $4, NULL, $5, is_bot FROM account WHERE id = $1 RETURNING id",
        account_id,
        opaque,
        FORGOTTEN_NAME,
        FORGOTTEN_NAME.casefold(),
        FAR,
    )
    return row["id"]


async def hand_over(tx: Tx, community_id: int, account_id: int, ghost_id: int) -> None:
    """Put a ghost in an account's place in a community: as viewer, with links, tallies and whatever else is his."""
    for table, column in numbered():
        await tx.execute(
            f"UPDATE {table} SET {column} = $3 WHERE community_id = $1 AND {column} = $2",
            community_id,
            account_id,
            ghost_id,
        )


async def hand_over_tallies(tx: Tx, community_id: int, other_id: int, account_id: int, ghost_id: int) -> None:
    """Give a ghost what another community counted of an account in channels of this one."""
    await tx.execute(
        "UPDATE watch_tally SET account_id = $4 WHERE community_id = $2 AND account_id = $3 "
        f"AND stream_id IN (SELECT id FROM stream WHERE channel_id IN {CHANNELS})",
        community_id,
        other_id,
        account_id,
        ghost_id,
    )


async def hand_over_evidence(tx: Tx, community_id: int, account_id: int, ghost_id: int) -> None:
    """Give a ghost what an account wrote in the channels of a community."""
    await tx.execute(
        f"UPDATE chat_evidence SET account_id = $3 WHERE account_id = $2 AND channel_id IN {CHANNELS}",
        community_id,
        account_id,
        ghost_id,
    )


async def exclude_as_well(tx: Tx, community_id: int, account_id: int, ghost_id: int) -> None:
    """Let a ghost earn nothing wherever the settings of watch time say so of the account that it came from."""
    rows = await tx.fetch(
        "SELECT id, data FROM setting_version WHERE community_id = $1 AND capability = 'watchtime'", community_id
    )
    for row in rows:
        data: dict[str, Any] = orjson.loads(row["data"])
        if account_id in data["excluded"]:
            data["excluded"] = sorted({*data["excluded"], ghost_id})
            await tx.execute(
                "UPDATE setting_version SET data = $2 WHERE id = $1",
                row["id"],
                orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode(),
            )
