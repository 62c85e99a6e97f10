"""Somebody's lines in draws are found by his account, to be exported or forgotten."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Add the index."""
    await db.execute_query("CREATE INDEX idx_draw_entrant_account ON draw_entrant (account_id)")
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: salts of forgotten people are gone, and older servers do not expect that."""
    raise RuntimeError("Salts that are gone cannot be undone this way; restore a backup instead.")
