"""Which accounts are linked, and everything that ever happened to links."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = """
CREATE TABLE account_link (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, account_id BIGINT NOT NULL,
    home_id BIGINT NOT NULL, cause VARCHAR(16) NOT NULL, actor VARCHAR(100) NOT NULL, at BIGINT NOT NULL,
    UNIQUE (community_id, account_id)
);
CREATE TABLE link_event (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, viewer_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL, kind VARCHAR(12) NOT NULL, cause VARCHAR(16) NOT NULL, actor VARCHAR(100) NOT NULL,
    reason TEXT NOT NULL, at BIGINT NOT NULL
);
CREATE INDEX link_event_account ON link_event (community_id, account_id);
CREATE INDEX link_event_viewer ON link_event (community_id, viewer_id);
"""

# On PostgreSQL the function that refuses is there since the first migration.
TRIGGERS = {
    "sqlite": (
        """CREATE TRIGGER link_event_no_update BEFORE UPDATE ON link_event
        BEGIN SELECT RAISE(ABORT, 'link_event is append-only'); END""",
        """CREATE TRIGGER link_event_no_delete BEFORE DELETE ON link_event
        BEGIN SELECT RAISE(ABORT, 'link_event is append-only'); END""",
    ),
    "postgres": (
        """CREATE TRIGGER link_event_append_only BEFORE UPDATE OR DELETE ON link_event
        FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
        """CREATE TRIGGER link_event_no_truncate BEFORE TRUNCATE ON link_event
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    ),
}
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; every viewer has one account yet, so there is nothing to fill in."""
    dialect = db.capabilities.dialect
    for statement in TABLES.split(";\n"):
        if statement.strip():
            await db.execute_query(statement.format(id=IDS[dialect]))
    for trigger in TRIGGERS[dialect]:
        await db.execute_query(trigger)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: without these tables nobody could say which accounts were whose before they were linked."""
    raise RuntimeError("Links cannot be undone this way; restore a backup instead.")
