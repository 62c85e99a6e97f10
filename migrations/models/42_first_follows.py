"""Who followed which channel is remembered, so that coming back is no second alert."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLE = """
CREATE TABLE first_follow (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, account_id BIGINT NOT NULL,
    broadcaster_id VARCHAR(64) NOT NULL, at BIGINT NOT NULL, UNIQUE (account_id, community_id, broadcaster_id)
)
"""
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Make the table; who followed before is known only as long as his alert is."""
    await db.execute_query(TABLE.format(id=IDS[db.capabilities.dialect]))
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse, as every migration does: a database goes back by a backup alone."""
    raise RuntimeError("Migrations are not undone one by one; restore a backup instead.")
