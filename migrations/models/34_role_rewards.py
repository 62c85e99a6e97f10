"""Roles on Discord that are given for watching or linking, by which rules, and who was given which."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = (
    """
CREATE TABLE role_reward (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, guild VARCHAR(64) NOT NULL,
    role VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL, minutes INT, is_on BOOL NOT NULL, removed_at BIGINT,
    actor VARCHAR(100) NOT NULL, at BIGINT NOT NULL, UNIQUE (community_id, guild, role)
)
""",
    """
CREATE TABLE role_rule (
    id {id}, community_id BIGINT NOT NULL UNIQUE REFERENCES community (id) ON DELETE CASCADE,
    is_highest_only BOOL NOT NULL, removes_unreached BOOL NOT NULL, actor VARCHAR(100) NOT NULL, at BIGINT NOT NULL
)
""",
    """
CREATE TABLE role_given (
    id {id}, community_id BIGINT NOT NULL, reward_id BIGINT NOT NULL REFERENCES role_reward (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL, is_given BOOL NOT NULL, state VARCHAR(8) NOT NULL, nth INT NOT NULL,
    at BIGINT NOT NULL, UNIQUE (reward_id, account_id)
)
""",
)
INDEX = "CREATE INDEX idx_role_given_account ON role_given (community_id, account_id)"
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; no role is given for anything yet."""
    for table in TABLES:
        await db.execute_query(table.format(id=IDS[db.capabilities.dialect]))
    await db.execute_query(INDEX)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: nobody would know any more which roles were given by us."""
    raise RuntimeError("Role rewards cannot be undone this way; restore a backup instead.")
