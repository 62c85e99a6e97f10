"""The two engines behind one small face: opened, judged fit, and closed."""

import asyncio
import fcntl
import itertools
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base import config_generator
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections

from server.ports import Columns, Dialect, Reader, Row
from server.store.errors import why_unreachable
from server.store.statements import Connection, NearReader, StatementHook, near_reader, sqlite_statements

WRITER = "default"
READERS = ("reader_1", "reader_2")
SQLITE_OLDEST = (3, 38, 0)
SQLITE_FULL = 2
POSTGRES_OLDEST = 140_000
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs", "afs"}
)
COMMAND_TIMEOUT_S = 30.0
SQLITE_PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "busy_timeout": "5000",
    "journal_size_limit": "67108864",
    "secure_delete": "FAST",
}
SQLITE_WRITER_CACHE = "-16384"
"""Kibibytes, written below zero, that the writer keeps in memory once it has touched so many.

What one transaction changes fits into it: else pages go to the disk, and are read again, several times before it ends.
"""

LEAST_MODELS = {"models": {"models": ["server.models.scenes"], "default_connection": WRITER}}
"""Tortoise wants a model at least. A server speaks SQL; all of them would take 8 MiB."""

DATABASE_NOW = {
    "postgres": "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)",
}
"""The database's own clock, in microseconds: the one clock that all servers have in common."""

BulkNow = Callable[[str, Columns], Sequence[Row]]
"""Runs a statement over a table `r`, see `ports.Tx.bulk`, in the thread it is called in."""


class PlainConnection(asyncpg.Connection):
    """A pooled connection that is given back as it is.

    Nothing of ours lives in one: no setting, cursor, advisory lock or listener. Asking PostgreSQL to clear them each
    time would double the round trips of a small query. A transaction left open is rolled back all the same.
    """

    def get_reset_query(self) -> str:
        """Nothing."""
        return ""


class UnfitDatabase(Exception):
    """The database cannot keep our promises as it is; the message says why and what to do."""


class Database:
    """An open database: one writer, readers that never wait for it, and the lock that makes SQLite ours alone."""

    def __init__(
        self, url: str, dialect: Dialect, lock: IO[str] | None, hook: StatementHook | None, digest_key: bytes
    ) -> None:
        self.url = url
        self.dialect: Dialect = dialect
        self._lock = lock
        self._hook = hook
        self._digest_key = digest_key
        self._near = near_reader(sqlite_path(url)) if dialect == "sqlite" else None
        self._turn = itertools.cycle(self._readers())

    def _readers(self) -> list[Reader]:
        if self._near is None:
            return [Connection(get_connections().get(WRITER), self._hook)]
        return [NearReader(get_connections().get(name), self._near, self._hook) for name in READERS]

    def reader(self) -> Reader:
        """A connection for queries outside a transaction; on SQLite it cannot write and never waits for the writer."""
        return next(self._turn)

    def writer(self) -> Connection:
        """A connection that writes; outside a transaction each statement is one of its own."""
        return Connection(get_connections().get(WRITER), self._hook)

    async def at_once(self, work: Callable[[BulkNow], None]) -> None:
        """Run `work` as one transaction in a single visit to SQLite's thread; what it raises rolls everything back.

        Visits are what a small transaction costs on a busy loop: each answer waits for a whole turn of it.
        """
        client: Any = get_connections().get(WRITER)
        async with client.acquire_connection() as raw:
            # aiosqlite offers its thread to whole functions under this name only.
            await raw._execute(self._transact, raw._conn, work)  # noqa: SLF001 - as the line above says

    def _transact(self, connection: sqlite3.Connection, work: Callable[[BulkNow], None]) -> None:
        def bulk(sql: str, rows: Columns) -> Sequence[Row]:
            if self._hook is not None:
                self._hook(sql)
            statements = sqlite_statements(sql, rows, ())
            return [row for statement, given in statements for row in connection.execute(statement, given)]

        connection.execute("BEGIN IMMEDIATE")
        try:
            work(bulk)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()

    @asynccontextmanager
    async def leaving_no_trace(self) -> AsyncGenerator[None, None]:
        """Overwrite with zeros what is deleted meanwhile, also in pages of SQLite's file that nothing uses any more.

        On the way out what the log beside the file still holds goes, too. PostgreSQL lets go of old rows by itself.
        """
        if self.dialect != "sqlite":
            yield
            return
        writer = self.writer()
        await writer.fetch("PRAGMA secure_delete = ON")
        try:
            yield
        finally:
            await writer.fetch(f"PRAGMA secure_delete = {SQLITE_PRAGMAS['secure_delete']}")
            await writer.fetch("PRAGMA wal_checkpoint(TRUNCATE)")

    def inside(self, client: BaseDBAsyncClient) -> Connection:
        """The transaction that tortoise opened as `client`, as ours."""
        return Connection(client, self._hook, self._digest_key)

    async def close(self) -> None:
        """Close every connection (an open SQLite one would keep the process alive) and give the lock back."""
        await Tortoise.close_connections()
        if self._near is not None:
            self._near.close()
        if self._lock is not None:
            self._lock.close()


