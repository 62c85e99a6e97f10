"""In how many places each server shows an overlay by a key, so that several servers can count together."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLE = """
CREATE TABLE overlay_presence (
    id {id}, key_id BIGINT NOT NULL REFERENCES overlay_key (id) ON DELETE CASCADE, server VARCHAR(100) NOT NULL,
    sockets INT NOT NULL, until BIGINT NOT NULL, UNIQUE (key_id, server)
)
"""
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the table; servers that run tell again within seconds."""
    await db.execute_query(TABLE.format(id=IDS[db.capabilities.dialect]))
    await db.execute_query("CREATE INDEX idx_overlay_presence_over ON overlay_presence (until)")
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Drop the table; nothing of what it says lasts longer than seconds."""
    await db.execute_query("DROP TABLE overlay_presence")
    return "SELECT 1"
