"""A migration that rebuilds a table, fails half way or forgets a child loses no row unnoticed."""

import sqlite3
from pathlib import Path
from shutil import copy

import pytest

from server.store import migrations
from server.store.migrations import FOLDER, BrokenReferences, migrate, pending
from tests.database import POSTGRES_URL, START
from tests.store.test_links_migrated import rows
from tests.store.test_migrations import empty_url

MIGRATION = """
MODELS_STATE = ""

async def upgrade(db):
    for statement in {statements!r}:
        await db.execute_query(statement)
    return "SELECT 1"

async def downgrade(db):
    return "SELECT 1"
"""
REBUILD = {
    "sqlite": [
        """CREATE TABLE community_new (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, slug VARCHAR(40) NOT NULL UNIQUE,
        name VARCHAR(100) NOT NULL, timezone VARCHAR(64) NOT NULL, created_at BIGINT NOT NULL)""",
        "INSERT INTO community_new SELECT id, slug, name, timezone, created_at FROM community",
        "DROP TABLE community",
        "ALTER TABLE community_new RENAME TO community",
    ],
    "postgres": ["ALTER TABLE community ALTER COLUMN name TYPE VARCHAR(200)"],
}
ENGINE = "sqlite" if POSTGRES_URL is None else "postgres"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's migrations, to which a test adds its own."""
    models = tmp_path / "migrations" / "models"
    models.mkdir(parents=True)
    for path in (FOLDER / "models").glob("*_*.py"):
        copy(path, models)
    monkeypatch.setattr(migrations, "FOLDER", models.parent)
    return models


def add(folder: Path, *statements: str) -> None:
    """A migration that follows all others."""
    folder.joinpath("999_20991231000000_of_the_test.py").write_text(MIGRATION.format(statements=statements))


async def test_a_table_that_is_rebuilt_takes_no_row_of_another_with_it(folder: Path, tmp_path: Path) -> None:
    async with empty_url(tmp_path) as url:
        await migrate(url, START)
        before = await rows(url, insert=True)
        assert all(len(found) == 1 for found in before.values())
        add(folder, *REBUILD[ENGINE])
        assert len(await migrate(url, START)) == 1
        assert await rows(url) == before


async def test_a_migration_that_fails_at_its_end_leaves_every_row_and_is_still_to_do(
    folder: Path, tmp_path: Path
) -> None:
    async with empty_url(tmp_path) as url:
        await migrate(url, START)
        before = await rows(url, insert=True)
        add(
            folder,
            "ALTER TABLE community ADD COLUMN motto TEXT",
            "UPDATE community SET name = 'Gone'",
            "DELETE FROM viewer_account",
            "INSERT INTO nowhere VALUES (1)",
        )
        with pytest.raises(Exception, match="nowhere"):
            await migrate(url, START)
        assert await rows(url) == before
        assert len(await pending(url)) == 1


if POSTGRES_URL is None:

    async def test_a_row_left_without_its_parent_is_told_with_the_way_back(folder: Path, tmp_path: Path) -> None:
        path = tmp_path / "house.sqlite3"
        await migrate(f"sqlite://{path}", START)
        await rows(f"sqlite://{path}", insert=True)
        add(folder, "DELETE FROM community")
        with pytest.raises(
            BrokenReferences, match=r"1 row\(s\) of watch_adjustment .*house\.before-20260801T180000Z\.sqlite3 back"
        ):
            await migrate(f"sqlite://{path}", START)
        [kept] = tmp_path.glob("*.before-*")
        connection = sqlite3.connect(kept)
        assert connection.execute("SELECT slug FROM community").fetchall() == [("house",)]
        connection.close()
