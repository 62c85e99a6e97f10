"""Draws made when only raffles were drawn are draws of raffles afterwards."""

from pathlib import Path

import pytest
from tortoise.transactions import in_transaction

from server.store.database import open_database
from server.store.draws import draws
from server.store.migrations import migrate
from tests.database import START
from tests.store.early import migrate_before
from tests.store.test_migrations import empty_url

SUBJECTS = 27
COMMUNITY = "INSERT INTO community (slug, name, timezone, created_at) VALUES ('house', 'House', 'UTC', 0)"
DRAW = """
INSERT INTO draw (community_id, period_id, number, env, state, beacon_round, planned_for, is_manual, actor, made_at,
    commit_hash, drawn_at)
VALUES (1, 5, 2, 'live', 'drawn', 1000, 7, TRUE, 'person:kick:1', 3, 'abc', 9)
"""


async def test_a_draw_made_before_there_were_giveaways_is_of_its_raffle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with empty_url(tmp_path) as url:
        await migrate_before(SUBJECTS, url, tmp_path, monkeypatch)
        database = await open_database(url)
        async with in_transaction("default") as client:
            for statement in (COMMUNITY, DRAW):
                await database.inside(client).execute(statement)
        await database.close()
        await migrate(url, START)
        database = await open_database(url)
        try:
            found = await draws.latest(database.reader(), 5)
        finally:
            await database.close()
    assert found is not None
    assert (found.id, found.name, found.is_manual, found.commit_hash) == (1, "raffle-5-2", True, "abc")
