"""Public keys of services, and the requests that they signed and that were taken."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.domain.instants import instant_of, micros
from server.ports import Reader, Row, Tx

ServiceKind = Literal["bot", "exporter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKey:
    """What a service signs with, and what its signature is good for."""

    id: int
    kid: str
    kind: ServiceKind
    name: str
    public_key: str
    guilds: frozenset[str]
    community_id: int | None
    created_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None


COLUMNS = "id, kid, kind, name, public_key, guilds, community_id, created_at, revoked_at, used_at"


def key_record(row: Row) -> ServiceKey:
    """A row of `COLUMNS` as a value."""
    return ServiceKey(
        id=row["id"],
        kid=row["kid"],
        kind=row["kind"],
        name=row["name"],
        public_key=row["public_key"],
        guilds=frozenset(filter(None, row["guilds"].split(","))),
        community_id=row["community_id"],
        created_at=instant_of(row["created_at"]),
        revoked_at=None if row["revoked_at"] is None else instant_of(row["revoked_at"]),
        used_at=None if row["used_at"] is None else instant_of(row["used_at"]),
    )


async def add(
    tx: Tx,
    *,
    kid: str,
    kind: ServiceKind,
    name: str,
    public_key: str,
    guilds: frozenset[str],
    community_id: int | None,
    now: datetime,
) -> int:
    """Keep a public key; its row's id."""
    rows = await tx.fetch(
        "INSERT INTO service_key (kid, kind, name, public_key, guilds, community_id, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        kid,
        kind,
        name,
        public_key,
        ",".join(sorted(guilds)),
        community_id,
        micros(now),
    )
    return rows[0]["id"]


async def by_kid(reader: Reader, kid: str) -> ServiceKey | None:
    """The key with an id of its own, good or revoked; None when there is none."""
    row = await reader.find(f"SELECT {COLUMNS} FROM service_key WHERE kid = $1", kid)
    return None if row is None else key_record(row)


async def everyone(reader: Reader, limit: int) -> list[ServiceKey]:
    """The newest keys, oldest of them first."""
    rows = await reader.fetch(f"SELECT {COLUMNS} FROM service_key ORDER BY id DESC LIMIT $1", limit)
    return list(map(key_record, reversed(rows)))


async def count_good(reader: Reader) -> int:
    """How many keys are not revoked."""
    row = await reader.find("SELECT count(*) AS many FROM service_key WHERE revoked_at IS NULL")
    return 0 if row is None else row["many"]


async def revoke(tx: Tx, key_id: int, now: datetime) -> bool:
    """Take a key back; False when it was already."""
    touched = await tx.execute(
        "UPDATE service_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", key_id, micros(now)
    )
    return touched > 0


async def community_of(reader: Reader, guild: str) -> tuple[int, str] | None:
    """The community that a Discord server is bound to, with its slug; None for a server that is bound to none."""
    row = await reader.find(
        "SELECT c.id, c.slug FROM guild g JOIN community c ON c.id = g.community_id WHERE g.external_id = $1", guild
    )
    return None if row is None else (row["id"], row["slug"])


async def guilds_of(reader: Reader, communities: Collection[int]) -> dict[int, list[str]]:
    """The Discord servers that are bound to these communities."""
    rows = await reader.bulk(
        "SELECT g.community_id, g.external_id FROM r JOIN guild g ON g.community_id = r.id",
        {"id": ("bigint", sorted(communities))},
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row["community_id"], []).append(row["external_id"])
    return found


async def spend(writer: Tx, requests: Mapping[str, datetime]) -> set[str]:
    """Note requests, each with its end, and return those that were not noted before; in a transaction of its own.

    Of several servers that are asked for the same at the same time one gets it.
    """
    ids = sorted(requests)
    rows = await writer.bulk(
        "INSERT INTO spent_request (id, expires_at) SELECT r.id, r.expires_at FROM r WHERE TRUE "
        "ON CONFLICT (id) DO NOTHING RETURNING id",
        {"id": ("text", ids), "expires_at": ("bigint", [micros(requests[one]) for one in ids])},
    )
    return {row["id"] for row in rows}


async def forget_spent_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of requests that are over; how many."""
    return await tx.execute(
        "DELETE FROM spent_request WHERE id IN (SELECT id FROM spent_request WHERE expires_at < $1 LIMIT $2)",
        micros(instant),
        limit,
    )
