"""A database that cannot keep our promises is refused, with the reason and what to do."""

import asyncio
import sqlite3
import ssl
import subprocess
import sys
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from tortoise.exceptions import DBConnectionError

from server.store import database
from server.store.database import UnfitDatabase, claim_file, dialect_of, file_system_of, open_database
from server.store.errors import why_unreachable
from tests.database import POSTGRES_URL

ROOT = Path(__file__).parents[2]
OPEN = """
import asyncio, sys
from server.store.database import UnfitDatabase, open_database

async def main():
    try:
        await (await open_database(sys.argv[1])).close()
    except UnfitDatabase as unfit:
        print(unfit)

asyncio.run(main())
"""
MOUNTS = """\
/dev/vda1 / ext4 rw,relatime 0 0
fileserver:/export /srv/share nfs4 rw 0 0
//nas/disk /srv/share/windows cifs rw 0 0
tmpfs /srv/share/windows/fast tmpfs rw 0 0
"""


@pytest.mark.parametrize("url", ["mysql://root@127.0.0.1/regulars", "regulars.db", ""])
def test_another_engine_is_refused(url: str) -> None:
    with pytest.raises(UnfitDatabase, match="use sqlite:// or postgres://"):
        dialect_of(url)


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv", "ext4"),
        ("/srv/share", "nfs4"),
        ("/srv/share/data/deep", "nfs4"),
        ("/srv/share/windows", "cifs"),
        ("/srv/share/windows/fast/data", "tmpfs"),
        ("/srv/shared", "ext4"),
    ],
)
def test_the_file_system_is_that_of_the_innermost_mount(tmp_path: Path, folder: str, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert file_system_of(Path(folder), str(mounts)) == kind


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "9p", "fuse.sshfs"])
def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/vda1 / ext4 rw 0 0\nsomewhere {tmp_path} {kind} rw 0 0\n")
    monkeypatch.setattr(database, "file_system_of", partial(file_system_of, mounts=str(mounts)))
    with pytest.raises(UnfitDatabase, match=rf"network file system \({kind}\).*local disk"):
        claim_file(tmp_path / "regulars.sqlite3")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (asyncpg.InvalidPasswordError("no"), "it refuses this user or password"),
        (asyncpg.InvalidAuthorizationSpecificationError("no"), "it refuses this user or password"),
        (DBConnectionError(asyncpg.InvalidCatalogNameError("no")), "it has no database of this name"),
        (ssl.SSLCertVerificationError("no"), "its certificate or its way to encrypt is not what was asked for"),
        (ConnectionRefusedError(111, "no"), "it does not answer"),
        (TimeoutError(), "it does not answer"),
        (asyncpg.UniqueViolationError("no"), None),
        (KeyError("no"), None),
    ],
    ids=lambda given: type(given).__name__,
)
def test_why_a_database_cannot_be_reached_is_said_in_words(error: Exception, reason: str | None) -> None:
    assert why_unreachable(error) == reason


if POSTGRES_URL is None:

    async def test_a_second_process_on_the_same_file_is_refused(database_url: str) -> None:
        async def second() -> str:
            command = [sys.executable, "-c", OPEN, database_url]
            done = await asyncio.to_thread(
                partial(subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
            )
            return done.stdout

        opened = await open_database(database_url)
        assert "Another process uses" in await second()
        await opened.close()
        assert await second() == ""

    @pytest.mark.parametrize(
        "asked", ["synchronous=NORMAL", "synchronous=OFF", "synchronous=1", "journal_mode=DELETE", "journal_mode=OFF"]
    )
    async def test_a_sqlite_that_would_lose_acknowledged_rows_is_refused(database_url: str, asked: str) -> None:
        with pytest.raises(UnfitDatabase, match="loses acknowledged rows"):
            await open_database(f"{database_url}?{asked}")
        await (await open_database(database_url)).close()

    async def test_readers_of_sqlite_cannot_write(database_url: str) -> None:
        opened = await open_database(database_url)
        for _ in range(3):
            with pytest.raises(Exception, match="readonly"):
                await opened.reader().fetch("INSERT INTO lease (name, holder, epoch, until) VALUES ('a', 'b', 1, 1)")
        await opened.close()

else:

    @pytest.mark.parametrize("whose", ['DATABASE "{name}"', 'ROLE CURRENT_USER IN DATABASE "{name}"'])
    async def test_a_postgres_that_would_lose_acknowledged_rows_is_refused(database_url: str, whose: str) -> None:
        name = urlsplit(database_url).path[1:]
        admin = await asyncpg.connect(POSTGRES_URL)
        await admin.execute(f"ALTER {whose.format(name=name)} SET synchronous_commit = off")
        with pytest.raises(UnfitDatabase, match="loses acknowledged rows"):
            await open_database(database_url)
        await admin.execute(f"ALTER {whose.format(name=name)} RESET ALL")
        await admin.close()
        await (await open_database(database_url)).close()


async def test_a_row_is_found_as_soon_as_it_is_committed_and_never_before(tmp_path: Path) -> None:
    path = tmp_path / "regulars.sqlite3"
    opened = await open_database(f"sqlite://{path}")
    other = sqlite3.connect(path, isolation_level=None)
    try:
        await opened.writer().execute("CREATE TABLE cup (id INTEGER PRIMARY KEY, size INTEGER)")
        reader = opened.reader()
        assert await reader.find("SELECT size FROM cup WHERE id = $1", 1) is None
        await opened.writer().execute("INSERT INTO cup (id, size) VALUES (1, 3)")
        found = await reader.find("SELECT size FROM cup WHERE id = $1", 1)
        assert found is not None
        assert found["size"] == 3
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await reader.find("DELETE FROM cup WHERE id = $1 RETURNING id", 1)
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE cup SET size = 4")
        found = await reader.find("SELECT size FROM cup WHERE id = $1", 1)
        assert found is not None
        assert found["size"] == 3, "what is not committed is not there"
    finally:
        other.close()
        await opened.close()
