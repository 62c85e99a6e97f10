"""The way of deliveries to watch time, for every test of actions."""

from collections.abc import AsyncGenerator

import pytest

from tests.actions.pipeline import Pipeline, pipeline_on
from tests.database import FrozenClock


@pytest.fixture
async def pipeline(database_url: str, clock: FrozenClock) -> AsyncGenerator[Pipeline, None]:
    async with pipeline_on(database_url, clock) as ready:
        yield ready
