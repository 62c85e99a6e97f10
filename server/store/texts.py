"""The texts of communities, version by version."""

from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.texts import TextKind, TextVersion, standard
from server.ports import Reader, Row, Tx

COLUMNS = "kind, version, body, actor, created_at"


def text_version(row: Row) -> TextVersion:
    """A row of `COLUMNS` as a value."""
    return TextVersion(
        kind=TextKind(row["kind"]),
        version=row["version"],
        body=row["body"],
        actor=row["actor"],
        at=instant_of(row["created_at"]),
    )


async def newest(reader: Reader, community_id: int, kind: TextKind) -> TextVersion:
    """The text in force; the standard text where the community has none of its own."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM text_version WHERE community_id = $1 AND kind = $2 ORDER BY version DESC LIMIT 1",
        community_id,
        kind.value,
    )
    return text_version(rows[0]) if rows else standard(kind)


async def by_version(reader: Reader, community_id: int, kind: TextKind, version: int) -> TextVersion | None:
    """A version of a text, or None."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM text_version WHERE community_id = $1 AND kind = $2 AND version = $3",
        community_id,
        kind.value,
        version,
    )
    return text_version(rows[0]) if rows else None


async def page(reader: Reader, community_id: int, kind: TextKind, before: int | None, limit: int) -> list[TextVersion]:
    """The versions that a community wrote, newest first, before the last one seen."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM text_version WHERE community_id = $1 AND kind = $2 AND version < $3 "
        "ORDER BY version DESC LIMIT $4",
        community_id,
        kind.value,
        2**31 - 1 if before is None else before,
        limit,
    )
    return list(map(text_version, rows))


async def count(reader: Reader, community_id: int, kind: TextKind) -> int:
    """How many versions a community wrote."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM text_version WHERE community_id = $1 AND kind = $2", community_id, kind.value
    )
    return int(rows[0]["many"])


async def add(tx: Tx, community_id: int, kind: TextKind, version: int, body: str, actor: str, now: datetime) -> None:
    """Keep a new version."""
    await tx.execute(
        "INSERT INTO text_version (community_id, kind, version, body, actor, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        community_id,
        kind.value,
        version,
        body,
        actor,
        micros(now),
    )
