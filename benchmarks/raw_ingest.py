"""The limit of ingest: a bare handler that verifies, batches into one INSERT, commits and answers."""

import asyncio
import base64
import sqlite3
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from benchmarks.processes import Pipe, let_go

PADDING, DIGEST = PKCS1v15(), SHA256()
TABLE = (
    "CREATE TABLE event (message_id TEXT PRIMARY KEY, kind TEXT NOT NULL, told_at TEXT NOT NULL, body {blob} NOT NULL)"
)

Row = tuple[str, str, str, bytes]
Store = Callable[[Sequence[Row]], Awaitable[object]]


class Batches:
    """One commit for all rows that came in during the last one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self._filled = asyncio.Event()

    async def add(self, row: Row) -> None:
        """Return once `row` is committed."""
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, committed))
        self._filled.set()
        await committed

    async def run(self) -> None:
        """Commit for ever."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            batch, self._waiting = self._waiting, []
            await self._store([row for row, _ in batch])
            for _, committed in batch:
                committed.set_result(None)


def sqlite_store(path: str) -> Store:
    """Batches into a SQLite file that is as safe against power loss as ours."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(TABLE.format(blob="BLOB"))

    def write(rows: Sequence[Row]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)
        connection.execute("COMMIT")

    return lambda rows: asyncio.to_thread(write, rows)


async def postgres_store(url: str) -> Store:
    """Batches into PostgreSQL."""
    connection = await asyncpg.connect(url)
    await connection.execute(TABLE.format(blob="BYTEA"))
    statement = await connection.prepare(
        "INSERT INTO event SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) ON CONFLICT DO NOTHING"
    )
    return lambda rows: statement.fetch(*map(list, zip(*rows, strict=True)))


def handler(key: RSAPublicKey, batches: Batches) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Answer 204 once a request with a good signature is committed."""

    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        headers = request.headers
        message_id, told_at = headers["Kick-Event-Message-Id"], headers["Kick-Event-Message-Timestamp"]
        signature = base64.b64decode(headers["Kick-Event-Signature"])
        try:
            key.verify(signature, b".".join((message_id.encode(), told_at.encode(), body)), PADDING, DIGEST)
        except InvalidSignature:
            return web.Response(status=401)
        await batches.add((message_id, headers["Kick-Event-Type"], told_at, body))
        return web.Response(status=204)

    return handle


def serve(pipe: Pipe, url: str, public_pem: str) -> None:
    """Serve until `pipe` is let go."""
    asyncio.run(_serve(pipe, url, public_pem))


async def _serve(pipe: Pipe, url: str, public_pem: str) -> None:
    key = load_pem_public_key(public_pem.encode())
    assert isinstance(key, RSAPublicKey)
    sqlite = url.startswith("sqlite://")
    batches = Batches(sqlite_store(url.removeprefix("sqlite://")) if sqlite else await postgres_store(url))
    site = web.Application()
    site.router.add_post("/webhooks/kick", handler(key, batches))
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    committing = asyncio.create_task(batches.run())
    pipe.send(runner.addresses[0][1])
    await let_go(pipe)
    committing.cancel()
    await runner.cleanup()
