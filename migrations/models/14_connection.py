"""The connection to a platform: what it was asked to send, when channels were seen live, and what was missed."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = (
    """
CREATE TABLE event_subscription (
    id {id}, channel_id BIGINT NOT NULL REFERENCES channel (id) ON DELETE CASCADE, kind VARCHAR(64) NOT NULL,
    state VARCHAR(12) NOT NULL, subscription_id VARCHAR(64), ordered_at BIGINT, last_event_at BIGINT, code VARCHAR(40),
    checked_at BIGINT NOT NULL, UNIQUE (channel_id, kind)
)
""",
    """
CREATE TABLE live_sighting (
    id {id}, channel_id BIGINT NOT NULL UNIQUE REFERENCES channel (id) ON DELETE CASCADE, checked_at BIGINT NOT NULL,
    started_at BIGINT, seen_at BIGINT, missing_since BIGINT
)
""",
    """
CREATE TABLE gap (
    id {id}, channel_id BIGINT NOT NULL REFERENCES channel (id) ON DELETE CASCADE, source VARCHAR(12) NOT NULL,
    cause VARCHAR(40) NOT NULL, kinds TEXT NOT NULL, open_key VARCHAR(100), began_at BIGINT NOT NULL, ended_at BIGINT,
    filled_by TEXT NOT NULL, UNIQUE (channel_id, open_key)
)
""",
    """
CREATE TABLE heartbeat (name VARCHAR(40) NOT NULL PRIMARY KEY, at BIGINT NOT NULL)
""",
)
INDEXES = ("CREATE INDEX idx_gap_channel ON gap (channel_id, id)",)
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; nothing was asked for, seen or missed yet."""
    for table in TABLES:
        await db.execute_query(table.format(id=IDS[db.capabilities.dialect]))
    for index in INDEXES:
        await db.execute_query(index)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: nobody could say any more what was missed."""
    raise RuntimeError("What is known of the connection cannot be undone this way; restore a backup instead.")
