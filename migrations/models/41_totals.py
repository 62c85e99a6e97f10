"""What a community adds up to is read from a few sums: each happening's amount, and each stream's watch time."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

GIFTS = {
    "sqlite": "max(COALESCE(json_extract(data, '$.total'), 0), json_array_length(data, '$.others'))",
    "postgres": "GREATEST(COALESCE((data::json ->> 'total')::bigint, 0), json_array_length(data::json -> 'others'))",
}
KICKS = {"sqlite": "json_extract(data, '$.number')", "postgres": "(data::json ->> 'number')::bigint"}
STATEMENTS = (
    "ALTER TABLE happening ADD COLUMN amount BIGINT NOT NULL DEFAULT 0",
    """
UPDATE happening SET amount = CASE kind WHEN 'gift' THEN {gifts} WHEN 'kicks' THEN {kicks} ELSE 1 END
WHERE kind <> 'ban'
""",
    """
CREATE INDEX happening_sums ON happening (community_id, at, kind, amount, state) WHERE state = 'told' AND amount > 0
""",
    """
CREATE TABLE watch_total (
    id {id}, community_id BIGINT NOT NULL, stream_id BIGINT NOT NULL, total_us BIGINT NOT NULL,
    UNIQUE (community_id, stream_id)
)
""",
    """
INSERT INTO watch_total (community_id, stream_id, total_us)
SELECT community_id, stream_id, CAST(sum(total_us) AS BIGINT) FROM watch_tally GROUP BY community_id, stream_id
""",
)
# Whoever counts meanwhile waits; an older server that runs on afterwards is refused, rather than heard to miscount.
FIRST = {"sqlite": (), "postgres": ("LOCK TABLE watch_tally IN SHARE MODE",)}
LAST = {"sqlite": (), "postgres": ("ALTER TABLE happening ALTER COLUMN amount DROP DEFAULT",)}
IDS = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "postgres": "BIGSERIAL NOT NULL PRIMARY KEY"}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Write down what is known by now."""
    dialect = db.capabilities.dialect
    for statement in (*FIRST[dialect], *STATEMENTS, *LAST[dialect]):
        await db.execute_query(statement.format(id=IDS[dialect], gifts=GIFTS[dialect], kicks=KICKS[dialect]))
    return "SELECT 1"


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse, as every migration does: a database goes back by a backup alone."""
    raise RuntimeError("Migrations are not undone one by one; restore a backup instead.")
