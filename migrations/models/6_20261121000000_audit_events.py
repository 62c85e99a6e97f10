"""The audit log: who did what to what."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = """
CREATE TABLE audit_event (
    id {id}, community_id BIGINT NOT NULL, at BIGINT NOT NULL, actor_kind VARCHAR(16) NOT NULL,
    actor VARCHAR(100) NOT NULL, action VARCHAR(64) NOT NULL, target_kind VARCHAR(32) NOT NULL,
    target_id VARCHAR(100) NOT NULL, before TEXT, after TEXT, reason TEXT, request_id VARCHAR(64), cause VARCHAR(250)
);
CREATE INDEX audit_event_community ON audit_event (community_id, id);
CREATE INDEX audit_event_target ON audit_event (community_id, target_kind, target_id);
CREATE INDEX audit_event_at ON audit_event (at);
"""

# What is old may be forgotten, as the settings say; but by the database's own clock nothing goes within thirty days,
# whatever a setting, a wrong clock of ours or a person at the console says.
KEPT_US = 30 * 86_400 * 1_000_000

# On PostgreSQL the function that refuses is there since the first migration.
TRIGGERS = {
    "sqlite": (
        """CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
        BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
        f"""CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
        WHEN OLD.at > CAST(strftime('%s', 'now') AS INTEGER) * 1000000 - {KEPT_US}
        BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
    ),
    "postgres": (
        """CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
        FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
        f"""CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
        FOR EACH ROW WHEN (OLD.at > CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) - {KEPT_US})
        EXECUTE FUNCTION refuse_change()""",
        """CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    ),
}
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the table; what happened before is not known."""
    dialect = db.capabilities.dialect
    for statement in TABLES.split(";\n"):
        if statement.strip():
            await db.execute_query(statement.format(id=IDS[dialect]))
    for trigger in TRIGGERS[dialect]:
        await db.execute_query(trigger)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: a log that can be taken away is none."""
    raise RuntimeError("The audit log cannot be undone this way; restore a backup instead.")
