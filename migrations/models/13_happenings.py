"""Happenings that several sources tell: one row each, its copies, what staff has to decide, and who listens."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = (
    """
CREATE TABLE happening (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, channel_id BIGINT NOT NULL,
    kind VARCHAR(16) NOT NULL, group_key VARCHAR(250) NOT NULL, at BIGINT NOT NULL, state VARCHAR(8) NOT NULL,
    is_pending BOOL NOT NULL, data TEXT NOT NULL, told_at BIGINT NOT NULL, merged_into BIGINT
)
""",
    """
CREATE TABLE happening_copy (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, channel_id BIGINT NOT NULL,
    kind VARCHAR(16) NOT NULL, group_key VARCHAR(250) NOT NULL, at BIGINT NOT NULL, source VARCHAR(12) NOT NULL,
    digest VARCHAR(64) NOT NULL, data TEXT NOT NULL, told_at BIGINT NOT NULL, happening_id BIGINT, pinned BIGINT,
    UNIQUE (community_id, digest)
)
""",
    """
CREATE TABLE happening_review (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, one_id BIGINT NOT NULL,
    other_id BIGINT NOT NULL, state VARCHAR(12) NOT NULL, created_at BIGINT NOT NULL, decided_at BIGINT,
    actor VARCHAR(100), reason TEXT, UNIQUE (community_id, one_id, other_id)
)
""",
    """
CREATE TABLE channel_listening (
    id {id}, channel_id BIGINT NOT NULL UNIQUE REFERENCES channel (id) ON DELETE CASCADE, state VARCHAR(12) NOT NULL,
    transport VARCHAR(12) NOT NULL, holder VARCHAR(120) NOT NULL, since BIGINT NOT NULL, last_frame_at BIGINT,
    code INT, detail TEXT
)
""",
    """
CREATE TABLE heard_message (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE,
    message_key VARCHAR(180) NOT NULL, heard_at BIGINT NOT NULL, UNIQUE (community_id, message_key)
)
""",
)
INDEXES = (
    "CREATE INDEX idx_happening_newest ON happening (community_id, id)",
    "CREATE INDEX happening_pending ON happening (community_id, channel_id, at) WHERE is_pending",
    "CREATE INDEX idx_happening_copy_group ON happening_copy (community_id, channel_id, kind, group_key, at)",
    "CREATE INDEX idx_happening_copy_row ON happening_copy (happening_id)",
    "CREATE INDEX idx_heard_message_at ON heard_message (heard_at)",
)
TYPES = {
    "sqlite": {"id": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"},
    "postgres": {"id": "BIGSERIAL NOT NULL PRIMARY KEY"},
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; what was told before them was followed by nothing that could count twice."""
    for table in TABLES:
        await db.execute_query(table.format(**TYPES[db.capabilities.dialect]))
    for index in INDEXES:
        await db.execute_query(index)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: without these rows a late copy would count again."""
    raise RuntimeError("Happenings cannot be undone this way; restore a backup instead.")
