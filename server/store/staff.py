"""Who is staff of which community."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from server.domain.instants import instant_of, micros
from server.domain.staff import Grant, Holder, StaffRole, restored, stored
from server.ports import Reader, Row, Tx

AT_ONCE = 200
"""So many holders are looked up by one statement."""

Place = tuple[int, Holder]
"""A holder in a community."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRecord:
    """A grant in one community, and by whom it was given last."""

    id: int
    holder: Holder
    grant: Grant
    granted_by: str
    at: datetime


COLUMNS = "g.id, g.holder_kind, g.external_id, g.role, g.extra, g.granted_by, g.at"


def grant_record(row: Row) -> GrantRecord:
    """A row of `COLUMNS` as a value."""
    return GrantRecord(
        id=row["id"],
        holder=(row["holder_kind"], row["external_id"]),
        grant=Grant(StaffRole(row["role"]), restored(row["extra"])),
        granted_by=row["granted_by"],
        at=instant_of(row["at"]),
    )


async def grants_of(reader: Reader, places: Iterable[Place]) -> dict[Place, Grant]:
    """The grants that there are of holders in communities, 200 by each statement."""
    waiting, found = iter(sorted(set(places))), dict[Place, Grant]()
    while batch := list(islice(waiting, AT_ONCE)):
        found |= await _grants_of(reader, batch)
    return found


async def _grants_of(reader: Reader, places: Sequence[Place]) -> dict[Place, Grant]:
    rows = ", ".join(
        f"(CAST(${n} AS BIGINT), CAST(${n + 1} AS TEXT), CAST(${n + 2} AS TEXT))"
        for n in range(1, 3 * len(places) + 1, 3)
    )
    found = await reader.fetch(
        f"WITH r (community_id, holder_kind, external_id) AS (VALUES {rows}) "
        "SELECT g.community_id, g.holder_kind, g.external_id, g.role, g.extra FROM r JOIN staff_grant g "
        "ON g.community_id = r.community_id AND g.holder_kind = r.holder_kind AND g.external_id = r.external_id",
        *(value for community_id, holder in places for value in (community_id, *holder)),
    )
    return {
        (row["community_id"], (row["holder_kind"], row["external_id"])): Grant(
            StaffRole(row["role"]), restored(row["extra"])
        )
        for row in found
    }


async def find(reader: Reader, community_id: int, holder: Holder) -> GrantRecord | None:
    """The grant of a holder in a community, or None."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM staff_grant g WHERE community_id = $1 AND holder_kind = $2 AND external_id = $3",
        community_id,
        *holder,
    )
    return grant_record(rows[0]) if rows else None


async def page(reader: Reader, community_id: int, after_id: int, limit: int) -> list[GrantRecord]:
    """The grants of a community, oldest first, after the last one seen."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM staff_grant g WHERE community_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        community_id,
        after_id,
        limit,
    )
    return list(map(grant_record, rows))


async def count(reader: Reader, community_id: int) -> int:
    """How many grants a community has."""
    rows = await reader.fetch("SELECT count(*) AS many FROM staff_grant WHERE community_id = $1", community_id)
    return int(rows[0]["many"])


async def owners(reader: Reader, community_id: int) -> int:
    """How many owners a community has."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM staff_grant WHERE community_id = $1 AND role = $2",
        community_id,
        StaffRole.OWNER.value,
    )
    return int(rows[0]["many"])


async def owned(reader: Reader, holder: Holder) -> int:
    """How many communities a holder owns."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM staff_grant WHERE holder_kind = $1 AND external_id = $2 AND role = $3",
        *holder,
        StaffRole.OWNER.value,
    )
    return int(rows[0]["many"])


async def places_of(reader: Reader, holder: Holder, limit: int) -> list[tuple[str, str]]:
    """Slug and name of communities whose staff a holder is, oldest grant first."""
    rows = await reader.fetch(
        "SELECT c.slug, c.name FROM staff_grant g JOIN community c ON c.id = g.community_id "
        "WHERE g.holder_kind = $1 AND g.external_id = $2 ORDER BY g.id LIMIT $3",
        *holder,
        limit,
    )
    return [(row["slug"], row["name"]) for row in rows]


async def put(tx: Tx, community_id: int, holder: Holder, grant: Grant, granted_by: str, now: datetime) -> int:
    """Give a holder a grant, in place of the one he has; its id."""
    rows = await tx.fetch(
        "INSERT INTO staff_grant (community_id, holder_kind, external_id, role, extra, granted_by, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (community_id, holder_kind, external_id) "
        "DO UPDATE SET role = excluded.role, extra = excluded.extra, granted_by = excluded.granted_by, "
        "at = excluded.at RETURNING id",
        community_id,
        *holder,
        grant.role.value,
        stored(grant.extra),
        granted_by,
        micros(now),
    )
    return rows[0]["id"]


async def remove(tx: Tx, community_id: int, holder: Holder) -> None:
    """Take a holder's grant away."""
    await tx.execute(
        "DELETE FROM staff_grant WHERE community_id = $1 AND holder_kind = $2 AND external_id = $3",
        community_id,
        *holder,
    )
