"""Proofs that accounts belong to one person: links that were handed out, and what became of them."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLE = """
CREATE TABLE account_proof (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE,
    discord_id VARCHAR(64) NOT NULL, discord_name VARCHAR(100) NOT NULL, guild_name VARCHAR(100) NOT NULL,
    created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, state VARCHAR(12) NOT NULL,
    platform VARCHAR(16), external_id VARCHAR(64), name VARCHAR(100), browser_digest VARCHAR(64),
    code_digest VARCHAR(64), tries INT NOT NULL, problem VARCHAR(64), settled_at BIGINT
)
"""
INDEXES = (
    "CREATE INDEX idx_account_proof_person ON account_proof (community_id, discord_id, id)",
    "CREATE INDEX idx_account_proof_open ON account_proof (state, expires_at)",
)
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the table; nobody has proven anything yet."""
    await db.execute_query(TABLE.format(id=IDS[db.capabilities.dialect]))
    for index in INDEXES:
        await db.execute_query(index)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: without this table nobody could say how links came about."""
    raise RuntimeError("Proofs cannot be undone this way; restore a backup instead.")
