"""Who is staff of a community."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLE = """
CREATE TABLE staff_grant (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE,
    holder_kind VARCHAR(16) NOT NULL, external_id VARCHAR(64) NOT NULL, role VARCHAR(16) NOT NULL,
    extra TEXT NOT NULL, granted_by VARCHAR(100) NOT NULL, at BIGINT NOT NULL,
    UNIQUE (community_id, holder_kind, external_id)
)
"""
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the table; nobody is staff yet but by a token."""
    await db.execute_query(TABLE.format(id=IDS[db.capabilities.dialect]))
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: without this table nobody could say who was staff."""
    raise RuntimeError("Staff cannot be undone this way; restore a backup instead.")
