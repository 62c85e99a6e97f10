"""Staff leaves people out of a giveaway before its list is closed."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLE = """
CREATE TABLE giveaway_exclusion (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, giveaway_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL, code VARCHAR(64) NOT NULL, reason TEXT NOT NULL, actor VARCHAR(100) NOT NULL,
    at BIGINT NOT NULL, UNIQUE (giveaway_id, account_id)
)
"""
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the table; nobody is left out of a giveaway yet."""
    return TABLE.format(id=IDS[db.capabilities.dialect])


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse, as every migration does: a database goes back by a backup alone."""
    raise RuntimeError("Migrations are not undone one by one; restore a backup instead.")
