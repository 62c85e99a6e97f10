"""Affiliate feeds, how far every name in them was counted, and who claims which name."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = (
    """
CREATE TABLE wager_feed (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, provider VARCHAR(16) NOT NULL,
    codes TEXT NOT NULL, is_on BOOL NOT NULL, since BIGINT NOT NULL, next_at BIGINT NOT NULL, asked_at BIGINT,
    good_at BIGINT, failures INT NOT NULL, doubts INT NOT NULL, error VARCHAR(40), names INT NOT NULL,
    skipped INT NOT NULL, actor VARCHAR(100) NOT NULL, at BIGINT NOT NULL, UNIQUE (community_id, provider)
)
""",
    """
CREATE TABLE wager_series (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, provider VARCHAR(16) NOT NULL,
    key VARCHAR(64) NOT NULL, name_key VARCHAR(64) NOT NULL, name VARCHAR(64) NOT NULL, baseline BIGINT NOT NULL,
    watermark BIGINT NOT NULL, lower_at BIGINT, lower_polls INT NOT NULL, lower_total BIGINT, seen_at BIGINT NOT NULL,
    UNIQUE (community_id, provider, key)
)
""",
    """
CREATE TABLE wager_gain (
    id {id}, community_id BIGINT NOT NULL, series_id BIGINT NOT NULL REFERENCES wager_series (id) ON DELETE CASCADE,
    at BIGINT NOT NULL, amount BIGINT NOT NULL
)
""",
    """
CREATE TABLE wager_claim (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, provider VARCHAR(16) NOT NULL,
    name_key VARCHAR(64) NOT NULL, name VARCHAR(64) NOT NULL, platform VARCHAR(16) NOT NULL,
    external_id VARCHAR(64) NOT NULL, state VARCHAR(12) NOT NULL, verified_for BIGINT UNIQUE,
    claimed_at BIGINT NOT NULL, decided_at BIGINT, actor VARCHAR(100), reason TEXT
)
""",
)
INDEXES = (
    "CREATE INDEX idx_wager_feed_due ON wager_feed (is_on, next_at)",
    "CREATE INDEX idx_wager_series_name ON wager_series (community_id, provider, name_key)",
    "CREATE INDEX idx_wager_series_seen ON wager_series (community_id, provider, seen_at)",
    "CREATE INDEX idx_wager_gain_series ON wager_gain (series_id, at)",
    "CREATE INDEX idx_wager_claim_name ON wager_claim (community_id, provider, name_key)",
    "CREATE INDEX idx_wager_claim_state ON wager_claim (community_id, state, id)",
)
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; no feed was ever asked."""
    for table in TABLES:
        await db.execute_query(table.format(id=IDS[db.capabilities.dialect]))
    for index in INDEXES:
        await db.execute_query(index)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: what was counted already would be counted again."""
    raise RuntimeError("Wagers cannot be undone this way; restore a backup instead.")
