"""Generated stories through the real endpoint and a real socket, in any order, with restarts on the way."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import orjson
import pytest

from clients.simulator.frames import Push
from clients.simulator.sockets import Sockets
from server.domain.happenings.values import Facts, Kind, happening_of
from server.events.happening import Happening, Person
from server.ingest import kick_line, kick_websocket
from server.platforms.kick.frames import KIND_PREFIX
from tests.actions.pipeline import Pipeline
from tests.actions.telling import MONTH_END, Copy, Story, gifts, payments
from tests.actions.test_happenings import heard, wanted
from tests.ingest.listening import played
from tests.ingest.test_kick_copies import RUNS, Stage
from tests.running import Running

STORIES = max(1, RUNS // 5)
"""Of each sort; one has as many copies as a dozen recorded happenings."""


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kick_websocket, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(kick_line, "PAUSE_FIRST", timedelta(milliseconds=10))


@pytest.fixture
async def stage(live: Running) -> AsyncGenerator[Stage, None]:
    sockets = Sockets()
    pipeline = Pipeline(live.server, live.clock)  # type: ignore[arg-type] # a whole server has what an engine has
    async with played(sockets) as url:
        made = Stage(live, pipeline, sockets, url)
        await made.restart()
        yield made
        await made.stack.aclose()


async def bring(stage: Stage, copy: Copy, number: int) -> None:
    """Bring a copy in by the way it came, at the time at which it was told."""
    stage.live.clock.at = copy.told_at
    if not copy.kind.startswith(KIND_PREFIX):
        message_id = f"01KYZ7QG1881{number:014d}"
        sent_at = copy.told_at.isoformat().replace("+00:00", "Z")
        assert await stage.live.deliver(copy.kind, copy.body, message_id=message_id, sent_at=sent_at) == 204
        return
    frame = orjson.loads(orjson.loads(copy.body)["frame"])
    push = Push(frame["channel"], frame["event"], orjson.loads(frame["data"]))
    async with asyncio.timeout(10):
        while not await stage.sockets.push(push):
            await asyncio.sleep(0.01)
        stage.pushed += 1
        while sum(stage.heard.frames.values()) < stage.pushed:
            await asyncio.sleep(0.001)


async def counted(pipeline: Pipeline, community: int) -> Counter[Any]:
    """What the community believes happened."""
    told = Happening(platform="kick", broadcaster=Person(id="1", name="Streamer"))
    rows = await pipeline.read(
        "SELECT id, kind, state, data FROM happening WHERE community_id = $1 AND state <> 'void'", community
    )
    assert {row["state"] for row in rows} == {"told"}
    return heard(
        {
            row["id"]: happening_of(told, Kind(row["kind"]), Facts.restored(orjson.loads(row["data"])), row["id"])
            for row in rows
        }
    )


@pytest.mark.timeout(max(120, STORIES * 20))
@pytest.mark.parametrize("make", [gifts, payments])
async def test_a_generated_story_is_what_happened(stage: Stage, make: Any) -> None:
    number = 0
    for seed in range(1, STORIES + 1):
        story: Story = make(7_300_000 + 1_000 * seed, seed)
        stage.live.clock.at = MONTH_END - timedelta(days=3)
        community = await stage.pipeline.community()
        await stage.heard.follow(community, story.broadcaster.account, story.rooms)
        await stage.heard.subscribed(story.rooms)
        for copy in story.shuffled():
            if story.chance.random() < 0.03:
                await stage.restart()
                await stage.heard.subscribed(story.rooms)
            await bring(stage, copy, number := number + 1)
            if story.chance.random() < 0.3:
                await stage.pipeline.apply_some(community, story.chance.randint(1, 5))
        stage.live.clock.at = MONTH_END + timedelta(days=3)
        await stage.pipeline.settle(community)
        assert await counted(stage.pipeline, community) == wanted(story), seed
        await stage.heard.detach(community)
