"""Fresh databases for tests: a migrated SQLite file, or a PostgreSQL database of its own where a URL is given."""

import asyncio
import os
import secrets
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from server.store.database import Database, open_database
from server.store.migrations import migrate

POSTGRES_URL = os.environ.get("REGULARS_TEST_DATABASE_URL")
START = datetime(2026, 8, 1, 18, 0, tzinfo=UTC)


class FrozenClock:
    """A clock that stands until told; its monotonic side really runs, and goes along when time passes."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at
        self._passed_s = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time() + self._passed_s

    def pass_time(self, **duration: float) -> None:
        self.at += timedelta(**duration)
        self._passed_s += timedelta(**duration).total_seconds()


async def make_postgres(name: str, template: str | None = None) -> str:
    """Create a database on the test server, as a copy of `template`, and return its URL."""
    assert POSTGRES_URL is not None
    admin = await asyncpg.connect(POSTGRES_URL)
    try:
        await admin.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    finally:
        await admin.close()
    return urlunsplit(urlsplit(POSTGRES_URL)._replace(path=f"/{name}"))


async def drop_postgres(name: str) -> None:
    assert POSTGRES_URL is not None
    admin = await asyncpg.connect(POSTGRES_URL)
    try:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await admin.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Generator[str, None, None]:
    """What fresh databases are copied from: a SQLite file, or the name of a PostgreSQL database."""
    if POSTGRES_URL is None:
        path = tmp_path_factory.mktemp("template") / "migrated.sqlite3"
        asyncio.run(migrate(f"sqlite://{path}", START))
        yield str(path)
        return
    name = f"regulars_template_{secrets.token_hex(6)}"
    url = asyncio.run(make_postgres(name))
    asyncio.run(migrate(url, START))
    yield name
    asyncio.run(drop_postgres(name))


@asynccontextmanager
async def fresh_url(migrated: str, folder: Path) -> AsyncGenerator[str, None]:
    """The URL of a migrated database of its own."""
    if POSTGRES_URL is None:
        path = folder / f"{secrets.token_hex(4)}.sqlite3"
        copyfile(migrated, path)
        yield f"sqlite://{path}"
        return
    name = f"regulars_test_{secrets.token_hex(6)}"
    url = await make_postgres(name, migrated)
    try:
        yield url
    finally:
        await drop_postgres(name)


@pytest.fixture
async def database_url(migrated: str, tmp_path: Path) -> AsyncGenerator[str, None]:
    async with fresh_url(migrated, tmp_path) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database, None]:
    opened = await open_database(database_url)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()
