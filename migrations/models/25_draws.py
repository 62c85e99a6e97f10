"""Draws: their lists, their signed log, and who was drawn."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = (
    """
CREATE TABLE draw (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, period_id BIGINT NOT NULL,
    number INT NOT NULL, env VARCHAR(4) NOT NULL, state VARCHAR(12) NOT NULL, beacon_round BIGINT NOT NULL,
    planned_for BIGINT NOT NULL, is_manual BOOL NOT NULL, actor VARCHAR(100) NOT NULL, made_at BIGINT NOT NULL,
    frozen_at BIGINT, committed_at BIGINT, commit_hash VARCHAR(64), entries_count INT, tickets_total BIGINT,
    beacon_signature VARCHAR(96), drawn_at BIGINT, reveal_at BIGINT, UNIQUE (period_id, number)
)
""",
    """
CREATE TABLE draw_entrant (
    id {id}, community_id BIGINT NOT NULL, draw_id BIGINT NOT NULL, viewer_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL, entry_id VARCHAR(64) NOT NULL, salt VARCHAR(64) NOT NULL, weight BIGINT NOT NULL,
    excluded VARCHAR(64), UNIQUE (draw_id, viewer_id), UNIQUE (draw_id, entry_id)
)
""",
    """
CREATE TABLE draw_record (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, env VARCHAR(4) NOT NULL,
    seq INT NOT NULL, draw_id BIGINT NOT NULL, kind VARCHAR(12) NOT NULL, body TEXT NOT NULL,
    hash VARCHAR(64) NOT NULL, signature VARCHAR(128) NOT NULL, at BIGINT NOT NULL, UNIQUE (community_id, env, seq)
)
""",
    """
CREATE TABLE draw_place (
    id {id}, community_id BIGINT NOT NULL, draw_id BIGINT NOT NULL, position INT NOT NULL, ticket BIGINT NOT NULL,
    place INT NOT NULL, viewer_id BIGINT NOT NULL, account_id BIGINT NOT NULL, state VARCHAR(12) NOT NULL,
    reason VARCHAR(64), settled_at BIGINT, actor VARCHAR(100), UNIQUE (draw_id, position)
)
""",
    """
CREATE TABLE draw_exclusion (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, period_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL, code VARCHAR(64) NOT NULL, reason TEXT NOT NULL, actor VARCHAR(100) NOT NULL,
    at BIGINT NOT NULL, UNIQUE (period_id, account_id)
)
""",
)
INDEXES = (
    "CREATE INDEX idx_draw_state ON draw (state, id)",
    "CREATE INDEX idx_draw_record_draw ON draw_record (draw_id, id)",
)
TRIGGERS = {
    "sqlite": (
        """CREATE TRIGGER draw_record_no_update BEFORE UPDATE ON draw_record
        BEGIN SELECT RAISE(ABORT, 'draw_record is append-only'); END""",
        """CREATE TRIGGER draw_record_no_delete BEFORE DELETE ON draw_record
        BEGIN SELECT RAISE(ABORT, 'draw_record is append-only'); END""",
    ),
    "postgres": (
        """CREATE TRIGGER draw_record_no_change BEFORE UPDATE OR DELETE ON draw_record
        FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
        """CREATE TRIGGER draw_record_no_truncate BEFORE TRUNCATE ON draw_record
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    ),
}
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; nothing was drawn yet."""
    dialect = db.capabilities.dialect
    for table in TABLES:
        await db.execute_query(table.format(id=IDS[dialect]))
    for statement in (*INDEXES, *TRIGGERS[dialect]):
        await db.execute_query(statement)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: nobody could check any more what was drawn."""
    raise RuntimeError("Draws cannot be undone this way; restore a backup instead.")
