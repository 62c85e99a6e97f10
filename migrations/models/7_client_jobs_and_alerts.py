"""Jobs that clients carry out, in order where order matters, and what staff is alerted of."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

STATEMENTS = """
ALTER TABLE job ADD COLUMN order_key VARCHAR(250);
ALTER TABLE job ADD COLUMN overlay VARCHAR(100);
ALTER TABLE job ADD COLUMN holder VARCHAR(100);
ALTER TABLE job ADD COLUMN outcome VARCHAR(12);
DROP INDEX job_due;
CREATE INDEX job_due ON job (audience, state, run_at, id);
CREATE INDEX job_in_line ON job (order_key, id)
    WHERE order_key IS NOT NULL AND state IN ('ready', 'leased', 'behind');
CREATE INDEX job_of_overlay ON job (community_id, overlay, state, run_at, id) WHERE audience = 'overlay';
CREATE INDEX job_dead ON job (community_id, id) WHERE state = 'dead';
CREATE TABLE alert (
    id {id}, community_id BIGINT NOT NULL, kind VARCHAR(40) NOT NULL, cause VARCHAR(200) NOT NULL,
    open_cause VARCHAR(200), title VARCHAR(200) NOT NULL, detail TEXT NOT NULL, remedy TEXT NOT NULL,
    opened_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, closed_at BIGINT, acknowledged_at BIGINT,
    acknowledged_by VARCHAR(100), UNIQUE (community_id, open_cause)
);
CREATE INDEX alert_newest ON alert (community_id, id);
"""
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Let jobs have an order and an overlay, and make the table of alerts; nobody is alerted of anything yet."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            await db.execute_query(statement.format(id=IDS[db.capabilities.dialect]))
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: jobs that wait for their turn would never be done."""
    raise RuntimeError("The order of jobs cannot be undone this way; restore a backup instead.")
