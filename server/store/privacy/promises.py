"""How much of what need not be kept is older than it should be, and the deleting of what is over."""

from datetime import datetime

from server.domain.instants import micros
from server.ports import Reader, Tx

COUNTED_MAX = 1_000

AGES = {
    "raw bodies": "FROM inbox i WHERE i.received_at < $1 AND NOT i.orphan AND NOT EXISTS "
    "(SELECT 1 FROM delivery d WHERE d.inbox_id = i.id AND d.state <> 'applied')",
    "events of the feed": "FROM feed_entry WHERE at < $1",
    "first results of mutations": "FROM idempotency WHERE at < $1",
    "lines of the audit log": "FROM audit_event WHERE at < $1",
    "looks of staff": "FROM personal_read WHERE hour < $1",
    "sign-ins": "FROM web_session WHERE expires_at < $1",
    "attempts to sign in": "FROM sign_in_attempt WHERE expires_at < $1",
    "codes of Discord servers": "FROM guild_code WHERE COALESCE(used_at, expires_at) < $1",
    "codes of new communities": "FROM invitation WHERE COALESCE(used_at, expires_at) < $1",
    "links that were handed out": "FROM account_proof WHERE settled_at < $1",
    "digests of forgotten accounts": "FROM forgotten WHERE until < $1",
    "gains in affiliate feeds": "FROM wager_gain WHERE at < $1",
    "wishes to be forgotten": "FROM forgetting WHERE settled_at < $1",
}
"""What is kept for a time only, and which rows are older than an instant."""


async def older(reader: Reader, what: str, before: datetime) -> int:
    """How many rows of a kind are older than an instant, counted up to 1,000."""
    rows = await reader.fetch(
        f"SELECT count(*) AS many FROM (SELECT 1 {AGES[what]} LIMIT {COUNTED_MAX}) AS counted", micros(before)
    )
    return int(rows[0]["many"])


async def forget_proofs_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of links that were handed out and ended long ago; how many."""
    return await tx.execute(
        "DELETE FROM account_proof WHERE id IN (SELECT id FROM account_proof WHERE settled_at < $1 LIMIT $2)",
        micros(instant),
        limit,
    )
