"""First results of mutations, kept so that a repeat returns them."""

from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import micros
from server.ports import Tx


@dataclass(frozen=True, slots=True)
class FirstResult:
    """What a key gave the first time, and the digest of its input."""

    digest: str
    result: str


async def claim(tx: Tx, scope: str, key: str, digest: str, now: datetime) -> FirstResult | None:
    """Take `key` for this transaction and return None, or return what it gave before.

    A second caller waits for the first one's transaction, so that two at once do the work once.
    """
    taken = await tx.fetch(
        "INSERT INTO idempotency (scope, key, input_hash, result, at) VALUES ($1, $2, $3, '', $4) "
        "ON CONFLICT (scope, key) DO NOTHING RETURNING id",
        scope,
        key,
        digest,
        micros(now),
    )
    if taken:
        return None
    [row] = await tx.fetch("SELECT input_hash, result FROM idempotency WHERE scope = $1 AND key = $2", scope, key)
    return FirstResult(row["input_hash"], row["result"])


async def keep(tx: Tx, scope: str, key: str, result: str) -> None:
    """Keep the result of a key that `claim` took in the same transaction."""
    await tx.execute("UPDATE idempotency SET result = $3 WHERE scope = $1 AND key = $2", scope, key, result)


async def forget_before(tx: Tx, instant: datetime) -> int:
    """Delete results older than `instant`; how many there were."""
    return await tx.execute("DELETE FROM idempotency WHERE at < $1", micros(instant))
