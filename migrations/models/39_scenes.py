"""Staff chooses what each overlay shows."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLE = """
CREATE TABLE scene (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, overlay VARCHAR(40) NOT NULL,
    widget VARCHAR(40) NOT NULL, UNIQUE (community_id, overlay)
)
"""
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Make the table; what nobody chose is up to the overlay's address."""
    await db.execute_query(TABLE.format(id=IDS[db.capabilities.dialect]))
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse, as every migration does: a database goes back by a backup alone."""
    raise RuntimeError("Migrations are not undone one by one; restore a backup instead.")
