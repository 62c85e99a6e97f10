"""Accounts that were forgotten, known by a keyed digest alone, so that old news do not bring them back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from server.domain.instants import micros
from server.domain.privacy import Identity
from server.ports import Tx


async def remember(tx: Tx, people: Sequence[Identity], until: datetime) -> None:
    """Turn away what is told of accounts from before `until`."""
    await tx.bulk(
        "INSERT INTO forgotten (digest, until) SELECT r.digest, {p1} FROM r WHERE TRUE "
        "ON CONFLICT (digest) DO UPDATE SET until = excluded.until",
        {"digest": ("text", [tx.digest(str(one)) for one in people])},
        micros(until),
    )


async def forgotten_since(tx: Tx, platform: str, told: Mapping[str, int]) -> frozenset[str]:
    """Those of some accounts without a row, by the platform's own id, who were forgotten after they were told of.

    What is told at 0 is not told by a platform and never too old. Asked after the row was not found: an account is
    struck and remembered in one transaction, so that whoever no longer finds it finds this. While nobody is remembered
    it costs one question for a batch with newcomers.
    """
    if not await tx.fetch("SELECT 1 FROM forgotten LIMIT 1"):
        return frozenset()
    digests = {tx.digest(str(Identity(platform, external_id))): external_id for external_id in told}
    rows = await tx.bulk(
        "SELECT f.digest, f.until FROM r JOIN forgotten f ON f.digest = r.digest", {"digest": ("text", list(digests))}
    )
    return frozenset(digests[row["digest"]] for row in rows if 0 < told[digests[row["digest"]]] <= row["until"])


async def let_go(tx: Tx, before: datetime, limit: int) -> int:
    """Delete a bounded number of digests that nothing old enough can come back to; how many."""
    return await tx.execute(
        "DELETE FROM forgotten WHERE id IN (SELECT id FROM forgotten WHERE until < $1 LIMIT $2)", micros(before), limit
    )
