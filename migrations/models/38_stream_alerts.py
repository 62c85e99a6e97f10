"""Jobs may have a rank and an end; alerts on stream are shown by what staff set for each overlay."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

STATEMENTS = """
ALTER TABLE job ADD COLUMN priority INT NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN expires_at BIGINT;
CREATE TABLE stream_alert_stage (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, overlay VARCHAR(40) NOT NULL,
    is_paused BOOL NOT NULL, is_muted BOOL NOT NULL, rules TEXT NOT NULL, UNIQUE (community_id, overlay)
);
"""
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Let jobs have a rank and an end, and make the table; every overlay shows as it does unless staff says so."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            await db.execute_query(statement.format(id=IDS[db.capabilities.dialect]))
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse, as every migration does: a database goes back by a backup alone."""
    raise RuntimeError("Migrations are not undone one by one; restore a backup instead.")
