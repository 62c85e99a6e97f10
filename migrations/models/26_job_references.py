"""Under which id a client posted what a job asked for."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Add the column; of what was posted so far nobody told."""
    await db.execute_query("ALTER TABLE job ADD COLUMN reference VARCHAR(64)")
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Forget what was told."""
    await db.execute_query("ALTER TABLE job DROP COLUMN reference")
    return "SELECT 1"
