"""The databases that are measured on: SQLite in a folder on disk, and PostgreSQL where one answers."""

import os
import secrets
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from server.store.migrations import migrate
from server.system import SystemClock

VARIABLE = "REGULARS_BENCH_DATABASE_URL"
LOCAL = "postgres://postgres@127.0.0.1:5432/test"
CONNECT_TIMEOUT_S = 3.0

EngineName = Literal["SQLite", "PostgreSQL"]


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine to measure on, with the place where databases of our own are made."""

    name: EngineName
    place: str

    @asynccontextmanager
    async def empty(self) -> AsyncGenerator[str, None]:
        """The URL of a database without any table; it goes with its folder, or is dropped afterwards."""
        name = f"regulars_bench_{secrets.token_hex(4)}"
        if self.name == "SQLite":
            yield f"sqlite://{self.place}/{name}.sqlite3"
            return
        await self._administer(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(self.place)._replace(path=f"/{name}"))
        finally:
            await self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    @asynccontextmanager
    async def migrated(self) -> AsyncGenerator[str, None]:
        """The URL of a database with our tables."""
        async with self.empty() as url:
            await migrate(url, SystemClock().now())
            yield url

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.place, timeout=CONNECT_TIMEOUT_S)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


async def postgres() -> tuple[Engine, str] | None:
    """The PostgreSQL of REGULARS_BENCH_DATABASE_URL, or the local one, with its version; None where none answers."""
    given = os.environ.get(VARIABLE)  # noqa: TID251 - steers a measurement, is no setting of the server
    url = given or LOCAL
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        if given:
            raise
        return None
    version = str(await connection.fetchval("SHOW server_version"))
    await connection.close()
    return Engine("PostgreSQL", url), version.partition(" ")[0]


async def count(url: str, table: str, condition: str = "TRUE") -> int:
    """How many rows of `table` fulfil `condition`, asked on a connection of its own."""
    statement = f"SELECT count(*) FROM {table} WHERE {condition}"
    if url.startswith("sqlite://"):
        reader = sqlite3.connect(url.removeprefix("sqlite://"))
        try:
            return int(reader.execute(statement).fetchone()[0])
        finally:
            reader.close()
    connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S)
    try:
        return int(await connection.fetchval(statement))
    finally:
        await connection.close()


async def tidy(url: str) -> None:
    """What autovacuum does in its time, done now: statistics and visibility, on which plans depend."""
    if url.startswith("sqlite://"):
        return
    connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S)
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
