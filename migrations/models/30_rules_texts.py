"""The exact text of the rules of a raffle or a giveaway, whose hash every draw promises."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Add the columns; what was opened before keeps its hash, and has no text."""
    for table in ("raffle_period", "giveaway"):
        await db.execute_script(f"ALTER TABLE {table} ADD COLUMN rules_text TEXT")
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: hashes that were promised would have no text any more."""
    raise RuntimeError("Rules that were published cannot be undone this way; restore a backup instead.")
