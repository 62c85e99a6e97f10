"""What was given in a raffle last is found without looking at anything else."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

# Only what is news, so that no run of corrections or latecomers has to be passed over.
INDEX = """
CREATE INDEX ticket_entry_news ON ticket_entry (period_id, recorded_at, id)
    WHERE amount > 0 AND late_from IS NULL
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Make the index."""
    await db.execute_query(INDEX)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse, as every migration does: a database goes back by a backup alone."""
    raise RuntimeError("Migrations are not undone one by one; restore a backup instead.")
