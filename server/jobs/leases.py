"""Leases: who does a one-of-a-kind work, by the database's own clock. They save work; unique keys give correctness."""

from datetime import timedelta

from server.domain.instants import MICROSECOND
from server.ports import Tx
from server.store.database import DATABASE_NOW


async def hold(tx: Tx, name: str, holder: str, duration: timedelta) -> int | None:
    """Take or renew a lease and return its epoch, or None while somebody else holds it."""
    now = DATABASE_NOW[tx.dialect]
    rows = await tx.fetch(
        f"INSERT INTO lease (name, holder, epoch, until) VALUES ($1, $2, 1, {now} + $3) ON CONFLICT (name) DO UPDATE "
        "SET holder = excluded.holder, until = excluded.until, "
        "epoch = lease.epoch + CASE WHEN lease.holder = excluded.holder THEN 0 ELSE 1 END "
        f"WHERE lease.holder = excluded.holder OR lease.until < {now} RETURNING epoch",
        name,
        holder,
        duration // MICROSECOND,
    )
    return rows[0]["epoch"] if rows else None


async def release(tx: Tx, name: str, holder: str) -> None:
    """Give a lease back early."""
    await tx.execute("UPDATE lease SET until = 0 WHERE name = $1 AND holder = $2", name, holder)
