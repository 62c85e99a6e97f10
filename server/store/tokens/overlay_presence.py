"""In how many places each server shows an overlay by a key. Several servers count together by the database's clock."""

from collections.abc import Mapping
from datetime import timedelta

from server.domain.instants import MICROSECOND
from server.ports import Columns, Tx
from server.store.database import DATABASE_NOW


async def elsewhere(tx: Tx, key_id: int, server: str) -> int:
    """In how many places servers other than `server` show a key; nobody counts it anew until the transaction ends."""
    if tx.dialect == "postgres":
        await tx.fetch("SELECT id FROM overlay_key WHERE id = $1 FOR NO KEY UPDATE", key_id)
    [row] = await tx.fetch(
        "SELECT COALESCE(sum(p.sockets), 0) AS many FROM overlay_presence p JOIN overlay_server s ON s.name = p.server "
        f"WHERE p.key_id = $1 AND p.server <> $2 AND s.until > {DATABASE_NOW[tx.dialect]}",
        key_id,
        server,
    )
    return int(row["many"])


async def tell(tx: Tx, key_id: int, server: str, sockets: int) -> None:
    """Say in how many places a server shows a key; it counts as long as the server is there."""
    if not sockets:
        await tx.execute("DELETE FROM overlay_presence WHERE key_id = $1 AND server = $2", key_id, server)
        return
    await tx.execute(
        "INSERT INTO overlay_presence (key_id, server, sockets) VALUES ($1, $2, $3) "
        "ON CONFLICT (key_id, server) DO UPDATE SET sockets = excluded.sockets",
        key_id,
        server,
        sockets,
    )


async def is_there(tx: Tx, server: str) -> bool:
    """Whether what a server says counts now; False as well for one that never said anything."""
    now = DATABASE_NOW[tx.dialect]
    return bool(await tx.fetch(f"SELECT name FROM overlay_server WHERE name = $1 AND until > {now}", server))


async def renew(tx: Tx, server: str, held_for: timedelta) -> bool:
    """Let all that a server shows count so long again; False where it was late and may be taken for fallen."""
    now = DATABASE_NOW[tx.dialect]
    renewed = await tx.execute(
        f"UPDATE overlay_server SET until = {now} + $2 WHERE name = $1 AND until > {now}",
        server,
        held_for // MICROSECOND,
    )
    return renewed > 0


async def come_back(tx: Tx, server: str, held: Mapping[int, int], held_for: timedelta) -> None:
    """Let a server count that is new or was taken for fallen, with whatever of its places by key was forgotten."""
    # The server before its places, as `forget_over` goes: it may be at them right now, and one waits for the other.
    await tx.execute(
        f"INSERT INTO overlay_server (name, until) VALUES ($1, {DATABASE_NOW[tx.dialect]} + $2) "
        "ON CONFLICT (name) DO UPDATE SET until = excluded.until",
        server,
        held_for // MICROSECOND,
    )
    rows: Columns = {
        "key_id": ("bigint", sorted(held)),
        "sockets": ("bigint", [held[key_id] for key_id in sorted(held)]),
    }
    await tx.bulk(
        "INSERT INTO overlay_presence (key_id, server, sockets) SELECT k.id, {p1}, r.sockets "
        "FROM r JOIN overlay_key k ON k.id = r.key_id WHERE TRUE ON CONFLICT (key_id, server) DO NOTHING RETURNING id",
        rows,
        server,
    )


async def give_back(tx: Tx, server: str) -> None:
    """Let others have every place of a server."""
    await tx.execute("DELETE FROM overlay_server WHERE name = $1", server)
    await tx.execute("DELETE FROM overlay_presence WHERE server = $1", server)


async def forget_over(tx: Tx, limit: int) -> int:
    """Delete a bounded number of rows of servers that fell down; how many.

    Places go only while their server's row is held, so that one that comes back meanwhile tells of them afterwards.
    """
    lock = "FOR UPDATE SKIP LOCKED" if tx.dialect == "postgres" else ""
    fallen = await tx.fetch(
        f"SELECT name FROM overlay_server WHERE until < {DATABASE_NOW[tx.dialect]} ORDER BY until LIMIT $1 {lock}",
        limit,
    )
    forgotten = 0
    for row in fallen:
        forgotten += await tx.execute(
            "DELETE FROM overlay_presence WHERE id IN (SELECT id FROM overlay_presence WHERE server = $1 LIMIT $2)",
            row["name"],
            limit - forgotten,
        )
        if forgotten >= limit:
            return forgotten
        await tx.execute("DELETE FROM overlay_server WHERE name = $1", row["name"])
    # Told by a server in the moment in which it was taken for fallen: the next time it is held like the others.
    await tx.execute(
        "INSERT INTO overlay_server (name, until) SELECT DISTINCT p.server, 0 FROM overlay_presence p "
        "WHERE NOT EXISTS (SELECT 1 FROM overlay_server s WHERE s.name = p.server) ON CONFLICT (name) DO NOTHING"
    )
    return forgotten + len(fallen)
