"""Viewers are found by their names within their community, however many others bear such names elsewhere."""

import re
from typing import Any

import pytest

from server.store import leaderboards
from server.store.database import Database
from tests.store.test_jobs_plans import Noted

MANY = 30_000
READS_ALL = re.compile(r"SCAN (v|a|s|viewer)\b(?! USING)|Seq Scan")


@pytest.fixture
async def crowded(database: Database) -> Database:
    """Two communities, whose viewers are called otter1 and so on; the first has few, the second very many."""
    writer = database.writer()
    numbers = (
        f"SELECT generate_series(1, {MANY}) AS n"
        if database.dialect == "postgres"
        else f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {MANY}) SELECT n FROM s"
    )
    for number in (1, 2):
        await writer.execute(
            f"INSERT INTO community (id, slug, name, timezone, created_at) "
            f"VALUES ({number}, 'c{number}', 'c', 'UTC', 0)"
        )
    place = f"CASE WHEN made.n % {MANY // 50} = 0 THEN 1 ELSE 2 END"
    await writer.execute(
        "INSERT INTO account (id, platform, external_id, name, name_key, named_at, is_bot) SELECT made.n, 'kick', "
        f"CAST(made.n AS VARCHAR(20)), 'Otter' || made.n, 'otter' || made.n, 0, FALSE FROM ({numbers}) AS made"
    )
    await writer.execute(
        f"INSERT INTO viewer (id, community_id, face, watch_us) SELECT made.n, {place}, made.n, made.n % 1000 "
        f"FROM ({numbers}) AS made"
    )
    await writer.execute(
        f"INSERT INTO viewer_account (community_id, account_id, viewer_id) SELECT {place}, made.n, made.n "
        f"FROM ({numbers}) AS made"
    )
    await writer.execute("ANALYZE")
    return database


async def named(reader: Any, community: int, typed: str, among: int = 10_000, limit: int = 5) -> list[str]:
    return [one.name for one in await leaderboards.named(reader, community, typed, among, limit)]


async def test_names_are_found_whole_or_by_their_beginning_in_one_community_alone(crowded: Database) -> None:
    reader = crowded.reader()
    assert await named(reader, 1, "OTTER600") == ["Otter600", "Otter6000"]
    assert await named(reader, 1, "otter7", limit=100) == ["Otter7800", "Otter7200"], "who watched most comes first"
    assert await named(reader, 1, "tter600") == []
    assert await named(reader, 1, "otter%") == []
    assert await named(reader, 1, "otter601") == []
    assert "Otter601" in await named(reader, 2, "otter601")
    assert len(await named(reader, 1, "", limit=100)) == 50
    assert len(await named(reader, 2, "otter", limit=7)) == 7


async def test_of_very_many_those_who_watched_most_are_looked_at_and_a_whole_name_finds_anybody(
    crowded: Database,
) -> None:
    reader = crowded.reader()
    assert await named(reader, 2, "otter1001", among=100) == ["Otter1001"]
    assert await named(reader, 2, "otter100", among=100) == ["Otter100"]
    assert await named(reader, 2, "otter999", among=100) == [
        "Otter999",
        "Otter9999",
        "Otter9998",
        "Otter9997",
        "Otter9996",
    ]


async def test_a_search_reads_a_bounded_number_of_rows_by_indexes(crowded: Database) -> None:
    for community in (1, 2):
        asked: Any = Noted(crowded.writer())
        assert await named(asked, community, "otter6")
        plans = await asked.plans()
        assert not READS_ALL.search(plans), plans
