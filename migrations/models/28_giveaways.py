"""Giveaways, and who entered them."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

STATEMENTS = (
    """
CREATE TABLE giveaway (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, number INT NOT NULL,
    title VARCHAR(100) NOT NULL, state VARCHAR(12) NOT NULL, rules TEXT NOT NULL, rules_sha256 VARCHAR(64) NOT NULL,
    claim_s INT NOT NULL, open_keyword VARCHAR(40), period_id BIGINT, opened_at BIGINT NOT NULL, ends_at BIGINT,
    actor VARCHAR(100) NOT NULL, UNIQUE (community_id, number), UNIQUE (community_id, open_keyword)
)
""",
    """
CREATE TABLE giveaway_entry (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, giveaway_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL, is_subscriber BOOL NOT NULL, at BIGINT NOT NULL, UNIQUE (giveaway_id, account_id)
)
""",
    "ALTER TABLE draw ADD COLUMN revealed_at BIGINT",
    "CREATE INDEX idx_giveaway_state ON giveaway (state, ends_at)",
)
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; there was no giveaway yet."""
    for statement in STATEMENTS:
        await db.execute_query(statement.format(id=IDS[db.capabilities.dialect]))
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: nobody could check any more what was given away."""
    raise RuntimeError("Giveaways cannot be undone this way; restore a backup instead.")