def dialect_of(url: str) -> Dialect:
    """The engine a database URL means; `UnfitDatabase` for any other."""
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return "sqlite"
    if scheme in {"postgres", "postgresql", "asyncpg"}:
        return "postgres"
    raise UnfitDatabase(
        f"Databases of the kind {scheme or '(none)'!r} are not supported; use sqlite:// or postgres://."
    )


def sqlite_path(url: str) -> Path:
    """The file a sqlite:// URL names."""
    return Path(url.removeprefix("sqlite://").partition("?")[0])


def tortoise_config(url: str, *, pool_size: int = 8, query_only_readers: bool = True) -> dict[str, Any]:
    """Tortoise's configuration for `url`, with as few models as it takes."""
    if dialect_of(url) == "sqlite":
        asked = dict(parse_qsl(urlsplit(url).query))
        credentials = {"file_path": str(sqlite_path(url)), **SQLITE_PRAGMAS, **asked}
        engine = "tortoise.backends.sqlite"
        connections = {
            WRITER: {"engine": engine, "credentials": credentials | {"cache_size": SQLITE_WRITER_CACHE} | asked}
        }
        if query_only_readers:
            readers = {"engine": engine, "credentials": credentials | {"query_only": "ON"}}
            connections |= dict.fromkeys(READERS, readers)
        return {"connections": connections, "apps": LEAST_MODELS}
    expand = cast("Callable[[str], dict[str, Any]]", vars(config_generator)["expand_db_url"])  # typed too loosely
    connection = expand(urlunsplit(urlsplit(url)._replace(scheme="asyncpg")))
    credentials: dict[str, Any] = connection["credentials"]
    if "sslmode" in credentials:
        credentials["ssl"] = credentials.pop("sslmode")
    credentials |= {"minsize": 1, "maxsize": pool_size, "command_timeout": COMMAND_TIMEOUT_S, "timeout": 10.0}
    credentials["connection_class"] = PlainConnection
    return {"connections": {WRITER: connection}, "apps": LEAST_MODELS}


@contextmanager
def reaching(url: str) -> Generator[None, None, None]:
    """Turns a failure to reach `url` into `UnfitDatabase`, which never shows a user or a password."""
    try:
        yield
    except Exception as error:
        reason = why_unreachable(error)
        if reason is None:
            raise
        parts = urlsplit(url)
        raise UnfitDatabase(
            f"{sqlite_path(url)} cannot be opened or written. Look at the rights on its folder, and at the disk."
            if dialect_of(url) == "sqlite"
            else f"PostgreSQL at {parts.hostname or 'localhost'}:{parts.port or 5432} cannot be used: {reason}. "
            "Check REGULARS_DATABASE_URL, and whether the server runs."
        ) from error


