"""A day of a channel with 5,000 viewers, told many times faster than life: the book's totals, and memory that stays.

`make day` plays the 24 hours; without REGULARS_DAY it is the first half hour of them, by the same code.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from server.domain.instants import instant_of, micros
from server.platforms.kick.parse import KINDS
from server.store.database import Database, open_database
from tests.programs import free_port, serving
from tests.simulation.playing import expected, make_community, rested, simulated, totals, unsound, written

VIEWERS = 5_000
LIVELINESS = 0.12
"""About a hundred lines a minute, as a chat of that size has."""

WARM_SHARE = 0.4
"""So much of the day fills what is kept in memory; after that it may not grow."""

GROWTH_MAX_KIB = 24 * 1024
"""What the server keeps is bounded: caches by their size, batches by their time, waiting deliveries lie on the disk.

What is left is fragments between the allocator's pages and a batch under way. Were anything kept of every message,
60 % of a day's would be 100,000 times that.
"""

LOOK_EVERY_S = 0.1
AWAY = timedelta(seconds=100)
BEAT_MAX = timedelta(seconds=25)
KIND_OF = {
    "channel.subscription.new": "sub",
    "channel.subscription.renewal": "renewal",
    "channel.subscription.gifts": "gift",
    "kicks.gifted": "kicks",
    "moderation.banned": "ban",
}


@dataclass(frozen=True, slots=True)
class Span:
    """How long is played, in how many streams, and whether the server is away on the way."""

    duration: str
    streams: int
    has_outage: bool


DAY, HALF_HOUR = Span("24h", 3, has_outage=True), Span("30m", 1, has_outage=False)
SPAN = DAY if os.environ.get("REGULARS_DAY") else HALF_HOUR


@dataclass(slots=True)
class Memory:
    """The server's memory in KiB, by how much of the day was told."""

    samples: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])

    def most(self, from_share: float, to_share: float) -> int:
        """The most that was seen in a part of the day."""
        return max(kib for share, kib in self.samples if from_share <= share <= to_share)

    @property
    def growth_kib(self) -> int:
        """By how much the last part of the day is above the most until it was warm."""
        warm = next(share for share, _ in self.samples if share >= WARM_SHARE)
        assert warm < 0.9, "looked at too seldom"
        return self.most(0.9, 1.0) - self.most(0.0, max(warm, WARM_SHARE + 0.1))

    def __str__(self) -> str:
        parts = {f"{part / 10:.0%}": [kib for share, kib in self.samples if share // 0.1 == part] for part in range(11)}
        return ", ".join(f"{name} {max(found) // 1024} MiB" for name, found in parts.items() if found)


@pytest.mark.crash
@pytest.mark.timeout(900)
async def test_a_day_of_5000_viewers_ends_with_the_totals_of_the_book_and_no_more_memory(
    database_url: str, tmp_path: Path
) -> None:
    url, log, pem = f"http://127.0.0.1:{(port := free_port())}", tmp_path / "server.log", tmp_path / "kick.pem"
    settings = {"REGULARS_DATABASE_URL": database_url, "REGULARS_KICK_PUBLIC_KEY_FILE": str(pem)}
    await make_community(database_url)
    memory, outages = Memory(), list[tuple[datetime, datetime]]()
    day = ("--viewers", str(VIEWERS), "--liveliness", str(LIVELINESS), "--duration", SPAN.duration)
    more = ("--streams", str(SPAN.streams), "--speed", "0", "--patience", "400", "--connections", "32")
    more = (*more, "--url-file", str(tmp_path / "kick.url"))
    async with simulated(tmp_path, f"{url}/webhooks/kick", *day, *more) as simulator:
        await written(pem)
        if SPAN.has_outage:
            async with serving(log, port, **settings):
                await told(tmp_path, 0.1)
                # The heartbeat says only every 20 seconds that it is there.
                began = datetime.now(UTC)
            await asyncio.sleep(AWAY.total_seconds())
            outages.append((began, datetime.now(UTC)))
        async with serving(log, port, **settings) as server:
            watching = asyncio.create_task(watch(server.pid, tmp_path, memory))
            assert await simulator.wait() == 0, log.read_text()[-3000:]
            await rested(url, database_url)
            watching.cancel()
            memory.samples.append((1.0, resident_kib(server.pid)))
            server.send_signal(signal.SIGTERM)
            assert await server.wait() == 0, log.read_text()[-3000:]
    book = orjson.loads((tmp_path / "book.json").read_bytes())
    await compare(database_url, book, outages)
    shown = f"\n{len(book['happenings']):,} happenings, {len(book['totals_us']):,} people; memory: {memory}"
    print(shown)  # noqa: T201 - what `make day` is asked for
    assert memory.growth_kib <= GROWTH_MAX_KIB, str(memory)
    assert await unsound(database_url) == []


async def told(folder: Path, share: float) -> None:
    """Wait until so much of the plan is told."""
    await written(folder / "kick.url")
    while await progress((folder / "kick.url").read_text()) < share:
        await asyncio.sleep(0.5)


async def watch(pid: int, folder: Path, memory: Memory) -> None:
    """Look at the server's memory until cancelled, or until the simulator ends."""
    await written(folder / "kick.url")
    url = (folder / "kick.url").read_text()
    while True:
        try:
            share = await progress(url)
        except aiohttp.ClientError:
            return
        memory.samples.append((share, resident_kib(pid)))
        await asyncio.sleep(LOOK_EVERY_S)


async def progress(url: str) -> float:
    """How much of the plan is told, from 0 to 1."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/progress") as answer:
        seen = await answer.json()
    return seen["acknowledged"] / (seen["planned"] or 1)


def resident_kib(pid: int) -> int:
    """How much memory of its own a process holds."""
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1])


async def compare(database_url: str, book: dict[str, Any], outages: list[tuple[datetime, datetime]]) -> None:
    """Everything that the server made of the day against everything that the book says."""
    assert book["is_certain"]
    assert await totals(database_url) == expected(book)
    facts = [one for one in book["happenings"] if one["told"] == "yes"]
    database = await open_database(database_url)
    try:
        assert await deliveries(database) == {"applied"}
        assert await streams(database) == [tuple(map(at_us, span.values())) for span in book["streams"]]
        assert await happenings(database) == Counter(happened(one) for one in facts if one["kind"] in KIND_OF)
        assert await strangers(database, facts) == set()
        await compare_gaps(database, outages)
    finally:
        await database.close()


async def deliveries(database: Database) -> set[str]:
    """The states in which deliveries are."""
    return {row["state"] for row in await database.reader().fetch("SELECT DISTINCT state FROM delivery")}


async def streams(database: Database) -> list[tuple[int | None, int | None]]:
    """When streams began and ended, in order."""
    rows = await database.reader().fetch("SELECT started_at, ended_at FROM stream ORDER BY started_at")
    return [(row["started_at"], row["ended_at"]) for row in rows]


async def happenings(database: Database) -> Counter[tuple[Any, ...]]:
    """Subscriptions, gifts, KICKs and bans, as the server holds them."""
    found: Counter[tuple[Any, ...]] = Counter()
    for row in await database.reader().fetch("SELECT kind, state, at, data FROM happening WHERE merged_into IS NULL"):
        assert row["state"] == "told", row
        data = orjson.loads(row["data"])
        receivers = sorted(person[0] for person in data["others"]) if row["kind"] == "gift" else ()
        found[row["kind"], row["at"], data["who"][0], data["number"], *receivers] += 1
    return found


def happened(fact: dict[str, Any]) -> tuple[Any, ...]:
    """One of those, as the book has it."""
    number = fact.get("months", fact.get("amount", 0))
    return KIND_OF[fact["kind"]], at_us(fact["at"]), fact["account"], number, *sorted(fact.get("giftees", ()))


async def strangers(database: Database, facts: Iterable[dict[str, Any]]) -> set[str]:
    """Who follows by the book and is not known."""
    known = {row["external_id"] for row in await database.reader().fetch("SELECT external_id FROM account")}
    return {one["account"] for one in facts if one["kind"] == "channel.followed"} - known


async def compare_gaps(database: Database, outages: list[tuple[datetime, datetime]]) -> None:
    """A gap for each outage, as long as it was, and no other."""
    rows = await database.reader().fetch("SELECT cause, kinds, began_at, ended_at FROM gap ORDER BY began_at")
    assert len(rows) == len(outages)
    for row, (began, ended) in zip(rows, outages, strict=True):
        assert (row["cause"], set(row["kinds"].split())) == ("server_down", KINDS)
        assert began - BEAT_MAX <= instant_of(row["began_at"]) <= began
        assert ended <= instant_of(row["ended_at"]) <= ended + BEAT_MAX


def at_us(at: str | None) -> int | None:
    """Microseconds since the epoch."""
    return None if at is None else micros(datetime.fromisoformat(at))
