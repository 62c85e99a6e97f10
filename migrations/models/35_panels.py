"""Panels on Discord, and how each is."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLE = """
CREATE TABLE panel (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, guild_id VARCHAR(64) NOT NULL,
    kind VARCHAR(16) NOT NULL, channel_id VARCHAR(64) NOT NULL, message_id VARCHAR(64), former_channel_id VARCHAR(64),
    former_message_id VARCHAR(64), locale VARCHAR(10) NOT NULL, is_pinned BOOL NOT NULL, auto_heal BOOL NOT NULL,
    state VARCHAR(12) NOT NULL, problem VARCHAR(20), content_hash VARCHAR(64), held_back INT NOT NULL,
    asked BIGINT NOT NULL, is_waiting BOOL NOT NULL, is_stale BOOL NOT NULL, actor VARCHAR(100) NOT NULL,
    at BIGINT NOT NULL, shown_at BIGINT, looked_at BIGINT, UNIQUE (community_id, guild_id, channel_id, kind)
)
"""
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the table; there is no panel yet."""
    await db.execute_query(TABLE.format(id=IDS[db.capabilities.dialect]))
    await db.execute_query("CREATE INDEX idx_panel_looked_at ON panel (is_waiting, looked_at)")
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: nobody would know any more which messages on Discord are ours."""
    raise RuntimeError("Panels cannot be undone this way; restore a backup instead.")
