"""One simulated hour with every fault switch on, the server killed ten times on the way: the book's totals, exactly."""

import asyncio
import random
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from tortoise.transactions import in_transaction

from server.events.happening import Person
from server.store import channels, communities
from server.store.database import open_database
from tests.database import START
from tests.programs import free_port, run, serving

BROADCASTER = 7200001
KILLS = 10


@asynccontextmanager
async def simulated_hour(folder: Path, target: str, *more: str) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """The simulator, playing an hour with all faults towards `target`; its book is in the folder afterwards."""
    command = [
        *(sys.executable, "-m", "clients.simulator", "--target", target, "--quiet"),
        *("--book", str(folder / "book.json"), "--public-key-file", str(folder / "kick.pem")),
        *("--duration", "1h", "--viewers", "60", "--patience", "120", "--broadcaster-id", str(BROADCASTER)),
        *("--all-faults", "--connections", "8", *more),
    ]
    process = await asyncio.create_subprocess_exec(*command)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.crash
@pytest.mark.timeout(300)
async def test_an_hour_of_faults_and_ten_kills_end_with_the_totals_of_the_book(
    database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log, pem = tmp_path / "server.log", tmp_path / "kick.pem"
    settings = {"REGULARS_DATABASE_URL": database_url, "REGULARS_KICK_PUBLIC_KEY_FILE": str(pem)}
    await make_community(database_url)
    chance = random.Random(7)
    async with simulated_hour(tmp_path, f"{url}/webhooks/kick", "--speed", "120", "--seed", "11") as simulator:
        while not pem.exists():
            await asyncio.sleep(0.05)
        for _ in range(KILLS):
            async with serving(log, port, **settings):
                await asyncio.sleep(chance.uniform(0.1, 2.0))
        async with serving(log, port, **settings) as server:
            assert await simulator.wait() == 0, log.read_text()[-3000:]
            _, token, _ = await run("token", REGULARS_DATABASE_URL=database_url)
            await applied(url, token.strip(), database_url)
            server.send_signal(signal.SIGTERM)
            assert await server.wait() == 0, log.read_text()[-3000:]
    book = orjson.loads((tmp_path / "book.json").read_bytes())
    assert book["is_certain"]
    assert await totals(database_url) == expected(book)
    _, findings, _ = await run("doctor", "--json", REGULARS_DATABASE_URL=database_url)
    # Played a hundred times faster than life, the hour arrives late: all but the clock must be well.
    assert [one for one in orjson.loads(findings) if not one["ok"] and one["check"] != "clock"] == []


def expected(book: dict[str, Any]) -> dict[str, int]:
    """The book's watch time by Kick user id, in microseconds, of everybody who has some."""
    return {str(account): total for account, total in book["totals_us"].items() if total}


async def make_community(url: str) -> None:
    """A community that follows the simulated channel, made before the server starts."""
    database = await open_database(url)
    try:
        async with in_transaction("default") as client:
            tx = database.inside(client)
            community = await communities.create(tx, "house", "House", "UTC", START)
            channel = await channels.learn(tx, "kick", Person(id=str(BROADCASTER), name="Harbour"))
            assert community is not None
            await channels.attach(tx, community, channel, START)
    finally:
        await database.close()


async def applied(url: str, token: str, database_url: str) -> None:
    """Wait until no delivery waits, as the graph tells the operator, and every job of the server's own is done."""
    query = {"query": "{ health { waiting } }"}
    # Posts about streams that began wait for a Discord bot, which nobody runs here.
    unfinished = "SELECT kind, state FROM job WHERE audience = 'server' AND state <> 'done'"
    database = await open_database(database_url, shared=True)
    try:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            for _ in range(600):
                async with session.post(f"{url}/graphql", json=query) as answer:
                    health = (await answer.json(content_type=None))["data"]["health"]
                left = [tuple(row) for row in await database.reader().fetch(unfinished)]
                if not health["waiting"] and not left:
                    return
                await asyncio.sleep(0.2)
    finally:
        await database.close()
    raise AssertionError(f"the server did not come to rest: {health} {left}")


async def totals(url: str) -> dict[str, int]:
    database = await open_database(url)
    try:
        rows = await database.reader().fetch(
            "SELECT a.external_id, v.watch_us FROM viewer v JOIN account a ON a.id = v.face WHERE v.watch_us > 0"
        )
        return {row["external_id"]: row["watch_us"] for row in rows}
    finally:
        await database.close()
