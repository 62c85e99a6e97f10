"""Who entered a giveaway may leave it again."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Add the column; nobody has left a giveaway yet."""
    return "ALTER TABLE giveaway_entry ADD COLUMN left_at BIGINT;"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse, as every migration does: a database goes back by a backup alone."""
    raise RuntimeError("Migrations are not undone one by one; restore a backup instead.")
