from collections.abc import AsyncGenerator

import pytest
from aiohttp import ClientSession

from clients.simulator.discord.played import DiscordPlayed
from tests.clients.discord.contract import contract


@pytest.fixture
async def discord() -> AsyncGenerator[DiscordPlayed, None]:
    """A Discord whose visitors ask only what Discord's own description allows."""
    async with DiscordPlayed(contract()) as played:
        yield played
    assert not played.stage.problems


@pytest.fixture
async def bot(discord: DiscordPlayed) -> AsyncGenerator[ClientSession, None]:
    """A session that asks as the bot."""
    headers = {"Authorization": f"Bot {discord.stage.token}"}
    async with ClientSession(headers=headers) as session:
        yield session
