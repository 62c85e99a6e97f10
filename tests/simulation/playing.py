"""What simulated hours and days have in common: the simulator, its book, and what the server holds at the end."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from tortoise.transactions import in_transaction

from server.events.happening import Person
from server.store import channels, communities, setup
from server.store.database import open_database
from tests.database import START
from tests.programs import run

BROADCASTER = 7200001
DOCTOR_WITHIN_S = 240.0
"""He counts a whole day anew, message by message."""


@asynccontextmanager
async def simulated(folder: Path, target: str, *more: str) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """The simulator, playing with all faults towards `target`; its book is in the folder afterwards."""
    command = [
        *(sys.executable, "-m", "clients.simulator", "--target", target, "--quiet", "--all-faults"),
        *("--book", str(folder / "book.json"), "--public-key-file", str(folder / "kick.pem")),
        *("--broadcaster-id", str(BROADCASTER), *more),
    ]
    process = await asyncio.create_subprocess_exec(*command)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def written(file: Path) -> None:
    """Wait until the simulator has written a file."""
    async with asyncio.timeout(60):
        while not file.exists():
            await asyncio.sleep(0.05)


async def rested(url: str, database_url: str) -> None:
    """Wait until the server at `url` has applied and done everything."""
    _, token, _ = await run("token", REGULARS_DATABASE_URL=database_url)
    await applied(url, token.strip(), database_url)


async def unsound(database_url: str) -> list[dict[str, Any]]:
    """What the doctor finds. Played faster than life, what arrives is late: all but the clock must be well."""
    _, findings, _ = await run("doctor", "--json", within_s=DOCTOR_WITHIN_S, REGULARS_DATABASE_URL=database_url)
    return [one for one in orjson.loads(findings) if not one["ok"] and one["check"] != "clock"]


def expected(book: dict[str, Any]) -> dict[str, int]:
    """The book's watch time by Kick user id, in microseconds, of everybody who has some."""
    return {str(account): total for account, total in book["totals_us"].items() if total}


async def make_community(url: str, rooms: tuple[str, str] = ("", "")) -> None:
    """A community that follows the simulated channel, `rooms` on the sockets, made before the server starts."""
    database = await open_database(url)
    try:
        async with in_transaction("default") as client:
            tx = database.inside(client)
            community = await communities.create(tx, "house", "House", "UTC", START)
            channel = await channels.learn(tx, "kick", Person(id=str(BROADCASTER), name="Harbour"))
            assert community is not None
            await channels.attach(tx, community, channel, START)
            if all(rooms):
                await setup.note_synced(tx, community, channel, rooms, None, START)
    finally:
        await database.close()


async def applied(url: str, token: str, database_url: str) -> None:
    """Wait until no delivery waits, as the graph tells the operator, and every job of the server's own is done."""
    query = {"query": "{ health { waiting } }"}
    # Posts about streams that began wait for a Discord bot, which nobody runs here.
    unfinished = "SELECT kind, state FROM job WHERE audience = 'server' AND state <> 'done'"
    database = await open_database(database_url, shared=True)
    health: Any = None
    left: list[tuple[Any, ...]] = []
    try:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            for _ in range(1_500):
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
