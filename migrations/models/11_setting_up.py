"""Setting up: invitations, the Discord guild of a community, its texts, and what a channel is called on Kick."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = (
    """
CREATE TABLE invitation (
    id {id}, kind VARCHAR(12) NOT NULL, salt VARCHAR(64) NOT NULL, holder_kind VARCHAR(16), external_id VARCHAR(64),
    made_by VARCHAR(100) NOT NULL, made_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT,
    used_by VARCHAR(100), community_id BIGINT
)
""",
    """
CREATE TABLE guild_code (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, salt VARCHAR(64) NOT NULL,
    made_by VARCHAR(100) NOT NULL, made_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT
)
""",
    """
CREATE TABLE guild (
    id {id}, community_id BIGINT NOT NULL UNIQUE REFERENCES community (id) ON DELETE CASCADE,
    external_id VARCHAR(64) NOT NULL UNIQUE, name VARCHAR(100) NOT NULL, bound_by VARCHAR(100) NOT NULL,
    bound_at BIGINT NOT NULL
)
""",
    """
CREATE TABLE text_version (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, kind VARCHAR(16) NOT NULL,
    version INT NOT NULL, body TEXT NOT NULL, actor VARCHAR(100) NOT NULL, created_at BIGINT NOT NULL,
    UNIQUE (community_id, kind, version)
)
""",
)
STATEMENTS = (
    "CREATE INDEX idx_invitation_expires_at ON invitation (expires_at)",
    "CREATE INDEX idx_staff_grant_holder ON staff_grant (holder_kind, external_id)",
    "CREATE INDEX idx_guild_code_community ON guild_code (community_id, id)",
    "ALTER TABLE attachment ADD COLUMN channel_ref VARCHAR(64)",
    "ALTER TABLE attachment ADD COLUMN chatroom_ref VARCHAR(64)",
    "ALTER TABLE attachment ADD COLUMN synced_at BIGINT",
)
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables and add the columns; nobody is invited and nothing is bound yet."""
    for table in TABLES:
        await db.execute_query(table.format(id=IDS[db.capabilities.dialect]))
    for statement in STATEMENTS:
        await db.execute_query(statement)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: communities would lose their guilds and the texts that people agreed to."""
    raise RuntimeError("Setting up cannot be undone this way; restore a backup instead.")
