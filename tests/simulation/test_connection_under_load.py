"""Webhook route, subscription, token and database fail one after another under load: each is repaired in its time."""

import random
import sqlite3
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from clients.simulator.book import Book
from clients.simulator.happenings import Fact, Happening, Spoken, StreamTold
from clients.simulator.people import plain_person
from server.parts import heartbeat_for
from server.platforms.kick.parse import KINDS
from tests.database import POSTGRES_URL, FrozenClock
from tests.effects.connecting import CHAT, OWNER, STATUS, Connected, connected_to
from tests.graph import Graph
from tests.ingest.test_kick_webhook import set_connections

VIEWERS = 40
LINES_A_STEP = 25
STEP = timedelta(seconds=30)
SETUP = """query { community(slug: "house") { health { openGaps }
  kickSetup { checks { name state } } gaps(first: 50) { edges { node { source cause kinds beganAt endedAt } } } } }"""


@dataclass(slots=True)
class Database:
    """A database that can be away: PostgreSQL lets nobody in, SQLite fails at every statement."""

    name: str
    is_away: bool = False

    def __call__(self, _: str) -> None:
        if self.is_away and POSTGRES_URL is None:
            raise sqlite3.OperationalError("disk I/O error")

    async def be_away(self, *, is_away: bool) -> None:
        self.is_away = is_away
        if POSTGRES_URL is not None:
            await set_connections(self.name, allowed=not is_away)


@dataclass(slots=True)
class Evening:
    """A busy channel, and a book of what was told of it."""

    connected: Connected
    database: Database
    chance: random.Random
    told: list[Happening] = field(default_factory=list[Happening])
    lost: int = 0

    async def step(self, steps: int = 1) -> None:
        """Half a minute of chat, and then what the server looks at twice a minute."""
        for _ in range(steps):
            for _ in range(LINES_A_STEP):
                viewer = self.chance.randrange(VIEWERS)
                sender = plain_person(8_800_000 + viewer, f"Viewer{viewer}")
                text = f"line {self.chance.random()}"
                await self.happen(Spoken(message_id=self.connected.kick.fresh_id(), sender=sender, text=text))
            await self.connected.pass_time(seconds=STEP.total_seconds())

    async def happen(self, fact: Fact) -> bool:
        at = self.connected.clock.at
        taken = await self.connected.kick.happen(OWNER, fact, at)
        if taken:
            self.told.append(Happening(number=len(self.told), at=at, fact=fact))
        self.lost += not taken
        return bool(taken)

    def begun_unheard(self, fact: Fact, at: datetime) -> None:
        """Write into the book what the server found out by asking."""
        self.told.append(Happening(number=len(self.told), at=at, fact=fact))

    async def shown(self) -> dict[str, Any]:
        graph = Graph(self.connected.live, self.connected.server.tokens.mint("admin"))
        told = (await graph.data(SETUP))["community"]
        checks = {check["name"]: check["state"] for check in told["kickSetup"]["checks"]}
        gaps = [edge["node"] for edge in told["gaps"]["edges"]]
        return {"webhooks": checks["WEBHOOKS"], "open": told["health"]["openGaps"], "gaps": gaps}

    async def balances(self) -> dict[int, int]:
        rows = await self.connected.read(
            "SELECT a.external_id, v.watch_us FROM viewer v JOIN account a ON a.id = v.face WHERE v.watch_us > 0"
        )
        return {int(row["external_id"]): row["watch_us"] for row in rows}

    def book(self) -> dict[int, int]:
        """What everybody watched, by the simulator's own reading of the law."""
        book = Book(tuple(self.told))
        book.told.update(range(len(self.told)))
        return book.totals()


@pytest.fixture
async def evening(database_url: str, clock: FrozenClock, tmp_path: Path) -> AsyncGenerator[Evening, None]:
    database = Database(urlsplit(database_url).path[1:])
    async with connected_to(database_url, clock, tmp_path, hook=database) as connected:
        await connected.look("subscriptions")
        clock.pass_time(hours=2)
        await connected.look("gaps")
        yield Evening(connected, database, random.Random(7))


