"""Killed at any statement, a server that starts again ends where one that was never killed does."""

from pathlib import Path
from typing import Any

import pytest

from tests.actions.pipeline import pipeline_on
from tests.database import FrozenClock, Migrated, copy_of, fresh_url
from tests.jobs.crash_driver import CHANNEL, HOUSE
from tests.lives import driver

DRIVER = "tests.jobs.crash_driver"
SHARDS = 2
PLACES_MIN = 60


async def furnish(url: str) -> None:
    """A community with a channel."""
    async with pipeline_on(url, FrozenClock()) as pipeline:
        assert await pipeline.community() == HOUSE
        await pipeline.attach(HOUSE, CHANNEL)
        pipeline.clock.pass_time(seconds=5)
        await pipeline.server.settle()


@pytest.mark.crash
@pytest.mark.timeout(600)
@pytest.mark.parametrize("shard", range(SHARDS))
async def test_killed_at_every_statement_the_story_ends_the_same(
    migrated: Migrated, tmp_path: Path, shard: int
) -> None:
    async with fresh_url(migrated, tmp_path) as template:
        await furnish(template)
        await crash_everywhere(template, tmp_path, shard)


async def crash_everywhere(template: str, folder: Path, shard: int) -> None:
    with driver(DRIVER) as crashing:

        async def played(*kills: int) -> list[Any]:
            """What was seen by one life after the other on a database of their own."""
            async with copy_of(template, folder) as url:
                return [
                    await crashing.life(url=url, kill_at=kill_at, restart=bool(life))
                    for life, kill_at in enumerate(kills)
                ]

        [undisturbed] = await played(0)
        assert undisturbed["places"] >= PLACES_MIN, "the story crosses every kind of work"
        assert len(undisturbed["seen"]["adjustments"]) == 1
        told = [action for _, _, action, *_ in undisturbed["seen"]["audit"]]
        assert (told.count("watchtime.adjust"), told.count("watchtime.change_settings")) == (1, 1)
        assert "watchtime.recount" in told
        for kill_at in range(1 + shard, undisturbed["places"] + 1, SHARDS):
            died, ended = await played(kill_at, 0)
            assert died is None, "the child was killed"
            assert ended["seen"] == undisturbed["seen"], f"killed at place {kill_at}"
