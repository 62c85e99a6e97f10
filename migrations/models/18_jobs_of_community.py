"""Find a community's jobs without walking through everybody's."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Make the index."""
    await db.execute_query("CREATE INDEX job_of_community ON job (community_id, audience, state, run_at, id)")
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Drop the index; everything is found without it, slower."""
    await db.execute_query("DROP INDEX job_of_community")
    return "SELECT 1"
