"""Viewers made before accounts could be linked are there afterwards, and can be linked."""

from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from server.domain.linking import Member
from server.store import linking, migrations
from server.store.database import open_database
from server.store.migrations import FOLDER, migrate
from tests.database import START
from tests.store.test_migrations import empty_url

ROWS = {
    "community": "INSERT INTO community (slug, name, timezone, created_at) VALUES ('house', 'House', 'UTC', 0)",
    "account": "INSERT INTO account (platform, external_id, name, name_key, named_at) "
    "VALUES ('kick', '7', 'Seven', 'seven', 0)",
    "viewer": "INSERT INTO viewer (community_id, face, watch_us) VALUES (1, 1, 300)",
    "viewer_account": "INSERT INTO viewer_account (community_id, account_id, viewer_id) VALUES (1, 1, 1)",
    "watch_adjustment": "INSERT INTO watch_adjustment (community_id, account_id, amount_us, reason, actor, source_key, "
    "at) VALUES (1, 1, 300, 'r', 'a', 'k', 0)",
}


async def test_rows_made_before_links_survive_and_are_viewers_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = tmp_path / "early" / "models"
    early.mkdir(parents=True)
    copy(FOLDER / "models" / "0_20261121000000_first_tables.py", early)
    async with empty_url(tmp_path) as url:
        with monkeypatch.context() as patch:
            patch.setattr(migrations, "FOLDER", early.parent)
            assert len(await migrate(url, START)) == 1
        before = await rows(url, insert=True)
        assert await migrate(url, START)
        assert await rows(url) == before
        database = await open_database(url)
        assert await linking.household(database.reader(), 1, 1) == [Member(account=1, platform="kick", home=1)]
        await database.close()


async def rows(url: str, *, insert: bool = False) -> dict[str, list[tuple[Any, ...]]]:
    """What is in the tables, after putting it there if asked."""
    database = await open_database(url)
    try:
        if insert:
            async with in_transaction("default") as client:
                tx = database.inside(client)
                for statement in ROWS.values():
                    await tx.execute(statement)
        reader = database.reader()
        return {table: [tuple(row) for row in await reader.fetch(f"SELECT * FROM {table}")] for table in ROWS}
    finally:
        await database.close()
