"""What is shown of who is in a draw: single people's own lines, the drawn ones' ids, and who is left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.ports import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Somebody in no list, `id` in the order of all who were looked at."""

    id: int
    viewer_id: int
    account_id: int
    weight: int
    excluded: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLine:
    """Somebody's own line in a list, with the account that it stands for."""

    platform: str
    external_id: str
    entry_id: bytes
    salt: bytes
    weight: int
    excluded: str | None


async def left_out_page(reader: Reader, draw_id: int, after: int, limit: int) -> list[LeftOut]:
    """The next of those whom a closed list leaves out."""
    rows = await reader.fetch(
        "SELECT id, viewer_id, account_id, weight, excluded FROM draw_entrant WHERE draw_id = $1 AND id > $2 "
        "AND excluded IS NOT NULL ORDER BY id LIMIT $3",
        draw_id,
        after,
        limit,
    )
    return [
        LeftOut(
            id=row["id"],
            viewer_id=row["viewer_id"],
            account_id=row["account_id"],
            weight=row["weight"],
            excluded=row["excluded"],
        )
        for row in rows
    ]


async def left_out_count(reader: Reader, draw_id: int) -> int:
    """How many a closed list leaves out."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM draw_entrant WHERE draw_id = $1 AND excluded IS NOT NULL", draw_id
    )
    return int(rows[0]["many"])


async def own_lines(reader: Reader, draw_id: int, viewers: Sequence[int]) -> list[OwnLine]:
    """The lines of some viewers in a closed list."""
    rows = await reader.bulk(
        "SELECT e.entry_id, e.salt, e.weight, e.excluded, a.platform, a.external_id FROM r JOIN draw_entrant e "
        "ON e.draw_id = {p1} AND e.viewer_id = r.viewer_id JOIN account a ON a.id = e.account_id ORDER BY e.id",
        {"viewer_id": ("bigint", sorted(set(viewers)))},
        draw_id,
    )
    return [
        OwnLine(
            platform=row["platform"],
            external_id=row["external_id"],
            entry_id=bytes.fromhex(row["entry_id"]),
            salt=bytes.fromhex(row["salt"]),
            weight=row["weight"],
            excluded=row["excluded"],
        )
        for row in rows
    ]


async def drawn_ids(reader: Reader, draw_id: int) -> dict[int, str]:
    """The ids under which those who were drawn stand in the list, by position."""
    rows = await reader.fetch(
        "SELECT p.position, e.entry_id FROM draw_place p JOIN draw_entrant e ON e.draw_id = p.draw_id "
        "AND e.viewer_id = p.viewer_id WHERE p.draw_id = $1",
        draw_id,
    )
    return {row["position"]: row["entry_id"] for row in rows}


async def left_out_among(reader: Reader, community_id: int, period_id: int, viewers: Sequence[int]) -> dict[int, str]:
    """Those of some viewers whom staff leaves out of a period's draws, by whatever account, with the code of why."""
    rows = await reader.bulk(
        "SELECT v.viewer_id, x.code FROM r JOIN viewer_account v ON v.community_id = {p1} "
        "AND v.viewer_id = r.viewer_id JOIN draw_exclusion x ON x.period_id = {p2} AND x.account_id = v.account_id",
        {"viewer_id": ("bigint", sorted(set(viewers)))},
        community_id,
        period_id,
    )
    return {row["viewer_id"]: row["code"] for row in rows}
