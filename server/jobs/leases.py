"""Leases: who does a one-of-a-kind work, by the database's own clock. They save work; unique keys give correctness."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import structlog

from server.domain.instants import MICROSECOND
from server.ports import Tx
from server.store.database import DATABASE_NOW
from server.store.errors import is_down

log = structlog.get_logger(__name__)

GIVEN_BACK_WITHIN_S = 5.0


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


async def release_those(tx: Tx, prefix: str, holder: str) -> int:
    """Give back early all leases that `holder` has and whose names begin with `prefix`; how many."""
    return await tx.execute(
        "UPDATE lease SET until = 0 WHERE holder = $1 AND until > 0 AND substr(name, 1, $2) = $3",
        holder,
        len(prefix),
        prefix,
    )


async def release(tx: Tx, name: str, holder: str) -> None:
    """Give a lease back early."""
    await tx.execute("UPDATE lease SET until = 0 WHERE name = $1 AND holder = $2", name, holder)


async def on_the_way_out(giving_back: Awaitable[object], what: str) -> None:
    """Wait until something is given back; where that fails or takes long it is logged, and the lease ends by itself."""
    try:
        async with asyncio.timeout(GIVEN_BACK_WITHIN_S):
            await giving_back
    except Exception as error:  # noqa: BLE001 - whatever it is, whoever stops goes on stopping
        log.warning("lease.not_given_back", what=what, down=is_down(error), error=type(error).__name__)
