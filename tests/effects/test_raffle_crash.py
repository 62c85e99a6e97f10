"""Killed at every statement of what earns tickets, a server gives each of them once."""

from datetime import timedelta
from pathlib import Path

import pytest

from server.domain.instants import HOUR, MINUTE
from tests.actions.pipeline import began, ended, line, person, pipeline_on, written
from tests.actions.test_raffle import NOW
from tests.actions.test_raffle_faults import gifts_told
from tests.actions.test_wagers import Den
from tests.database import START, FrozenClock, Migrated, fresh_url
from tests.effects.draw_driver import Life
from tests.effects.mortal import DRIVER, Mortal, do_at_once
from tests.lives import driver

DEATHS_MIN = 30
LATER = START + timedelta(hours=3)
KICKS = {"amount": 250, "name": "Foghorn", "type": "BASIC", "tier": "MID", "message": ""}


async def furnish(den: Den) -> int:
    """A raffle, an account of Shuffle that is somebody's, and an evening that is told and not yet applied."""
    den.community = await den.pipeline.community()
    await den.pipeline.channel(900001)
    await den.pipeline.attach(den.community, 900001)
    await den.rules(wager=20, kicks=10)
    await den.set_feed("house")
    period = await den.start()
    await den.poll(("alfa", 100))
    await den.verify("alfa", 5)
    kicks = {"broadcaster": person(900001), "sender": person(2), "gift": KICKS, "created_at": written(NOW + HOUR)}
    lines = [line(900001, 5, f"line {nth}", NOW + nth * 5 * MINUTE) for nth in range(18)]
    evening = [began(900001, NOW), *lines, ended(900001, NOW, NOW + 2 * HOUR)]
    await den.pipeline.tell(*[gifts_told(1, 5, NOW + HOUR)] * 2, *[("kicks.gifted", kicks)] * 2, *evening)
    return period


@pytest.mark.crash
@pytest.mark.timeout(300)
async def test_gifts_wagers_and_watched_hours_give_their_tickets_once(migrated: Migrated, tmp_path: Path) -> None:
    async with fresh_url(migrated, tmp_path) as url:
        async with pipeline_on(url, FrozenClock()) as pipeline:
            den = Den(pipeline, 0)
            period = await furnish(den)
        with driver(DRIVER) as process:
            mortal = Mortal(url, den.community, process)
            for nth in range(2):
                await mortal.does("settle_all", LATER + timedelta(minutes=nth))
            await mortal.does("poll", LATER + timedelta(hours=1), 1_100)
            await mortal.does("look", LATER + timedelta(hours=1))
        assert len(mortal.deaths) > DEATHS_MIN
        await assert_given_once(url, den.community, period)


@pytest.mark.several_servers
async def test_two_servers_that_do_everything_at_the_same_instant_give_it_once(
    migrated: Migrated, tmp_path: Path
) -> None:
    async with fresh_url(migrated, tmp_path) as url:
        async with pipeline_on(url, FrozenClock()) as pipeline:
            den = Den(pipeline, 0)
            period = await furnish(den)
        with driver(DRIVER) as one, driver(DRIVER) as other:
            for deed, minutes, about in (
                ("settle_all", 0, 0),
                ("settle_all", 1, 0),
                ("poll", 60, 1_100),
                ("look", 60, 0),
            ):
                at = (LATER + timedelta(minutes=minutes)).isoformat()
                await do_at_once((one, other), Life(url, den.community, at, deed, about))
        await assert_given_once(url, den.community, period)


async def assert_given_once(url: str, community: int, period: int) -> None:
    """What the evening is worth, once all of it is applied."""
    async with pipeline_on(url, FrozenClock(LATER + timedelta(hours=2))) as pipeline:
        await pipeline.settle(community)
        assert await Den(pipeline, community).tickets(period) == {"1": 75, "2": 25, "5": 15 + 20}
