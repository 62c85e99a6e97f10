"""Fresh databases for tests: a migrated SQLite file, or a PostgreSQL database of its own where a URL is given."""

import asyncio
import importlib
import secrets
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.store.database import Database, open_database
from server.store.migrations import MODELS, migrate
from tests.postgres import POSTGRES_URL, Lending, copied, drop_postgres, make_postgres

Migrated = Path | Lending
"""Where fresh databases come from: a SQLite file to copy, or who lends them on PostgreSQL."""
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


def imported_beforehand() -> None:
    """Import what opening a database imports: children that are forked afterwards live seven times as fast."""
    for name in (*MODELS, "aerich.models", "tortoise.backends.sqlite", "tortoise.backends.asyncpg", "tortoise.context"):
        importlib.import_module(name)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Generator[Migrated, None, None]:
    """Where fresh databases come from: a SQLite file to copy, or who lends them on PostgreSQL."""
    if POSTGRES_URL is None:
        path = tmp_path_factory.mktemp("template") / "migrated.sqlite3"
        asyncio.run(migrate(f"sqlite://{path}", START))
        yield path
        return
    name = f"regulars_template_{secrets.token_hex(6)}"
    url = asyncio.run(make_postgres(name))
    asyncio.run(migrate(url, START))
    lending = Lending(name)
    yield lending
    asyncio.run(lending.close())
    asyncio.run(drop_postgres(name))


@asynccontextmanager
async def fresh_url(migrated: Migrated, folder: Path) -> AsyncGenerator[str, None]:
    """The URL of a migrated database of its own."""
    if isinstance(migrated, Lending):
        async with migrated.lent() as url:
            yield url
        return
    async with copy_of(f"sqlite://{migrated}", folder) as url:
        yield url


@asynccontextmanager
async def copy_of(url: str, folder: Path) -> AsyncGenerator[str, None]:
    """The URL of a copy of a database that nobody has open."""
    if POSTGRES_URL is None:
        path = folder / f"{secrets.token_hex(4)}.sqlite3"
        # Whoever closed it last may have left its newest pages in the log beside it.
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as known, closing(sqlite3.connect(path)) as copy:
            known.backup(copy)
        yield f"sqlite://{path}"
        return
    async with copied(url.rpartition("/")[2]) as copy:
        yield copy


@pytest.fixture
async def database_url(migrated: Migrated, tmp_path: Path) -> AsyncGenerator[str, None]:
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
