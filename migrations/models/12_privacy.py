"""Being forgotten, and who looked at whom: the tables, and the words that ledgers let go while somebody is struck."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = """
CREATE TABLE forgetting (
    id {id}, community_id BIGINT NOT NULL, platform VARCHAR(16), external_id VARCHAR(64), state VARCHAR(12) NOT NULL,
    asked_at BIGINT NOT NULL, due_at BIGINT NOT NULL, settled_at BIGINT, problem VARCHAR(64), people TEXT,
    place VARCHAR(40), after BIGINT NOT NULL DEFAULT 0, upto BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX forgetting_due ON forgetting (state, due_at);
CREATE INDEX forgetting_person ON forgetting (platform, external_id);
CREATE TABLE forgotten (id {id}, digest VARCHAR(64) NOT NULL UNIQUE, until BIGINT NOT NULL);
CREATE INDEX forgotten_until ON forgotten (until);
CREATE TABLE personal_read (
    id {id}, community_id BIGINT NOT NULL, account_id BIGINT NOT NULL, what VARCHAR(16) NOT NULL,
    reader_kind VARCHAR(16) NOT NULL, reader VARCHAR(100) NOT NULL, hour BIGINT NOT NULL,
    UNIQUE (community_id, account_id, what, reader, hour)
);
CREATE INDEX personal_read_account ON personal_read (account_id, id);
CREATE INDEX personal_read_community ON personal_read (community_id, id);
CREATE INDEX personal_read_hour ON personal_read (hour);
CREATE INDEX audit_event_actor ON audit_event (actor);
CREATE INDEX web_session_account ON web_session (platform, external_id);
"""

# Ledgers stay append-only, but for one thing: while somebody is being forgotten, words that name him are replaced, and
# our number of his account, where he leaves one community. What happened, when, and by how much, never changes.
WORDS = {
    "audit_event": ("actor", "target_id", "before", "after", "reason"),
    "link_event": ("actor", "reason", "account_id", "viewer_id"),
    "setting_version": ("actor", "data"),
    "watch_adjustment": ("actor", "reason", "account_id"),
}
KEPT = {
    "audit_event": ("id", "community_id", "at", "actor_kind", "action", "target_kind", "request_id", "cause"),
    "link_event": ("id", "community_id", "kind", "cause", "at"),
    "setting_version": ("id", "community_id", "capability", "effective_from", "created_at"),
    "watch_adjustment": ("id", "community_id", "amount_us", "source_key", "at"),
}
STRIKING = "EXISTS (SELECT 1 FROM forgetting WHERE state = 'striking')"
FUNCTION = f"""CREATE FUNCTION refuse_all_but_words() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV AND {STRIKING} THEN RETURN NEW; END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"""
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


def sqlite_triggers(table: str) -> list[str]:
    """What lets only words of a ledger be replaced, on SQLite."""
    same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in KEPT[table])
    return [
        f"DROP TRIGGER {table}_no_update",
        f"""CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN NOT ({same} AND {STRIKING})
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
    ]


def postgres_triggers(table: str) -> list[str]:
    """What lets only words of a ledger be replaced, on PostgreSQL."""
    words = ", ".join(f"'{column}'" for column in WORDS[table])
    update = f"""CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION refuse_all_but_words({words})"""
    if table == "audit_event":
        return [f"DROP TRIGGER {table}_no_update ON {table}", update]
    return [
        f"DROP TRIGGER {table}_append_only ON {table}",
        f"""CREATE TRIGGER {table}_append_only BEFORE DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
        update,
    ]


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create the tables; nobody has asked to be forgotten yet."""
    dialect = db.capabilities.dialect
    for statement in TABLES.split(";\n"):
        if statement.strip():
            await db.execute_query(statement.format(id=IDS[dialect]))
    if dialect == "postgres":
        await db.execute_query(FUNCTION)
    for table in WORDS:
        for trigger in sqlite_triggers(table) if dialect == "sqlite" else postgres_triggers(table):
            await db.execute_query(trigger)
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: what people asked for would be forgotten instead of them."""
    raise RuntimeError("What people asked for cannot be undone this way; restore a backup instead.")
