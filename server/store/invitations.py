"""Codes that let somebody make a community."""

from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.invitations import Invitation, InvitationKind
from server.domain.staff import Holder
from server.ports import Reader, Row, Tx

LOOKED_AT_MAX = 200
"""So many are compared with a typed code: all that are open, and the newest of the others."""
COLUMNS = "id, kind, salt, holder_kind, external_id, expires_at, used_at"


def invitation(row: Row) -> Invitation:
    """A row of `COLUMNS` as a value."""
    return Invitation(
        id=row["id"],
        kind=InvitationKind(row["kind"]),
        salt=row["salt"],
        holder=None if row["holder_kind"] is None else (row["holder_kind"], row["external_id"]),
        expires_at=instant_of(row["expires_at"]),
        used_at=None if row["used_at"] is None else instant_of(row["used_at"]),
    )


async def lock(tx: Tx) -> None:
    """Let nobody else give out or use a code until this transaction ends; SQLite has one writer anyway."""
    if tx.dialect == "postgres":
        await tx.fetch("SELECT pg_advisory_xact_lock(hashtext('invitation'))")


async def add(
    tx: Tx,
    kind: InvitationKind,
    salt: str,
    holder: Holder | None,
    made_by: str,
    now: datetime,
    expires_at: datetime,
) -> int:
    """Keep a code's salt and return its number."""
    holder_kind, external_id = holder or (None, None)
    rows = await tx.fetch(
        "INSERT INTO invitation (kind, salt, holder_kind, external_id, made_by, made_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        kind.value,
        salt,
        holder_kind,
        external_id,
        made_by,
        micros(now),
        micros(expires_at),
    )
    return rows[0]["id"]


async def known(reader: Reader, now: datetime) -> list[Invitation]:
    """The open codes, and the newest of those that can be used no more, so that a person is told why."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM invitation "
        "ORDER BY CASE WHEN used_at IS NULL AND expires_at > $1 THEN 0 ELSE 1 END, id DESC LIMIT $2",
        micros(now),
        LOOKED_AT_MAX,
    )
    return list(map(invitation, rows))


async def by_id(reader: Reader, number: int) -> Invitation | None:
    """The code with a number, or None."""
    row = await reader.find(f"SELECT {COLUMNS} FROM invitation WHERE id = $1", number)
    return None if row is None else invitation(row)


async def use(tx: Tx, number: int, used_by: str, community_id: int, now: datetime) -> None:
    """Use a code up for a community."""
    await tx.execute(
        "UPDATE invitation SET used_at = $2, used_by = $3, community_id = $4 WHERE id = $1 AND used_at IS NULL",
        number,
        micros(now),
        used_by,
        community_id,
    )


async def forget_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of codes that were used up, or over, before an instant; how many."""
    return await tx.execute(
        "DELETE FROM invitation WHERE id IN "
        "(SELECT id FROM invitation WHERE COALESCE(used_at, expires_at) < $1 LIMIT $2)",
        micros(instant),
        limit,
    )
