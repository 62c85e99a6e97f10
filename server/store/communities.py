"""Communities and their settings through time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from server.domain.instants import instant_of, micros
from server.ports import Reader, Row, Tx
from server.store import feed


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityRecord:
    """A community."""

    id: int
    slug: str
    name: str
    timezone: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingVersionRecord:
    """All settings of a capability from `effective_from` on."""

    id: int
    effective_from: int
    data: dict[str, Any]
    actor: str
    created_at: datetime


COLUMNS = "id, slug, name, timezone, created_at"


def community_record(row: Row) -> CommunityRecord:
    """A row of the community table as a value."""
    return CommunityRecord(
        id=row["id"],
        slug=row["slug"],
        name=row["name"],
        timezone=row["timezone"],
        created_at=instant_of(row["created_at"]),
    )


async def create(tx: Tx, slug: str, name: str, timezone: str, now: datetime) -> int | None:
    """Make a community with its feed and return its id, or None when the slug is taken."""
    rows = await tx.fetch(
        "INSERT INTO community (slug, name, timezone, created_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (slug) DO NOTHING RETURNING id",
        slug,
        name,
        timezone,
        micros(now),
    )
    if not rows:
        return None
    await feed.open_feed(tx, rows[0]["id"])
    return rows[0]["id"]


async def lock(tx: Tx, community_id: int) -> None:
    """Let no other unit of work change this community's watch time until this one ends.

    SQLite has one writer anyway. On PostgreSQL every statement after this one sees what the last holder committed.
    """
    if tx.dialect == "postgres":
        await tx.fetch("SELECT id FROM community WHERE id = $1 FOR NO KEY UPDATE", community_id)


async def by_slug(reader: Reader, slug: str) -> CommunityRecord | None:
    """The community with a slug, or None."""
    row = await reader.find(f"SELECT {COLUMNS} FROM community WHERE slug = $1", slug)
    return None if row is None else community_record(row)


async def by_id(reader: Reader, community_id: int) -> CommunityRecord | None:
    """The community with an id, or None."""
    row = await reader.find(f"SELECT {COLUMNS} FROM community WHERE id = $1", community_id)
    return None if row is None else community_record(row)


async def page(reader: Reader, after: str, limit: int) -> list[CommunityRecord]:
    """Communities by slug, after the last one seen."""
    rows = await reader.fetch(f"SELECT {COLUMNS} FROM community WHERE slug > $1 ORDER BY slug LIMIT $2", after, limit)
    return [community_record(row) for row in rows]


async def count(reader: Reader) -> int:
    """How many communities there are."""
    return int((await reader.fetch("SELECT count(*) AS many FROM community"))[0]["many"])


async def ids(reader: Reader) -> list[int]:
    """The ids of all communities."""
    return [row["id"] for row in await reader.fetch("SELECT id FROM community ORDER BY id")]


async def setting_versions(reader: Reader, community_id: int, capability: str) -> list[SettingVersionRecord]:
    """Every version of a capability's settings, oldest effect first; of two for one instant the later made counts."""
    rows = await reader.fetch(
        "SELECT id, effective_from, data, actor, created_at FROM setting_version "
        "WHERE community_id = $1 AND capability = $2 ORDER BY effective_from, id",
        community_id,
        capability,
    )
    versions = {
        row["effective_from"]: SettingVersionRecord(
            id=row["id"],
            effective_from=row["effective_from"],
            data=orjson.loads(row["data"]),
            actor=row["actor"],
            created_at=instant_of(row["created_at"]),
        )
        for row in rows
    }
    return list(versions.values())


async def add_setting_version(
    tx: Tx, community_id: int, capability: str, effective_from: int, data: dict[str, Any], actor: str, now: datetime
) -> int:
    """Append a version of a capability's settings and return its id."""
    rows = await tx.fetch(
        "INSERT INTO setting_version (community_id, capability, effective_from, data, actor, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        community_id,
        capability,
        effective_from,
        orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode(),
        actor,
        micros(now),
    )
    return rows[0]["id"]
