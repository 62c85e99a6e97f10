"""Tokens that people made for their programs."""

from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.staff import Capabilities, Holder, restored, stored
from server.ports import Reader, Row, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiTokenRecord:
    """A person's token, without its secret."""

    id: int
    community_id: int
    holder: Holder
    name: str
    ceiling: Capabilities
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None


PARTS = (
    *("id", "community_id", "holder_kind", "external_id", "name"),
    *("ceiling", "created_at", "expires_at", "revoked_at", "used_at"),
)
COLUMNS = ", ".join(PARTS)


def token_record(row: Row) -> ApiTokenRecord:
    """A row of `COLUMNS` as a value."""
    return ApiTokenRecord(
        id=row["id"],
        community_id=row["community_id"],
        holder=(row["holder_kind"], row["external_id"]),
        name=row["name"],
        ceiling=restored(row["ceiling"]),
        created_at=instant_of(row["created_at"]),
        expires_at=instant_of(row["expires_at"]),
        revoked_at=None if row["revoked_at"] is None else instant_of(row["revoked_at"]),
        used_at=None if row["used_at"] is None else instant_of(row["used_at"]),
    )


async def add(
    tx: Tx,
    community_id: int,
    *,
    holder: Holder,
    name: str,
    ceiling: Capabilities,
    digest: str,
    expires_at: datetime,
    now: datetime,
) -> ApiTokenRecord:
    """Keep a token by the digest of its secret."""
    rows = await tx.fetch(
        "INSERT INTO api_token (community_id, holder_kind, external_id, name, ceiling, token_digest, created_at, "
        f"expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {COLUMNS}",
        community_id,
        *holder,
        name,
        stored(ceiling),
        digest,
        micros(now),
        micros(expires_at),
    )
    return token_record(rows[0])


async def by_digest(reader: Reader, digest: str) -> tuple[ApiTokenRecord, str] | None:
    """The token with a secret, whether or not it is still good, and its community's slug; None when there is none."""
    columns = ", ".join(f"t.{part}" for part in PARTS)
    row = await reader.find(
        f"SELECT {columns}, c.slug FROM api_token t JOIN community c ON c.id = t.community_id "
        "WHERE t.token_digest = $1",
        digest,
    )
    return None if row is None else (token_record(row), row["slug"])


async def of_holder(
    reader: Reader, holder: Holder, community_id: int | None, before_id: int | None, limit: int
) -> list[ApiTokenRecord]:
    """The tokens of a person in one community or in all, newest first, after the last one seen."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM api_token WHERE holder_kind = $1 AND external_id = $2 AND id < $3 "
        "AND ($5 = 0 OR community_id = $5) ORDER BY id DESC LIMIT $4",
        *holder,
        2**63 - 1 if before_id is None else before_id,
        limit,
        community_id or 0,
    )
    return list(map(token_record, rows))


async def page(reader: Reader, community_id: int, before_id: int | None, limit: int) -> list[ApiTokenRecord]:
    """The tokens of everybody in a community, newest first, after the last one seen."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM api_token WHERE community_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        community_id,
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return list(map(token_record, rows))


async def count(reader: Reader, community_id: int) -> int:
    """How many tokens people have for a community, of whatever state."""
    rows = await reader.fetch("SELECT count(*) AS many FROM api_token WHERE community_id = $1", community_id)
    return int(rows[0]["many"])


async def count_of_holder(reader: Reader, holder: Holder, community_id: int | None) -> int:
    """How many tokens a person has in one community or in all, of whatever state."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM api_token WHERE holder_kind = $1 AND external_id = $2 "
        "AND ($3 = 0 OR community_id = $3)",
        *holder,
        community_id or 0,
    )
    return int(rows[0]["many"])


async def count_good(reader: Reader, holder: Holder, now: datetime) -> int:
    """How many tokens a person has that are good."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM api_token WHERE holder_kind = $1 AND external_id = $2 "
        "AND revoked_at IS NULL AND expires_at > $3",
        *holder,
        micros(now),
    )
    return int(rows[0]["many"])


async def find(reader: Reader, community_id: int, token_id: int) -> ApiTokenRecord | None:
    """A token of somebody for a community, or None."""
    row = await reader.find(
        f"SELECT {COLUMNS} FROM api_token WHERE id = $1 AND community_id = $2", token_id, community_id
    )
    return None if row is None else token_record(row)


async def revoke(tx: Tx, community_id: int, token_id: int, now: datetime) -> ApiTokenRecord | None:
    """Take a token back and return it; None when there is none. One that was revoked stays so."""
    rows = await tx.fetch(
        "UPDATE api_token SET revoked_at = COALESCE(revoked_at, $3) WHERE community_id = $1 AND id = $2 "
        f"RETURNING {COLUMNS}",
        community_id,
        token_id,
        micros(now),
    )
    return token_record(rows[0]) if rows else None


async def forget_over_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of tokens that ended by themselves before an instant; how many."""
    return await tx.execute(
        "DELETE FROM api_token WHERE id IN (SELECT id FROM api_token WHERE expires_at < $1 LIMIT $2)",
        micros(instant),
        limit,
    )
