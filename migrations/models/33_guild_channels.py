"""Which channel of a community's Discord server gets what."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLE = """
CREATE TABLE guild_channel (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, purpose VARCHAR(20) NOT NULL,
    external_id VARCHAR(20) NOT NULL, chosen_by VARCHAR(100) NOT NULL, chosen_at BIGINT NOT NULL,
    UNIQUE (community_id, purpose)
)
"""
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the table; nobody chose a channel yet."""
    await db.execute_query(TABLE.format(id=IDS[db.capabilities.dialect]))
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse, as every migration does: a database goes back by a backup alone."""
    raise RuntimeError("Migrations are not undone one by one; restore a backup instead.")
