"""A draw is of a raffle or of a giveaway."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

COLUMNS = (
    "number, env, state, beacon_round, planned_for, is_manual, actor, made_at, frozen_at, committed_at, commit_hash, "
    "entries_count, tickets_total, beacon_signature, drawn_at, reveal_at"
)
STATEMENTS = {
    # SQLite changes no key of a table that stands, so it is written anew.
    "sqlite": (
        """
CREATE TABLE draw_anew (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE,
    subject VARCHAR(8) NOT NULL DEFAULT 'raffle', subject_id BIGINT NOT NULL, number INT NOT NULL,
    env VARCHAR(4) NOT NULL, state VARCHAR(12) NOT NULL, beacon_round BIGINT NOT NULL, planned_for BIGINT NOT NULL,
    is_manual BOOL NOT NULL, actor VARCHAR(100) NOT NULL, made_at BIGINT NOT NULL, frozen_at BIGINT,
    committed_at BIGINT, commit_hash VARCHAR(64), entries_count INT, tickets_total BIGINT,
    beacon_signature VARCHAR(96), drawn_at BIGINT, reveal_at BIGINT, UNIQUE (subject, subject_id, number)
)
""",
        (
            f"INSERT INTO draw_anew (id, community_id, subject_id, {COLUMNS}) "
            f"SELECT id, community_id, period_id, {COLUMNS} FROM draw"
        ),
        "DROP TABLE draw",
        "ALTER TABLE draw_anew RENAME TO draw",
        "CREATE INDEX idx_draw_state ON draw (state, id)",
    ),
    "postgres": (
        "ALTER TABLE draw RENAME COLUMN period_id TO subject_id",
        "ALTER TABLE draw ADD COLUMN subject VARCHAR(8) NOT NULL DEFAULT 'raffle'",
        "ALTER TABLE draw DROP CONSTRAINT draw_period_id_number_key",
        "ALTER TABLE draw ADD UNIQUE (subject, subject_id, number)",
    ),
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Say of every draw what it is of; all there are so far are of raffles."""
    for statement in STATEMENTS[db.capabilities.dialect]:
        await db.execute_query(statement)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: draws of giveaways would have no place."""
    raise RuntimeError("Draws of giveaways cannot be undone this way; restore a backup instead.")
