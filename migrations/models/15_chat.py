"""Chat: lines on their way out, commands, how long they rest, and as whom a platform lets us speak."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = (
    """
CREATE TABLE chat_line (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, channel_id BIGINT NOT NULL,
    kind VARCHAR(12) NOT NULL, key VARCHAR(200) NOT NULL, part INT NOT NULL, text TEXT NOT NULL,
    state VARCHAR(12) NOT NULL, attempts INT NOT NULL, speaker VARCHAR(8), message_id VARCHAR(64),
    reason VARCHAR(200), created_at BIGINT NOT NULL, due_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
    started_at BIGINT, settled_at BIGINT, echoed_at BIGINT, UNIQUE (community_id, key, part)
)
""",
    """
CREATE TABLE chat_command (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, name VARCHAR(60) NOT NULL,
    text TEXT, level INT NOT NULL, is_on BOOL NOT NULL, cooldown_s INT NOT NULL, viewer_cooldown_s INT NOT NULL,
    actor VARCHAR(100) NOT NULL, at BIGINT NOT NULL, UNIQUE (community_id, name)
)
""",
    """
CREATE TABLE chat_cooldown (
    id {id}, community_id BIGINT NOT NULL, command VARCHAR(60) NOT NULL, account_id BIGINT NOT NULL,
    until BIGINT NOT NULL, UNIQUE (community_id, command, account_id)
)
""",
    """
CREATE TABLE chat_manner (
    platform VARCHAR(16) NOT NULL PRIMARY KEY, speaker VARCHAR(8) NOT NULL, at BIGINT NOT NULL
)
""",
)
INDEXES = (
    "CREATE INDEX idx_chat_line_state ON chat_line (state, channel_id, id)",
    "CREATE INDEX idx_chat_line_community ON chat_line (community_id, id)",
    "CREATE INDEX idx_chat_cooldown_until ON chat_cooldown (until)",
)
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; nothing has been said yet."""
    dialect = db.capabilities.dialect
    for table in TABLES:
        await db.execute_query(table.format(id=IDS[dialect]))
    for index in INDEXES:
        await db.execute_query(index)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: communities would lose their commands."""
    raise RuntimeError("Chat cannot be undone this way; restore a backup instead.")
