"""Timed messages, when each is due in each channel, and how many lines a channel had."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = (
    """
CREATE TABLE timer (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, name VARCHAR(50) NOT NULL,
    text TEXT NOT NULL, minutes INT NOT NULL, line_count INT NOT NULL, is_on BOOL NOT NULL,
    actor VARCHAR(100) NOT NULL, at BIGINT NOT NULL, UNIQUE (community_id, name)
)
""",
    """
CREATE TABLE timer_turn (
    id {id}, timer_id BIGINT NOT NULL REFERENCES timer (id) ON DELETE CASCADE, channel_id BIGINT NOT NULL,
    due_at BIGINT NOT NULL, heard BIGINT NOT NULL, UNIQUE (timer_id, channel_id)
)
""",
    """
CREATE TABLE timer_channel (
    id {id}, community_id BIGINT NOT NULL, channel_id BIGINT NOT NULL, heard BIGINT NOT NULL, last_text TEXT,
    last_at BIGINT, last_heard BIGINT, UNIQUE (community_id, channel_id)
)
""",
)
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; nothing is said yet."""
    for table in TABLES:
        await db.execute_query(table.format(id=IDS[db.capabilities.dialect]))
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: communities would lose their timed messages."""
    raise RuntimeError("Timed messages cannot be undone this way; restore a backup instead.")
