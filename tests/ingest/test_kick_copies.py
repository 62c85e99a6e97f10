"""Recorded happenings with every copy of them, through the real endpoint and a real socket, in any order.

How many runs there are is in REGULARS_SCENARIO_RUNS; `make soak-copies` has a thousand of each.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from clients.simulator.frames import Push, Rooms
from clients.simulator.sockets import Sockets
from server.actions.happenings.note import SOURCES
from server.domain.happenings.sources import Heard, IngestSources
from server.domain.instants import micros
from server.ingest import kick_line, kick_websocket
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities
from tests.actions.pipeline import Pipeline
from tests.ingest.listening import Listening, listening_on, played
from tests.running import Running

COPIES = Path(__file__).parents[1] / "payloads/kick/copies"
RUNS = int(os.environ.get("REGULARS_SCENARIO_RUNS", "50"))
STREAMER, CHANNEL, CHATROOM = 7_310_042, 7_310_043, 7_310_044
HAPPENED_AT = datetime(2026, 10, 3, 18, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kick_websocket, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(kick_line, "PAUSE_FIRST", timedelta(milliseconds=10))


@dataclass
class Stage:
    """A server, a played Kick, and a listener that may be started anew at any time."""

    live: Running
    pipeline: Pipeline
    sockets: Sockets
    url: str
    numbers: int = 0
    pushed: int = 0
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    heard: Listening = field(init=False)

    async def restart(self) -> None:
        """Listen, or listen anew."""
        await self.stack.aclose()
        self.pushed = 0
        listening = listening_on(self.pipeline, self.live.clock, self.sockets, self.url)
        self.heard = await self.stack.enter_async_context(listening)

    async def tell(self, told: dict[str, Any], run: int, chance: random.Random) -> None:
        """Bring one copy in, at a time at which it may come."""
        if told["transport"] == "webhook":
            # Webhooks carry their own time, and may be hours late.
            self.live.clock.at = HAPPENED_AT + timedelta(seconds=chance.choice((0, 5, 3_600, 72_000)))
            await self._deliver(told, run)
            return
        self.live.clock.at = HAPPENED_AT + timedelta(seconds=chance.randint(0, 900))
        data = orjson.loads(moved(orjson.dumps(told["data"]), run))
        push = Push(moved(told["channel"].encode(), run).decode(), told["event"], data)
        copies = chance.choice((1, 1, 2))
        async with asyncio.timeout(10):
            while not await self.sockets.push(push, copies=copies):
                await asyncio.sleep(0.01)
            self.pushed += copies
            while sum(self.heard.frames.values()) < self.pushed:
                await asyncio.sleep(0.001)

    async def _deliver(self, told: dict[str, Any], run: int) -> None:
        body = moved(orjson.dumps(told["body"]), run)
        message_id = f"01KYZ7QG1881{run:06d}{told['message']:08d}"
        sent_at = self.live.clock.at.isoformat().replace("+00:00", "Z")
        assert await self.live.deliver(told["kind"], body, message_id=message_id, sent_at=sent_at) == 204


def moved(text: bytes, run: int) -> bytes:
    """What was told, as if it had happened in another channel."""
    for place, number in enumerate((STREAMER, CHANNEL, CHATROOM)):
        text = text.replace(str(number).encode(), str(9_000_000 + 10 * run + place).encode())
    return text


@pytest.fixture
async def stage(live: Running) -> AsyncGenerator[Stage, None]:
    sockets = Sockets()
    pipeline = Pipeline(live.server, live.clock)  # type: ignore[arg-type] # a whole server has what an engine has
    async with played(sockets) as url:
        made = Stage(live, pipeline, sockets, url)
        await made.restart()
        yield made
        await made.stack.aclose()


async def one_gift(pipeline: Pipeline, community: int, _: int) -> None:
    [row] = await told(pipeline, community)
    facts = orjson.loads(row["data"])
    assert (row["kind"], facts["total"], len(facts["others"]), facts["who"][0]) == ("gift", 5, 5, "8800017")
    assert (row["at"], bool(row["is_pending"])) == (micros(HAPPENED_AT), False)


async def one_renewal(pipeline: Pipeline, community: int, _: int) -> None:
    [row] = await told(pipeline, community)
    assert (row["kind"], orjson.loads(row["data"])["who"][0]) == ("renewal", "8800013")
    assert row["at"] == micros(HAPPENED_AT - timedelta(minutes=2))


async def one_message(pipeline: Pipeline, community: int, run: int) -> None:
    assert len(await evidence(pipeline, run)) == 1
    heard = "SELECT id FROM heard_message WHERE community_id = $1"
    assert len(await pipeline.read(heard, community)) == 1


async def one_stream(pipeline: Pipeline, community: int, run: int) -> None:
    found = await pipeline.read(
        "SELECT s.started_at, s.ended_at FROM stream s JOIN channel c ON c.id = s.channel_id WHERE c.external_id = $1",
        str(9_000_000 + 10 * run),
    )
    began, ended = (datetime(2026, 10, 3, *at, tzinfo=UTC) for at in ((17, 55), (22, 10)))
    assert [tuple(row) for row in found] == [(micros(began), micros(ended))]
    assert len(await evidence(pipeline, run)) == 2
    assert await pipeline.seconds(community) == {"8800011": 300, "8800012": 300}


SCENARIOS: dict[str, Callable[[Pipeline, int, int], Awaitable[None]]] = {
    "gift_of_five_every_copy": one_gift,
    "resub_every_copy": one_renewal,
    "chat_message_webhook_and_pusher": one_message,
    "stream_session": one_stream,
}


async def told(pipeline: Pipeline, community: int) -> Any:
    assert not await pipeline.read("SELECT id FROM happening_review WHERE community_id = $1", community)
    return await pipeline.read(
        "SELECT kind, at, data, is_pending FROM happening WHERE community_id = $1 AND state = 'told'", community
    )


async def evidence(pipeline: Pipeline, run: int) -> Any:
    return await pipeline.read(
        "SELECT e.at FROM chat_evidence e JOIN channel c ON c.id = e.channel_id WHERE c.external_id = $1",
        str(9_000_000 + 10 * run),
    )


def test_every_recorded_happening_is_played() -> None:
    assert {path.stem for path in COPIES.glob("*.jsonl")} == set(SCENARIOS)


@pytest.mark.timeout(max(60, RUNS * 5))
@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
async def test_what_happened_once_counts_once(stage: Stage, scenario: str) -> None:
    recorded = [orjson.loads(line) for line in (COPIES / f"{scenario}.jsonl").read_bytes().splitlines()]
    done: Counter[str] = Counter()
    for run in range(RUNS):
        chance = random.Random(f"{scenario} {run}")
        stage.live.clock.at = HAPPENED_AT - timedelta(hours=1)
        community = await stage.pipeline.community()
        rooms = Rooms(9_000_001 + 10 * run, 9_000_002 + 10 * run)
        await stage.heard.follow(community, 9_000_000 + 10 * run, rooms)
        await listen_to_both(stage.pipeline, community)
        await stage.heard.subscribed(rooms)
        copies = [*recorded, *chance.choices(recorded, k=len(recorded) // 2)]
        chance.shuffle(copies)
        for copy in copies:
            if chance.random() < 0.05:
                await stage.restart()
                await stage.heard.subscribed(rooms)
            await stage.tell(copy, run, chance)
            if chance.random() < 0.3:
                await stage.pipeline.apply_some(community, chance.randint(1, 3))
        stage.live.clock.at = HAPPENED_AT + timedelta(days=1)
        await stage.pipeline.settle(community)
        await SCENARIOS[scenario](stage.pipeline, community, run)
        await stage.heard.detach(community)
        done["runs"] += 1
    assert done["runs"] == RUNS


async def listen_to_both(pipeline: Pipeline, community: int) -> None:
    """Everything may come by either way, which is harder than what is the default."""
    sources = IngestSources(chat=Heard.BOTH, streams=Heard.BOTH, bans=Heard.BOTH)

    async def change(tx: Tx, scope: Scope) -> Done[int]:
        data = sources.stored()
        return Done(await communities.add_setting_version(tx, community, SOURCES, 0, data, "tester", scope.now))

    await pipeline.server.units.run(community, change)
