"""Until when a community counted a channel that it follows no more."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLE = """
CREATE TABLE detachment (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE,
    channel_id BIGINT NOT NULL REFERENCES channel (id) ON DELETE CASCADE, detached_at BIGINT NOT NULL,
    UNIQUE (community_id, channel_id)
)
"""
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the table; nothing was ever detached."""
    await db.execute_query(TABLE.format(id=IDS[db.capabilities.dialect]))
    await db.execute_query("CREATE INDEX idx_detachment_channel ON detachment (channel_id)")
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: watch time of channels that were detached would be lost at the next count."""
    raise RuntimeError("Detached channels cannot be undone this way; restore a backup instead.")
