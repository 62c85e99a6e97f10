"""Keys and tokens that people hand out: of services, overlays and persons; and printed tokens that were taken back."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

STATEMENTS = (
    """
CREATE TABLE service_key (
    id {id}, kid VARCHAR(32) NOT NULL UNIQUE, kind VARCHAR(12) NOT NULL, name VARCHAR(40) NOT NULL,
    public_key VARCHAR(64) NOT NULL, guilds TEXT NOT NULL,
    community_id BIGINT REFERENCES community (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL, revoked_at BIGINT, used_at BIGINT
)
""",
    "CREATE TABLE spent_request (id VARCHAR(64) NOT NULL PRIMARY KEY, expires_at BIGINT NOT NULL)",
    "CREATE INDEX idx_spent_request_over ON spent_request (expires_at)",
    """
CREATE TABLE overlay_key (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, overlay VARCHAR(40) NOT NULL,
    token_digest VARCHAR(64) NOT NULL UNIQUE, created_by VARCHAR(100) NOT NULL,
    created_at BIGINT NOT NULL, revoked_at BIGINT, used_at BIGINT
)
""",
    "CREATE INDEX idx_overlay_key_community ON overlay_key (community_id, id)",
    """
CREATE TABLE api_token (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE,
    holder_kind VARCHAR(16) NOT NULL, external_id VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL,
    ceiling TEXT NOT NULL, token_digest VARCHAR(64) NOT NULL UNIQUE,
    created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, revoked_at BIGINT, used_at BIGINT
)
""",
    "CREATE INDEX idx_api_token_holder ON api_token (holder_kind, external_id, id)",
    "CREATE INDEX idx_api_token_community ON api_token (community_id, id)",
    "CREATE INDEX idx_api_token_over ON api_token (expires_at)",
    """
CREATE TABLE revoked_token (
    id VARCHAR(100) NOT NULL PRIMARY KEY, expires_at BIGINT NOT NULL, revoked_at BIGINT NOT NULL
)
""",
    "CREATE INDEX idx_revoked_token_over ON revoked_token (expires_at)",
)
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; nothing was handed out yet."""
    for statement in STATEMENTS:
        await db.execute_query(statement.format(id=IDS[db.capabilities.dialect]))
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: without these tables nothing that was taken back would stay taken back."""
    raise RuntimeError("Keys and tokens cannot be undone this way; restore a backup instead.")
