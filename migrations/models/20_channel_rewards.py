"""Rewards of channels as staff wants them, and every redemption that was heard of."""

from typing import Any

RUN_IN_TRANSACTION = True

TABLES = (
    """
CREATE TABLE reward (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, channel_id BIGINT NOT NULL,
    external_id VARCHAR(100), title VARCHAR(50) NOT NULL, cost BIGINT NOT NULL, description VARCHAR(200) NOT NULL,
    colour VARCHAR(7), action TEXT NOT NULL, is_on BOOL NOT NULL, revision BIGINT NOT NULL, applied BIGINT NOT NULL,
    is_tried BOOL NOT NULL, problem VARCHAR(60), deleted_at BIGINT, actor VARCHAR(100) NOT NULL, at BIGINT NOT NULL,
    UNIQUE (channel_id, external_id)
)
""",
    """
CREATE TABLE redemption (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, channel_id BIGINT NOT NULL,
    external_id VARCHAR(100) NOT NULL, reward_id BIGINT, reward_ref VARCHAR(100) NOT NULL, title TEXT NOT NULL,
    cost BIGINT NOT NULL, account_id BIGINT, user_input TEXT NOT NULL, redeemed_at BIGINT NOT NULL,
    first_at BIGINT NOT NULL, told VARCHAR(12) NOT NULL, heard VARCHAR(60) NOT NULL, deed VARCHAR(12) NOT NULL,
    verdict VARCHAR(12), settling VARCHAR(12), reason VARCHAR(60), detail TEXT, actor VARCHAR(100), tries INT NOT NULL,
    acted_at BIGINT, settled_at BIGINT, UNIQUE (community_id, channel_id, external_id)
)
""",
)
INDEXES = (
    "CREATE INDEX idx_reward_channel ON reward (community_id, channel_id)",
    "CREATE INDEX idx_redemption_settling ON redemption (community_id, settling, channel_id)",
    "CREATE INDEX idx_redemption_account ON redemption (community_id, account_id)",
)
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: Any) -> str:
    """Create the tables; redemptions that came before stay what platforms told."""
    for table in TABLES:
        await db.execute_query(table.format(id=IDS[db.capabilities.dialect]))
    for index in INDEXES:
        await db.execute_query(index)
    return "SELECT 1"


async def downgrade(db: Any) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: what was carried out already would be carried out again."""
    raise RuntimeError("Channel rewards cannot be undone this way; restore a backup instead.")
