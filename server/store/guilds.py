"""The Discord servers of communities, and the codes that bind them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from server.domain.guilds import GuildCode, Purpose
from server.domain.instants import instant_of, micros
from server.ports import Reader, Row, Tx

LOOKED_AT_MAX = 1_000
"""So many are compared with a typed code: those that are open, and the newest of the others."""
CODE_COLUMNS = "id, community_id, salt, expires_at, used_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildRecord:
    """A Discord server, bound to a community."""

    community_id: int
    external_id: str
    name: str
    bound_by: str
    bound_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRecord:
    """A channel that was chosen for a purpose."""

    purpose: Purpose
    external_id: str
    chosen_by: str
    chosen_at: datetime


def guild_code(row: Row) -> GuildCode:
    """A row of `CODE_COLUMNS` as a value."""
    return GuildCode(
        id=row["id"],
        community_id=row["community_id"],
        salt=row["salt"],
        expires_at=instant_of(row["expires_at"]),
        used_at=None if row["used_at"] is None else instant_of(row["used_at"]),
    )


async def add_code(tx: Tx, community_id: int, salt: str, made_by: str, now: datetime, expires_at: datetime) -> int:
    """Keep a code's salt and return its number."""
    rows = await tx.fetch(
        "INSERT INTO guild_code (community_id, salt, made_by, made_at, expires_at) VALUES ($1, $2, $3, $4, $5) "
        "RETURNING id",
        community_id,
        salt,
        made_by,
        micros(now),
        micros(expires_at),
    )
    return rows[0]["id"]


async def codes(reader: Reader, now: datetime) -> list[GuildCode]:
    """The open codes of all communities, and the newest of those that bind nothing any more."""
    rows = await reader.fetch(
        f"SELECT {CODE_COLUMNS} FROM guild_code "
        "ORDER BY CASE WHEN used_at IS NULL AND expires_at > $1 THEN 0 ELSE 1 END, id DESC LIMIT $2",
        micros(now),
        LOOKED_AT_MAX,
    )
    return list(map(guild_code, rows))


async def code_by_id(reader: Reader, community_id: int, number: int) -> GuildCode | None:
    """A code of a community, or None."""
    row = await reader.find(
        f"SELECT {CODE_COLUMNS} FROM guild_code WHERE id = $1 AND community_id = $2", number, community_id
    )
    return None if row is None else guild_code(row)


async def open_codes(reader: Reader, community_id: int, now: datetime) -> int:
    """How many codes of a community are open."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM guild_code WHERE community_id = $1 AND used_at IS NULL AND expires_at > $2",
        community_id,
        micros(now),
    )
    return int(rows[0]["many"])


async def use_code(tx: Tx, community_id: int, number: int, now: datetime) -> None:
    """Use a code up."""
    await tx.execute(
        "UPDATE guild_code SET used_at = $3 WHERE community_id = $1 AND id = $2", community_id, number, micros(now)
    )


async def forget_codes_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of codes that were used up, or over, before an instant; how many."""
    return await tx.execute(
        "DELETE FROM guild_code WHERE id IN "
        "(SELECT id FROM guild_code WHERE COALESCE(used_at, expires_at) < $1 LIMIT $2)",
        micros(instant),
        limit,
    )


async def lock(tx: Tx) -> None:
    """Let nobody else bind a Discord server until this transaction ends; SQLite has one writer anyway."""
    if tx.dialect == "postgres":
        await tx.fetch("SELECT pg_advisory_xact_lock(hashtext('guild'))")


async def of_community(reader: Reader, community_id: int) -> GuildRecord | None:
    """The Discord server of a community, or None."""
    row = await reader.find(
        "SELECT community_id, external_id, name, bound_by, bound_at FROM guild WHERE community_id = $1", community_id
    )
    if row is None:
        return None
    return GuildRecord(
        community_id=row["community_id"],
        external_id=row["external_id"],
        name=row["name"],
        bound_by=row["bound_by"],
        bound_at=instant_of(row["bound_at"]),
    )


async def community_of(reader: Reader, external_id: str) -> int | None:
    """The community that a Discord server belongs to, or None."""
    row = await reader.find("SELECT community_id FROM guild WHERE external_id = $1", external_id)
    return None if row is None else row["community_id"]


async def communities_of(reader: Reader, external_ids: Collection[str]) -> dict[str, int]:
    """The communities that Discord servers belong to, of those that are bound; for a bounded number of servers."""
    if not external_ids:
        return {}
    places = ", ".join(f"${n}" for n in range(1, len(external_ids) + 1))
    rows = await reader.fetch(
        f"SELECT external_id, community_id FROM guild WHERE external_id IN ({places})", *external_ids
    )
    return {row["external_id"]: row["community_id"] for row in rows}


async def bind(tx: Tx, community_id: int, external_id: str, name: str, bound_by: str, now: datetime) -> None:
    """Bind a Discord server to a community, or keep its new name."""
    await tx.execute(
        "INSERT INTO guild (community_id, external_id, name, bound_by, bound_at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (community_id) DO UPDATE SET name = excluded.name",
        community_id,
        external_id,
        name,
        bound_by,
        micros(now),
    )


async def channels(reader: Reader, community_id: int) -> dict[Purpose, ChannelRecord]:
    """The channels that a community chose, one for each purpose at most."""
    rows = await reader.fetch(
        "SELECT purpose, external_id, chosen_by, chosen_at FROM guild_channel WHERE community_id = $1 ORDER BY purpose",
        community_id,
    )
    return {
        purpose: ChannelRecord(
            purpose=purpose,
            external_id=row["external_id"],
            chosen_by=row["chosen_by"],
            chosen_at=instant_of(row["chosen_at"]),
        )
        for row in rows
        if (purpose := Purpose(row["purpose"]))
    }


async def choose(
    tx: Tx, community_id: int, purpose: Purpose, external_id: str | None, chosen_by: str, now: datetime
) -> None:
    """Keep a channel for a purpose, or forget the one that was chosen."""
    if external_id is None:
        await tx.execute(
            "DELETE FROM guild_channel WHERE community_id = $1 AND purpose = $2", community_id, purpose.value
        )
        return
    await tx.execute(
        "INSERT INTO guild_channel (community_id, purpose, external_id, chosen_by, chosen_at) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (community_id, purpose) DO UPDATE SET "
        "external_id = excluded.external_id, chosen_by = excluded.chosen_by, chosen_at = excluded.chosen_at",
        community_id,
        purpose.value,
        external_id,
        chosen_by,
        micros(now),
    )


async def unbind(tx: Tx, community_id: int) -> None:
    """Let a community have no Discord server, nor any of its channels."""
    await tx.execute("DELETE FROM guild_channel WHERE community_id = $1", community_id)
    await tx.execute("DELETE FROM guild WHERE community_id = $1", community_id)
