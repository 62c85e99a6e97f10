"""Raffles: periods, the ledger of tickets, and its sums."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = (
    """
CREATE TABLE raffle_period (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, number INT NOT NULL,
    title VARCHAR(100) NOT NULL, starts_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, timezone VARCHAR(64) NOT NULL,
    state VARCHAR(12) NOT NULL, rules TEXT NOT NULL, rules_sha256 VARCHAR(64) NOT NULL, draw_at BIGINT NOT NULL,
    opened_at BIGINT NOT NULL, actor VARCHAR(100) NOT NULL, open_for BIGINT UNIQUE, UNIQUE (community_id, number)
)
""",
    """
CREATE TABLE ticket_entry (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, period_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL, source VARCHAR(12) NOT NULL, cause VARCHAR(120) NOT NULL, nth INT NOT NULL,
    amount BIGINT NOT NULL, basis BIGINT NOT NULL, at BIGINT NOT NULL, recorded_at BIGINT NOT NULL,
    reason TEXT NOT NULL, actor VARCHAR(100) NOT NULL, late_from BIGINT, UNIQUE (community_id, cause, nth)
)
""",
    """
CREATE TABLE ticket_tally (
    id {id}, community_id BIGINT NOT NULL, period_id BIGINT NOT NULL, account_id BIGINT NOT NULL,
    source VARCHAR(12) NOT NULL, amount BIGINT NOT NULL, basis BIGINT NOT NULL, UNIQUE (period_id, account_id, source)
)
""",
    """
CREATE TABLE ticket_standing (
    id {id}, community_id BIGINT NOT NULL, period_id BIGINT NOT NULL, viewer_id BIGINT NOT NULL,
    tickets BIGINT NOT NULL, UNIQUE (period_id, viewer_id)
)
""",
    """
CREATE TABLE ticket_due (
    id {id}, community_id BIGINT NOT NULL, viewer_id BIGINT NOT NULL, UNIQUE (community_id, viewer_id)
)
""",
    """
CREATE TABLE free_claim (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, period_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL, at BIGINT NOT NULL, UNIQUE (period_id, account_id)
)
""",
)
INDEXES = (
    "CREATE INDEX idx_ticket_entry_account ON ticket_entry (period_id, account_id, id)",
    "CREATE INDEX idx_ticket_standing_board ON ticket_standing (period_id, tickets DESC, viewer_id)",
)
# Only while somebody is being forgotten, who gave tickets and why is replaced.
KEPT = (
    "id",
    "community_id",
    "period_id",
    "account_id",
    "source",
    "cause",
    "nth",
    "amount",
    "basis",
    "at",
    "recorded_at",
    "late_from",
)
SAME = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in KEPT)
TRIGGERS = {
    "sqlite": (
        f"""CREATE TRIGGER ticket_entry_no_update BEFORE UPDATE ON ticket_entry WHEN NOT ({SAME}
        AND EXISTS (SELECT 1 FROM forgetting WHERE state = 'striking'))
        BEGIN SELECT RAISE(ABORT, 'ticket_entry is append-only'); END""",
        """CREATE TRIGGER ticket_entry_no_delete BEFORE DELETE ON ticket_entry
        BEGIN SELECT RAISE(ABORT, 'ticket_entry is append-only'); END""",
    ),
    "postgres": (
        """CREATE TRIGGER ticket_entry_no_update BEFORE UPDATE ON ticket_entry
        FOR EACH ROW EXECUTE FUNCTION refuse_all_but_words('actor', 'reason')""",
        """CREATE TRIGGER ticket_entry_no_delete BEFORE DELETE ON ticket_entry
        FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
        """CREATE TRIGGER ticket_entry_no_truncate BEFORE TRUNCATE ON ticket_entry
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    ),
}
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; no raffle has begun yet."""
    dialect = db.capabilities.dialect
    for table in TABLES:
        await db.execute_query(table.format(id=IDS[dialect]))
    for statement in (*INDEXES, *TRIGGERS[dialect]):
        await db.execute_query(statement)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: who earned which tickets could be checked by nobody any more."""
    raise RuntimeError("Raffles cannot be undone this way; restore a backup instead.")
