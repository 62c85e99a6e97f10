"""Killed at any statement, a server that starts again has shown every alert, and none of them twice to its end."""

from pathlib import Path

import pytest

from tests.actions.alerting import House
from tests.actions.alerts_crash_driver import HOUSE, OVERLAY
from tests.actions.pipeline import pipeline_on
from tests.database import FrozenClock, Migrated, copy_of, fresh_url
from tests.lives import driver

DRIVER = "tests.actions.alerts_crash_driver"
PLACES_MIN = 20
LATER_S = 60
"""Longer than an alert is anybody's, and shorter than it stays fresh."""


async def furnish(url: str) -> None:
    """A community with a key for an overlay."""
    async with pipeline_on(url, FrozenClock()) as pipeline:
        house = House(pipeline, await pipeline.community())
        assert house.community == HOUSE
        await house.key(OVERLAY)


@pytest.mark.crash
@pytest.mark.timeout(300)
async def test_killed_at_every_statement_each_alert_is_shown(migrated: Migrated, tmp_path: Path) -> None:
    async with fresh_url(migrated, tmp_path) as template:
        await furnish(template)
        with driver(DRIVER) as crashing:
            async with copy_of(template, tmp_path) as url:
                undisturbed = await crashing.life(url=url, kill_at=0, passed_s=0)
            assert undisturbed["places"] >= PLACES_MIN, "the story crosses queueing, taking and acknowledging"
            assert undisturbed["shown"] == [12, 1, 50], "gifts of one giver are one, and come first"
            for kill_at in range(1, undisturbed["places"] + 1):
                async with copy_of(template, tmp_path) as url:
                    assert await crashing.life(url=url, kill_at=kill_at, passed_s=0) is None, "the child was killed"
                    after = await crashing.life(url=url, kill_at=0, passed_s=LATER_S)
                assert after["ended"] == undisturbed["ended"], f"killed at place {kill_at}"
                assert sum(after["attempts"]) <= sum(undisturbed["attempts"]) + 1, "shown anew is what was begun"
