"""Which keys and tokens are good no more, and when each was used last."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal

from server.domain.instants import micros
from server.ports import Columns, Reader, Tx

CredentialKind = Literal["printed", "service", "overlay", "api", "session"]

Credential = tuple[CredentialKind, int, str]
"""What somebody came in with: its kind, its row's id, and for a printed token, which has no row, its own id."""

TABLES = {"service": "service_key", "overlay": "overlay_key", "api": "api_token"}

GONE = (
    "SELECT r.kind AS kind, r.number AS number, r.name AS name FROM r WHERE CASE r.kind "
    "WHEN 'printed' THEN EXISTS (SELECT 1 FROM revoked_token t WHERE t.id = r.name) "
    "WHEN 'service' THEN NOT EXISTS (SELECT 1 FROM service_key t WHERE t.id = r.number AND t.revoked_at IS NULL) "
    "WHEN 'overlay' THEN NOT EXISTS (SELECT 1 FROM overlay_key t WHERE t.id = r.number AND t.revoked_at IS NULL) "
    "WHEN 'api' THEN NOT EXISTS (SELECT 1 FROM api_token t WHERE t.id = r.number AND t.revoked_at IS NULL) "
    "ELSE NOT EXISTS (SELECT 1 FROM web_session t WHERE t.id = r.number AND t.ended_at IS NULL) END"
)


async def gone(reader: Reader, held: Collection[Credential]) -> set[Credential]:
    """Which of these were taken back, or are not there any more; one question, however many there are."""
    listed = sorted(held)
    rows: Columns = {
        "kind": ("text", [kind for kind, _, _ in listed]),
        "number": ("bigint", [number for _, number, _ in listed]),
        "name": ("text", [name for _, _, name in listed]),
    }
    return {(row["kind"], row["number"], row["name"]) for row in await reader.bulk(GONE, rows)}


async def is_revoked(reader: Reader, token_id: str) -> bool:
    """Whether a printed token was taken back."""
    return await reader.find("SELECT id FROM revoked_token WHERE id = $1", token_id) is not None


async def revoke(tx: Tx, token_id: str, expires_at: datetime, now: datetime) -> bool:
    """Take a printed token back until it ends; False when it was already."""
    touched = await tx.execute(
        "INSERT INTO revoked_token (id, expires_at, revoked_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        token_id,
        micros(expires_at),
        micros(now),
    )
    return touched > 0


async def note_used(tx: Tx, used: Mapping[tuple[str, int], datetime]) -> None:
    """Note when keys and tokens were used last, by their kind and row."""
    for kind, table in TABLES.items():
        some = sorted((number, micros(at)) for (one, number), at in used.items() if one == kind)
        rows: Columns = {"id": ("bigint", [one[0] for one in some]), "at": ("bigint", [one[1] for one in some])}
        await tx.bulk(
            f"UPDATE {table} SET used_at = r.at FROM r WHERE {table}.id = r.id "
            f"AND ({table}.used_at IS NULL OR {table}.used_at < r.at)",
            rows,
        )


async def forget_revoked_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of revocations of tokens that are over anyway; how many."""
    return await tx.execute(
        "DELETE FROM revoked_token WHERE id IN (SELECT id FROM revoked_token WHERE expires_at < $1 LIMIT $2)",
        micros(instant),
        limit,
    )
