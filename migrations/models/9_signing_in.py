"""Signing in: attempts that are under way, and browsers that are signed in."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

ATTEMPT = """
CREATE TABLE sign_in_attempt (
    id {id}, state_digest VARCHAR(64) NOT NULL UNIQUE, browser_digest VARCHAR(64) NOT NULL,
    flow VARCHAR(16) NOT NULL, provider VARCHAR(16) NOT NULL, community_id BIGINT, subject VARCHAR(100) NOT NULL,
    scopes TEXT NOT NULL, expires_at BIGINT NOT NULL
)
"""
SESSION = """
CREATE TABLE web_session (
    id {id}, token_digest VARCHAR(64) NOT NULL UNIQUE, platform VARCHAR(16) NOT NULL,
    external_id VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL, created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, ended_at BIGINT
)
"""
INDEXES = (
    "CREATE INDEX idx_sign_in_attempt_expires_at ON sign_in_attempt (expires_at)",
    "CREATE INDEX idx_web_session_expires_at ON web_session (expires_at)",
)
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; nobody is signed in yet."""
    for table in (ATTEMPT, SESSION):
        await db.execute_query(table.format(id=IDS[db.capabilities.dialect]))
    for index in INDEXES:
        await db.execute_query(index)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: whoever is signed in would be signed out without being told."""
    raise RuntimeError("Signing in cannot be undone this way; restore a backup instead.")
