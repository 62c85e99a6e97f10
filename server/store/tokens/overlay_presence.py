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
        "SELECT COALESCE(sum(sockets), 0) AS many FROM overlay_presence "
        f"WHERE key_id = $1 AND server <> $2 AND until > {DATABASE_NOW[tx.dialect]}",
        key_id,
        server,
    )
    return int(row["many"])


async def tell(tx: Tx, key_id: int, server: str, sockets: int, held_for: timedelta) -> None:
    """Say in how many places a server shows a key; it counts so long, unless it is said again."""
    if not sockets:
        await tx.execute("DELETE FROM overlay_presence WHERE key_id = $1 AND server = $2", key_id, server)
        return
    await tx.execute(
        "INSERT INTO overlay_presence (key_id, server, sockets, until) "
        f"VALUES ($1, $2, $3, {DATABASE_NOW[tx.dialect]} + $4) "
        "ON CONFLICT (key_id, server) DO UPDATE SET sockets = excluded.sockets, until = excluded.until",
        key_id,
        server,
        sockets,
        held_for // MICROSECOND,
    )


async def renew(tx: Tx, server: str, held: Mapping[int, int], held_for: timedelta) -> None:
    """Let what a server shows, by key, count so long again; also what was taken for over meanwhile."""
    rows: Columns = {
        "key_id": ("bigint", sorted(held)),
        "sockets": ("bigint", [held[key_id] for key_id in sorted(held)]),
    }
    await tx.bulk(
        "INSERT INTO overlay_presence (key_id, server, sockets, until) "
        f"SELECT k.id, {{p1}}, r.sockets, {DATABASE_NOW[tx.dialect]} + {{p2}} "
        "FROM r JOIN overlay_key k ON k.id = r.key_id WHERE TRUE "
        "ON CONFLICT (key_id, server) DO UPDATE SET until = excluded.until RETURNING id",
        rows,
        server,
        held_for // MICROSECOND,
    )


async def give_back(tx: Tx, server: str) -> None:
    """Let others have every place of a server."""
    await tx.execute("DELETE FROM overlay_presence WHERE server = $1", server)


async def forget_over(tx: Tx, limit: int) -> int:
    """Delete a bounded number of rows that count no more, of servers that fell down; how many."""
    return await tx.execute(
        "DELETE FROM overlay_presence WHERE id IN (SELECT id FROM overlay_presence "
        f"WHERE until < {DATABASE_NOW[tx.dialect]} LIMIT $1)",
        limit,
    )
