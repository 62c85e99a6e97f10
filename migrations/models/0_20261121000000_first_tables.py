"""The first tables: platform facts, communities, watch time, inbox, feed, jobs."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

TABLES = """
CREATE TABLE aerich (
    id {serial}, version VARCHAR(255) NOT NULL, app VARCHAR(100) NOT NULL, content {json} NOT NULL
);
CREATE TABLE community (
    id {id}, slug VARCHAR(40) NOT NULL UNIQUE, name VARCHAR(100) NOT NULL, timezone VARCHAR(64) NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE channel (
    id {id}, platform VARCHAR(16) NOT NULL, external_id VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL,
    slug VARCHAR(100), title TEXT, category TEXT, described_at BIGINT,
    UNIQUE (platform, external_id)
);
CREATE TABLE attachment (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE,
    channel_id BIGINT NOT NULL REFERENCES channel (id) ON DELETE CASCADE, attached_at BIGINT NOT NULL,
    UNIQUE (community_id, channel_id)
);
CREATE INDEX attachment_channel ON attachment (channel_id);
CREATE TABLE setting_version (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE,
    capability VARCHAR(32) NOT NULL, effective_from BIGINT NOT NULL, data TEXT NOT NULL,
    actor VARCHAR(100) NOT NULL, created_at BIGINT NOT NULL
);
CREATE INDEX setting_version_lookup ON setting_version (community_id, capability, effective_from);
CREATE TABLE stream (
    id {id}, channel_id BIGINT NOT NULL REFERENCES channel (id) ON DELETE CASCADE, started_at BIGINT NOT NULL,
    ended_at BIGINT, ended_by BIGINT, title TEXT NOT NULL,
    UNIQUE (channel_id, started_at)
);
CREATE TABLE account (
    id {id}, platform VARCHAR(16) NOT NULL, external_id VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL,
    name_key VARCHAR(200) NOT NULL, slug VARCHAR(100), named_at BIGINT NOT NULL, is_bot BOOL NOT NULL DEFAULT FALSE,
    UNIQUE (platform, external_id)
);
CREATE INDEX account_name ON account (platform, name_key);
CREATE INDEX account_bots ON account (id) WHERE is_bot;
CREATE TABLE viewer (
    id {id}, community_id BIGINT NOT NULL, face BIGINT NOT NULL, watch_us BIGINT NOT NULL
);
CREATE INDEX viewer_board ON viewer (community_id, watch_us DESC, id);
CREATE TABLE viewer_account (
    id {id}, community_id BIGINT NOT NULL, account_id BIGINT NOT NULL, viewer_id BIGINT NOT NULL,
    UNIQUE (community_id, account_id)
);
CREATE INDEX viewer_account_viewer ON viewer_account (viewer_id);
CREATE TABLE chat_evidence (
    id {id}, account_id BIGINT NOT NULL, channel_id BIGINT NOT NULL, at BIGINT NOT NULL, digest BIGINT NOT NULL,
    UNIQUE (account_id, channel_id, at, digest)
);
CREATE INDEX chat_evidence_channel ON chat_evidence (channel_id, at);
CREATE TABLE watch_tally (
    id {id}, community_id BIGINT NOT NULL, stream_id BIGINT NOT NULL, account_id BIGINT NOT NULL,
    total_us BIGINT NOT NULL, covered_until BIGINT NOT NULL, last_at BIGINT NOT NULL, recent TEXT NOT NULL,
    UNIQUE (community_id, stream_id, account_id)
);
CREATE INDEX watch_tally_account ON watch_tally (community_id, account_id);
CREATE TABLE watch_adjustment (
    id {id}, community_id BIGINT NOT NULL REFERENCES community (id) ON DELETE CASCADE, account_id BIGINT NOT NULL,
    amount_us BIGINT NOT NULL, reason TEXT NOT NULL, actor VARCHAR(100) NOT NULL, source_key VARCHAR(200) NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (community_id, source_key)
);
CREATE INDEX watch_adjustment_account ON watch_adjustment (community_id, account_id);
CREATE TABLE inbox (
    id {id}, source VARCHAR(16) NOT NULL, message_id VARCHAR(64) NOT NULL, kind VARCHAR(64) NOT NULL,
    kind_key VARCHAR(64) NOT NULL, subscription_id VARCHAR(64) NOT NULL, broadcaster_id VARCHAR(64),
    told_at BIGINT NOT NULL, received_at BIGINT NOT NULL, orphan BOOL NOT NULL, body {blob} NOT NULL,
    UNIQUE (source, message_id, kind_key)
);
CREATE INDEX inbox_received ON inbox (received_at);
CREATE INDEX inbox_orphans ON inbox (source, broadcaster_id) WHERE orphan;
CREATE TABLE delivery (
    id {id}, inbox_id BIGINT NOT NULL, community_id BIGINT NOT NULL, state VARCHAR(12) NOT NULL,
    attempts INT NOT NULL, code VARCHAR(40), error TEXT, settled_at BIGINT,
    UNIQUE (inbox_id, community_id)
);
CREATE INDEX delivery_community ON delivery (community_id, id);
CREATE INDEX delivery_received ON delivery (community_id, id) WHERE state = 'received';
CREATE INDEX delivery_quarantined ON delivery (community_id, id) WHERE state = 'quarantined';
CREATE TABLE feed_head (
    community_id BIGINT NOT NULL PRIMARY KEY REFERENCES community (id) ON DELETE CASCADE,
    head BIGINT NOT NULL, tail BIGINT NOT NULL
);
CREATE TABLE feed_entry (
    id {id}, community_id BIGINT NOT NULL, cursor BIGINT NOT NULL, kind VARCHAR(40) NOT NULL, data TEXT NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (community_id, cursor)
);
CREATE TABLE job (
    id {id}, community_id BIGINT, audience VARCHAR(16) NOT NULL, kind VARCHAR(40) NOT NULL, key VARCHAR(200) NOT NULL,
    payload TEXT NOT NULL, state VARCHAR(12) NOT NULL, attempts INT NOT NULL, run_at BIGINT NOT NULL,
    leased_until BIGINT, lease BIGINT NOT NULL, error TEXT, created_at BIGINT NOT NULL, settled_at BIGINT,
    UNIQUE (kind, key)
);
CREATE INDEX job_due ON job (audience, state, run_at);
CREATE TABLE lease (
    name VARCHAR(100) NOT NULL PRIMARY KEY, holder VARCHAR(64) NOT NULL, epoch BIGINT NOT NULL, until BIGINT NOT NULL
);
CREATE TABLE idempotency (
    id {id}, scope VARCHAR(200) NOT NULL, key VARCHAR(200) NOT NULL, input_hash VARCHAR(64) NOT NULL,
    result TEXT NOT NULL, at BIGINT NOT NULL,
    UNIQUE (scope, key)
);
CREATE INDEX idempotency_at ON idempotency (at);
"""

APPEND_ONLY = ("watch_adjustment", "setting_version")

REFUSE_CHANGE_SQLITE = (
    """CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
    """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
)
REFUSE_CHANGE_POSTGRES = (
    """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$""",
    """CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
    """CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)

WORDS = {
    "sqlite": {
        "id": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL",
        "serial": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL",
        "json": "JSON",
        "blob": "BLOB",
    },
    "postgres": {
        "id": "BIGSERIAL NOT NULL PRIMARY KEY",
        "serial": "SERIAL NOT NULL PRIMARY KEY",
        "json": "JSONB",
        "blob": "BYTEA",
    },
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create every table; statements run one by one, so that SQLite stays atomic."""
    dialect = db.capabilities.dialect
    words = WORDS[dialect]
    for statement in TABLES.split(";\n"):
        if statement.strip():
            await db.execute_query(statement.format(**words))
    triggers = REFUSE_CHANGE_SQLITE if dialect == "sqlite" else REFUSE_CHANGE_POSTGRES
    for table in APPEND_ONLY:
        for trigger in triggers:
            await db.execute_query(trigger.format(table=table))
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse: a first migration has nothing to go back to, and dropping tables would drop a community's prizes."""
    raise RuntimeError("The first migration cannot be undone; restore a backup instead.")
