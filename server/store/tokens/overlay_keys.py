"""Keys with which overlays show a community."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.domain.instants import MICROSECOND, instant_of, micros
from server.ports import Reader, Row, Tx

REFUSED_WITHIN = timedelta(seconds=5)
"""So long after it was revoked some server may yet have taken a key for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayKeyRecord:
    """A key of an overlay, without its secret; `used_at` is also when a revoked one was tried last."""

    id: int
    community_id: int
    overlay: str
    created_by: str
    created_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None

    @property
    def tried_at(self) -> datetime | None:
        """When somebody tried it last though it was revoked; None for never."""
        if self.revoked_at is None or self.used_at is None:
            return None
        return self.used_at if self.used_at > self.revoked_at + REFUSED_WITHIN else None


COLUMNS = "k.id, k.community_id, k.overlay, k.created_by, k.created_at, k.revoked_at, k.used_at"


def key_record(row: Row) -> OverlayKeyRecord:
    """A row of `COLUMNS` as a value."""
    return OverlayKeyRecord(
        id=row["id"],
        community_id=row["community_id"],
        overlay=row["overlay"],
        created_by=row["created_by"],
        created_at=instant_of(row["created_at"]),
        revoked_at=None if row["revoked_at"] is None else instant_of(row["revoked_at"]),
        used_at=None if row["used_at"] is None else instant_of(row["used_at"]),
    )


async def add(
    tx: Tx, community_id: int, *, overlay: str, digest: str, created_by: str, now: datetime
) -> OverlayKeyRecord:
    """Keep a key by the digest of its secret."""
    rows = await tx.fetch(
        "INSERT INTO overlay_key (community_id, overlay, token_digest, created_by, created_at) "
        f"VALUES ($1, $2, $3, $4, $5) RETURNING {COLUMNS.replace('k.', '')}",
        community_id,
        overlay,
        digest,
        created_by,
        micros(now),
    )
    return key_record(rows[0])


async def by_digest(reader: Reader, digest: str) -> tuple[OverlayKeyRecord, str] | None:
    """The key with a secret, good or revoked, and its community's slug; None when there is none."""
    row = await reader.find(
        f"SELECT {COLUMNS}, c.slug FROM overlay_key k JOIN community c ON c.id = k.community_id "
        "WHERE k.token_digest = $1",
        digest,
    )
    return None if row is None else (key_record(row), row["slug"])


async def page(reader: Reader, community_id: int, before_id: int | None, limit: int) -> list[OverlayKeyRecord]:
    """The keys of a community, newest first, after the last one seen."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM overlay_key k WHERE k.community_id = $1 AND k.id < $2 ORDER BY k.id DESC LIMIT $3",
        community_id,
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return list(map(key_record, rows))


async def good(reader: Reader, community_id: int, limit: int) -> list[OverlayKeyRecord]:
    """The keys of a community that are not revoked, by overlay."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM overlay_key k WHERE k.community_id = $1 AND k.revoked_at IS NULL "
        "ORDER BY k.overlay, k.id LIMIT $2",
        community_id,
        limit,
    )
    return list(map(key_record, rows))


async def revoked_since(reader: Reader, community_id: int, instant: datetime, limit: int) -> list[OverlayKeyRecord]:
    """The keys of a community that were revoked since then: those still tried first, then the last one."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM overlay_key k WHERE k.community_id = $1 AND k.revoked_at >= $2 "
        "ORDER BY CASE WHEN k.used_at > k.revoked_at + $3 THEN 0 ELSE 1 END, k.revoked_at DESC, k.id DESC LIMIT $4",
        community_id,
        micros(instant),
        REFUSED_WITHIN // MICROSECOND,
        limit,
    )
    return list(map(key_record, rows))


async def count(reader: Reader, community_id: int, *, good: bool = False) -> int:
    """How many keys a community has, or how many that are not revoked."""
    only = " AND revoked_at IS NULL" if good else ""
    rows = await reader.fetch(f"SELECT count(*) AS many FROM overlay_key WHERE community_id = $1{only}", community_id)
    return int(rows[0]["many"])


async def overlays(reader: Reader, community_id: int) -> list[str]:
    """The overlays of a community that have a good key."""
    rows = await reader.fetch(
        "SELECT DISTINCT overlay FROM overlay_key WHERE community_id = $1 AND revoked_at IS NULL ORDER BY overlay",
        community_id,
    )
    return [row["overlay"] for row in rows]


async def revoke(tx: Tx, community_id: int, key_id: int, now: datetime) -> OverlayKeyRecord | None:
    """Take a key of a community back and return it; None when it has no such key. One that was revoked stays so."""
    rows = await tx.fetch(
        "UPDATE overlay_key SET revoked_at = COALESCE(revoked_at, $3) WHERE community_id = $1 AND id = $2 "
        f"RETURNING {COLUMNS.replace('k.', '')}",
        community_id,
        key_id,
        micros(now),
    )
    return key_record(rows[0]) if rows else None
