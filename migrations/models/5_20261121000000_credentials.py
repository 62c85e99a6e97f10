"""Tokens of connected channels and bots, sealed, and the data keys that seal them."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = """
CREATE TABLE data_key (
    id VARCHAR(40) NOT NULL PRIMARY KEY, master_id VARCHAR(40) NOT NULL, sealed TEXT NOT NULL,
    state VARCHAR(12) NOT NULL, made_at BIGINT NOT NULL
);
CREATE TABLE credential (
    id {id}, community_id BIGINT NOT NULL, provider VARCHAR(16) NOT NULL, external_id VARCHAR(64) NOT NULL,
    purpose VARCHAR(12) NOT NULL, scopes TEXT NOT NULL, data_key_id VARCHAR(40) NOT NULL, access_sealed TEXT NOT NULL,
    refresh_sealed TEXT, expires_at BIGINT NOT NULL, refresh_at BIGINT, generation INT NOT NULL DEFAULT 1,
    state VARCHAR(12) NOT NULL, claimed_by VARCHAR(40), claimed_until BIGINT, failures INT NOT NULL DEFAULT 0,
    failed_since BIGINT, last_error VARCHAR(40), updated_at BIGINT NOT NULL,
    UNIQUE (community_id, provider, external_id, purpose)
);
CREATE INDEX credential_data_key ON credential (data_key_id);
CREATE INDEX credential_due ON credential (state, refresh_at);
"""
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; there are no tokens yet."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            await db.execute_query(statement.format(id=IDS[db.capabilities.dialect]))
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: every channel and bot would have to be connected anew."""
    raise RuntimeError("Stored tokens cannot be undone this way; restore a backup instead.")