@pytest.mark.timeout(240)
async def test_whatever_fails_is_repaired_in_its_time_and_totals_equal_the_book(evening: Evening) -> None:
    connected, kick = evening.connected, evening.connected.kick
    made = connected.go_live()
    await evening.happen(StreamTold(title="Evening", started_at=made.since))
    await evening.step(4)
    assert (await evening.shown())["webhooks"] == "OK"

    await _the_route_fails(evening)
    await _a_subscription_is_taken_away(evening)
    await _the_token_is_revoked(evening)
    await _the_database_is_away(evening)
    await _an_end_is_never_told(evening, made.since)

    assert {one.kind for one in kick.subscriptions.of(OWNER)} == KINDS
    assert len(kick.subscriptions.held) == len(KINDS)
    assert evening.lost > LINES_A_STEP, "the failures were felt"
    assert await evening.balances() == evening.book()


async def _the_route_fails(evening: Evening) -> None:
    """Kick cannot reach us for a minute and gives up sending; ten minutes later at most everything is ordered anew."""
    connected, kick = evening.connected, evening.connected.kick
    kick.quirks.unsubscribes_after_s = 45
    good, kick.target = kick.target, "http://127.0.0.1:9/nobody"
    await evening.step(3)
    kick.target = good
    assert not kick.subscriptions.of(OWNER, CHAT), "Kick has taken it away"
    began = connected.clock.at
    while not kick.subscriptions.of(OWNER, CHAT):
        await evening.step()
        assert connected.clock.at - began <= timedelta(minutes=10)
    kick.quirks.unsubscribes_after_s = 24 * 3600
    await evening.step()
    shown = await evening.shown()
    assert shown["open"] == 0
    [gap] = [gap for gap in shown["gaps"] if gap["cause"] == "subscription_lost"]
    assert gap["kinds"] == [CHAT]


async def _a_subscription_is_taken_away(evening: Evening) -> None:
    """Every kind is taken away and Kick's list fails meanwhile: what failed is told, and made good."""
    connected, kick = evening.connected, evening.connected.kick
    kick.subscriptions.drop()
    kick.quirks.ghost_orders = True
    for _ in range(22):
        await evening.step()
    shown = await evening.shown()
    assert (shown["webhooks"], shown["open"]) == ("FAILED", len(KINDS))
    kick.quirks.ghost_orders = False
    began = connected.clock.at
    while (await evening.shown())["open"]:
        await evening.step()
        assert connected.clock.at - began <= timedelta(minutes=11)
    await evening.step()
    assert (await evening.shown())["webhooks"] == "OK"


async def _the_token_is_revoked(evening: Evening) -> None:
    """The app's token ends; the next question fetches another one, and nobody notices."""
    connected, kick = evening.connected, evening.connected.kick
    kick.grants.withdraw(None)
    kick.subscriptions.drop(kind="kicks.gifted")
    began = connected.clock.at
    while not kick.subscriptions.of(OWNER, "kicks.gifted"):
        await evening.step()
        assert connected.clock.at - began <= timedelta(minutes=11)


async def _the_database_is_away(evening: Evening) -> None:
    """For three minutes: what came meanwhile was refused, and the time is told as a gap."""
    connected = evening.connected
    pulse = heartbeat_for(connected.server.units, connected.server.platforms)
    await pulse.beat()
    lost = evening.lost
    await evening.database.be_away(is_away=True)
    for number in range(6):
        viewer = plain_person(8_800_001, "Viewer1")
        await evening.happen(Spoken(message_id=connected.kick.fresh_id(), sender=viewer, text=f"unheard {number}"))
        connected.clock.pass_time(seconds=30)
    await evening.database.be_away(is_away=False)
    assert evening.lost == lost + 6, "what was not durable was not acknowledged"
    assert await pulse.beat() == 1
    shown = await evening.shown()
    [gap] = [gap for gap in shown["gaps"] if gap["cause"] == "database_down"]
    assert sorted(gap["kinds"]) == sorted(KINDS)
    await evening.step(2)


async def _an_end_is_never_told(evening: Evening, since: datetime) -> None:
    """The subscription to starts and ends is dead, and the channel goes off the air: asking finds it out."""
    connected, kick = evening.connected, evening.connected.kick
    kick.subscriptions.kill(STATUS)
    await evening.step(2)
    seen = connected.clock.at
    del kick.broadcasts[OWNER]
    await connected.pass_time(minutes=4)
    [(_, _, guessed)] = await connected.streams()
    assert guessed == seen
    evening.begun_unheard(StreamTold(title="Evening", started_at=since, ended_at=seen), seen)
    assert (await evening.shown())["open"] == 1