async def open_database(
    url: str,
    *,
    pool_size: int = 8,
    hook: StatementHook | None = None,
    shared: bool = False,
    digest_key: bytes = b"",
) -> Database:
    """Open `url`; `UnfitDatabase` says why it cannot be reached or trusted. The caller closes what it gets.

    `shared` is for reading beside a running server: SQLite's file is not claimed, and must be there. Whoever applies
    what platforms tell, or forgets people, needs the installation's `digest_key`.
    """
    dialect = dialect_of(url)
    if dialect == "sqlite" and shared and not sqlite_path(url).exists():
        raise UnfitDatabase("There is no database yet. Run: regulars migrate")
    lock = claim_file(sqlite_path(url)) if dialect == "sqlite" and not shared else None
    try:
        with reaching(url):
            await Tortoise.init(config=tortoise_config(url, pool_size=pool_size), _enable_global_fallback=True)
            database = Database(url, dialect, lock, hook, digest_key)
            await (check_sqlite() if dialect == "sqlite" else check_postgres(database.reader()))
    except BaseException:
        await asyncio.shield(Tortoise.close_connections())
        if lock is not None:
            lock.close()
        raise
    return database


def claim_file(path: Path) -> IO[str]:
    """The held lock on a SQLite file's directory entry; `UnfitDatabase` when another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = file_system_of(path.parent)
    if kind in NETWORK_FILE_SYSTEMS:
        raise UnfitDatabase(
            f"{path} lies on a network file system ({kind}), where SQLite's locks do not hold. "
            "Put it on a local disk, or use PostgreSQL (REGULARS_DATABASE_URL=postgres://...)."
        )
    lock = path.with_name(path.name + ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as taken:
        lock.close()
        raise UnfitDatabase(
            f"Another process uses {path}. SQLite serves one process: stop the other one, "
            "or use PostgreSQL (REGULARS_DATABASE_URL=postgres://...) for several."
        ) from taken
    return lock


def file_system_of(folder: Path, mounts: str = "/proc/mounts") -> str:
    """The kind of file system `folder` lies on, as the kernel names it; empty where the kernel does not say."""
    try:
        lines = Path(mounts).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    place = folder.resolve()
    found = [(mount, kind) for _, mount, kind, *_ in (line.split() for line in lines) if place.is_relative_to(mount)]
    return max(found, key=lambda pair: len(pair[0]))[1] if found else ""


async def check_sqlite() -> None:
    """Refuse a SQLite that would lose acknowledged rows on power loss (synchronous below FULL) or is too old.

    Every connection is opened here: one whose opening is cut off, as a leaving client does, would stay broken for ever.
    """
    writer, *readers = [Connection(get_connections().get(name)) for name in (WRITER, *READERS)]
    for reader in readers:
        await reader.fetch("SELECT 1")
    [version] = await writer.fetch("SELECT sqlite_version() AS version")
    if tuple(int(part) for part in str(version["version"]).split(".")) < SQLITE_OLDEST:
        raise UnfitDatabase(f"SQLite {version['version']} is too old; 3.38 or newer is needed.")
    [mode] = await writer.fetch("PRAGMA journal_mode")
    [level] = await writer.fetch("PRAGMA synchronous")
    if str(mode[0]).lower() != "wal" or int(level[0]) < SQLITE_FULL:
        raise UnfitDatabase(
            f"SQLite runs with journal_mode={mode[0]}, synchronous={level[0]}; WAL and FULL (2) are needed: "
            "anything less loses acknowledged rows when the power fails."
        )


async def check_postgres(reader: Reader) -> None:
    """Refuse a PostgreSQL that is too old or answers before its log is on disk."""
    [row] = await reader.fetch(
        "SELECT current_setting('server_version_num')::int AS version, current_setting('fsync') AS fsync, "
        "current_setting('synchronous_commit') AS commits"
    )
    if row["version"] < POSTGRES_OLDEST:
        raise UnfitDatabase("PostgreSQL 14 or newer is needed.")
    if row["fsync"] != "on" or row["commits"] == "off":
        raise UnfitDatabase(
            "PostgreSQL runs with fsync or synchronous_commit off, which loses acknowledged rows when the power fails. "
            "Turn both on."
        )
