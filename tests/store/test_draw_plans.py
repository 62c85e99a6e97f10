"""Asking what somebody won costs the same, however many were drawn before: both engines find it by an index."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.ports import Columns
from server.store.database import Database
from server.store.giveaways import giveaways
from server.store.statements import Connection, bulk_postgres, bulk_sqlite
from tests.database import START

MANY = 50_000
READS_ALL = re.compile(r"SCAN p\b|Seq Scan on draw_place\b")


@dataclass
class Asked:
    """A connection that notes how the engine means to carry out what it is asked."""

    inside: Connection
    plan: str = ""

    async def bulk(self, sql: str, columns: Columns, *extra: object) -> Any:
        [(name, (kind, values))] = columns.items()
        if self.inside.dialect == "postgres":
            told = "EXPLAIN " + bulk_postgres(sql, ((name, kind),), len(extra))
            rows = await self.inside.fetch(told, values, *extra)
        else:
            told = "EXPLAIN QUERY PLAN " + bulk_sqlite(sql, (name,), len(values), len(extra))
            rows = await self.inside.fetch(told, *values, *extra)
        self.plan = "\n".join(str(row[-1]) for row in rows)
        return await self.inside.bulk(sql, columns, *extra)


async def test_who_won_lately_is_found_by_his_account(database: Database) -> None:
    numbers = (
        f"SELECT generate_series(1, {MANY}) AS n"
        if database.dialect == "postgres"
        else f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {MANY}) SELECT n FROM s"
    )
    writer = database.writer()
    await writer.execute("INSERT INTO community (id, slug, name, timezone, created_at) VALUES (1, 'c', 'c', 'UTC', 0)")
    await writer.execute(
        "INSERT INTO draw (community_id, subject, subject_id, number, env, state, beacon_round, planned_for, "
        "is_manual, actor, made_at, drawn_at) SELECT 1, 'giveaway', made.n, 1, 'live', 'drawn', 1, 0, TRUE, 'x', 0, "
        f"CAST(4000000000000000 AS BIGINT) FROM ({numbers}) AS made"
    )
    await writer.execute(
        "INSERT INTO draw_place (community_id, draw_id, position, ticket, place, viewer_id, account_id, state) "
        f"SELECT 1, made.n, 1, 0, 0, made.n, made.n, 'won' FROM ({numbers}) AS made"
    )
    await writer.execute("ANALYZE")
    asked: Any = Asked(writer)
    since = START - timedelta(days=30)
    assert await giveaways.winners_since(asked, 1, [7, MANY, MANY + 1], since) == {7, MANY}
    assert not READS_ALL.search(asked.plan), asked.plan
