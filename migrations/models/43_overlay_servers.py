"""A server that shows overlays says that it is there by one row, not by one for each of them."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

SERVERS = "CREATE TABLE overlay_server (name VARCHAR(100) NOT NULL PRIMARY KEY, until BIGINT NOT NULL)"
PLACES = """
CREATE TABLE overlay_presence (
    id {id}, key_id BIGINT NOT NULL REFERENCES overlay_key (id) ON DELETE CASCADE, server VARCHAR(100) NOT NULL,
    sockets INT NOT NULL, UNIQUE (key_id, server)
)
"""
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Make both tables anew; no row of the earlier one is believed longer than seconds, and no server runs now."""
    await db.execute_query("DROP TABLE overlay_presence")
    await db.execute_query(SERVERS)
    await db.execute_query(PLACES.format(id=IDS[db.capabilities.dialect]))
    await db.execute_query("CREATE INDEX idx_overlay_presence_server ON overlay_presence (server)")
    await db.execute_query("CREATE INDEX idx_overlay_server_over ON overlay_server (until)")
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse, as every migration does: a database goes back by a backup alone."""
    raise RuntimeError("Migrations are not undone one by one; restore a backup instead.")
