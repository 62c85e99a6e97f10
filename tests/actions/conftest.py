"""The way of deliveries to watch time, for every test of actions."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime

import pytest

from server import wiring
from server.events.happening import Happening
from server.events.tellings import Told
from tests.actions.alerting import MAIN, House
from tests.actions.pipeline import Pipeline, pipeline_on
from tests.database import FrozenClock


def told_on_twitch(kind: str, body: bytes, told_at: datetime) -> Happening:
    """A delivery of Kick's form, as if it had happened on Twitch."""
    told = wiring.parse_kick(kind, body, told_at)
    assert isinstance(told, Told)
    return replace(told, platform="twitch", of=replace(told.of, platform="twitch"))


@pytest.fixture
async def pipeline(database_url: str, clock: FrozenClock) -> AsyncGenerator[Pipeline, None]:
    """A pipeline where a second platform speaks as Kick does."""
    async with pipeline_on(database_url, clock, parsers={**wiring.parsers(), "twitch": told_on_twitch}) as ready:
        yield ready


@pytest.fixture
async def house(pipeline: Pipeline) -> House:
    """A community with an overlay that shows alerts."""
    house = House(pipeline, await pipeline.community())
    await house.key(MAIN)
    return house
