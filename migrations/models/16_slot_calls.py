"""Slot calls: the queue, what is blocked, how calls were picked, and the catalogue with its index."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = (
    """
CREATE TABLE slot_call (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, account_id BIGINT NOT NULL,
    slot_id BIGINT, title VARCHAR(80) NOT NULL, key VARCHAR(200) NOT NULL, provider VARCHAR(80),
    source VARCHAR(12) NOT NULL, source_key VARCHAR(200) NOT NULL, state VARCHAR(12) NOT NULL,
    called_at BIGINT NOT NULL, picked_at BIGINT, settled_at BIGINT, cost_minor BIGINT, payout_minor BIGINT,
    multiplier BIGINT, currency VARCHAR(8), UNIQUE (community_id, source_key)
)
""",
    """
CREATE TABLE slot_block (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, kind VARCHAR(12) NOT NULL,
    key VARCHAR(200) NOT NULL, label VARCHAR(100) NOT NULL, reason TEXT NOT NULL, actor VARCHAR(100) NOT NULL,
    at BIGINT NOT NULL, UNIQUE (community_id, kind, key)
)
""",
    """
CREATE TABLE slot_pick (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, call_id BIGINT NOT NULL,
    method VARCHAR(12) NOT NULL, candidates TEXT NOT NULL, roll VARCHAR(64), actor VARCHAR(100) NOT NULL,
    at BIGINT NOT NULL
)
""",
    """
CREATE TABLE slot (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, title VARCHAR(80) NOT NULL,
    key VARCHAR(200) NOT NULL, provider VARCHAR(80) NOT NULL, provider_key VARCHAR(200) NOT NULL,
    trigrams INT NOT NULL, added_at BIGINT NOT NULL, UNIQUE (community_id, key, provider_key)
)
""",
    """
CREATE TABLE slot_trigram (
    id {id}, community_id BIGINT NOT NULL, trigram VARCHAR(3) NOT NULL, slot_id BIGINT NOT NULL,
    UNIQUE (community_id, trigram, slot_id)
)
""",
)
INDEXES = (
    "CREATE INDEX idx_slot_call_state ON slot_call (community_id, state, id)",
    "CREATE INDEX idx_slot_call_account ON slot_call (community_id, account_id, called_at)",
    "CREATE INDEX idx_slot_pick_community ON slot_pick (community_id, id)",
    "CREATE INDEX idx_slot_trigram_slot ON slot_trigram (slot_id)",
)
# On PostgreSQL the function that refuses is there since the first migration.
TRIGGERS = {
    "sqlite": (
        # Only while somebody is being forgotten, who picked is replaced.
        """CREATE TRIGGER slot_pick_no_update BEFORE UPDATE ON slot_pick WHEN NOT (NEW.id IS OLD.id
        AND NEW.community_id IS OLD.community_id AND NEW.call_id IS OLD.call_id AND NEW.method IS OLD.method
        AND NEW.candidates IS OLD.candidates AND NEW.roll IS OLD.roll AND NEW.at IS OLD.at
        AND EXISTS (SELECT 1 FROM forgetting WHERE state = 'striking'))
        BEGIN SELECT RAISE(ABORT, 'slot_pick is append-only'); END""",
        """CREATE TRIGGER slot_pick_no_delete BEFORE DELETE ON slot_pick
        BEGIN SELECT RAISE(ABORT, 'slot_pick is append-only'); END""",
    ),
    "postgres": (
        """CREATE TRIGGER slot_pick_no_update BEFORE UPDATE ON slot_pick
        FOR EACH ROW EXECUTE FUNCTION refuse_all_but_words('actor')""",
        """CREATE TRIGGER slot_pick_no_delete BEFORE DELETE ON slot_pick
        FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
        """CREATE TRIGGER slot_pick_no_truncate BEFORE TRUNCATE ON slot_pick
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    ),
}
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; nobody has called anything yet."""
    dialect = db.capabilities.dialect
    for table in TABLES:
        await db.execute_query(table.format(id=IDS[dialect]))
    for statement in (*INDEXES, *TRIGGERS[dialect]):
        await db.execute_query(statement)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: how calls were picked could be checked by nobody any more."""
    raise RuntimeError("Slot calls cannot be undone this way; restore a backup instead.")
