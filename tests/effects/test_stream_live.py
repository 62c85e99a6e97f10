"""A stream is announced once, with all that a post about it needs."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clients.simulator.happenings import MetadataChanged, StreamTold
from server.auth.actors import Actor
from server.store import communities
from tests.database import FrozenClock
from tests.effects.connecting import OWNER, STATUS, Connected, connected_to
from tests.graph import Graph
from tests.resolvers.proving import guild_bound
from tests.resolvers.test_jobs import Client

ASKED = """mutation ($input: LeaseJobsInput!) { leaseJobs(input: $input) { ... on JobsLeased { jobs { kind
  community { slug } ... on StreamLiveJob { platform platformId channelName url title category startedAt } } } } }"""


@pytest.fixture
async def connected(database_url: str, clock: FrozenClock, tmp_path: Path) -> AsyncGenerator[Connected, None]:
    async with connected_to(database_url, clock, tmp_path) as one:
        await one.look("subscriptions")
        yield one


async def posts(connected: Connected) -> list[dict[str, Any]]:
    """What the Discord bot is given."""
    graph = Graph(connected.live, connected.server.tokens.mint("admin"))
    for community in await communities.page(connected.server.database.reader(), "", 10):
        await guild_bound(connected.server, community.id, str(community.id))
    expires_at = connected.clock.now() + timedelta(days=1)
    client = Client(graph, Actor("bot", None, "discord", "service:1", expires_at))
    told = await client.ask(ASKED, limit=50)
    return [job for job in told["jobs"] if job["kind"] == "stream_live"]


async def test_a_stream_is_told_once_to_each_community_however_often_kick_tells_it(connected: Connected) -> None:
    second = await connected.live.community("other", broadcaster="999")
    await connected.live.attach(second, str(OWNER))
    changed = MetadataChanged(title="Soon", language="en", mature=False, category_id=28, category="Slots & Casino")
    await connected.happen(changed)
    made = await connected.start("Slow evening")
    for _ in range(3):
        connected.clock.pass_time(minutes=5)
        await connected.happen(StreamTold(title="Slow evening", started_at=made.since))
    await connected.pass_time(minutes=5)
    told = await posts(connected)
    assert [job.pop("community")["slug"] for job in told] == ["house", "other"]
    assert told[0] == told[1]
    assert told[0] == {
        "kind": "stream_live",
        "platform": "KICK",
        "platformId": str(OWNER),
        "channelName": "QuietOtter",
        "url": "https://kick.com/quietotter",
        "title": "Slow evening",
        "category": "Slots & Casino",
        "startedAt": "2026-08-01T18:00:00Z",
    }


async def test_a_start_that_only_asking_brought_to_light_is_told_too(connected: Connected) -> None:
    connected.kick.subscriptions.kill(STATUS)
    await connected.start()
    await connected.pass_time(minutes=4)
    assert [job["title"] for job in await posts(connected)] == ["Evening"]


async def test_a_stream_that_is_over_or_long_past_is_no_news(connected: Connected) -> None:
    since = connected.clock.at
    connected.clock.pass_time(hours=1)
    await connected.happen(StreamTold(title="Short", started_at=since, ended_at=connected.clock.at))
    await connected.happen(StreamTold(title="Short", started_at=since))
    connected.clock.pass_time(hours=4)
    await connected.happen(StreamTold(title="Long", started_at=since + timedelta(hours=2)))
    assert await posts(connected) == []


async def test_the_next_stream_is_told_anew(connected: Connected) -> None:
    made = await connected.start("First")
    connected.clock.pass_time(minutes=30)
    await connected.happen(StreamTold(title="First", started_at=made.since, ended_at=connected.clock.at))
    connected.clock.pass_time(minutes=30)
    await connected.start("Second")
    assert len(await posts(connected)) == 1, "of one channel in order, one at a time"
    rows = await connected.read("SELECT 1 FROM job WHERE kind = $1", "stream_live")
    assert len(rows) == 2
