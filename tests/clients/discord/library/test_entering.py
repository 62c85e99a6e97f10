"""Whoever is stopped before he was in leaves nothing behind: no connection, and no heart that goes on beating."""

import asyncio
import time
from pathlib import Path

import pytest

from clients.discord.library.sessions import SESSIONS_MAX, SessionBudget, SessionsSpent
from clients.simulator.discord.played import DiscordPlayed
from tests.clients.discord.library.connecting import Heard, budget, connection


def hearts() -> list[str]:
    """The tasks that beat for a gateway."""
    names = (getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks())
    return [name for name in names if "bee_gees" in name]


async def nothing_left(discord: DiscordPlayed) -> None:
    """Wait until nobody is connected and no heart beats; the test's own time bounds that."""
    while discord.gateway.connections or hearts():
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("way", ["stopped", "cancelled"])
async def test_a_discord_that_says_no_hello_is_left_without_a_trace(discord: DiscordPlayed, way: str) -> None:
    discord.gateway.is_mute = True
    bot = connection(discord, Heard())
    running = asyncio.create_task(bot.run())
    while not discord.gateway.connections:
        await asyncio.sleep(0.01)
    if way == "cancelled":
        running.cancel()
    await asyncio.wait_for(bot.stop(), 20)
    await asyncio.wait({running}, timeout=20)
    assert running.done()
    await nothing_left(discord)
    assert not discord.gateway.identified


async def test_a_bot_that_may_begin_no_session_leaves_its_connection(discord: DiscordPlayed, tmp_path: Path) -> None:
    """Discord has said hello by then, and the heart beats."""
    file = tmp_path / "sessions.json"
    budget(file, begun=SESSIONS_MAX, ago_s=3600)
    with pytest.raises(SessionsSpent):
        await connection(discord, Heard(), budget=SessionBudget(time.time, file)).run()
    await nothing_left(discord)


async def test_a_bot_that_is_stopped_before_its_session_begins_leaves_its_connection(discord: DiscordPlayed) -> None:
    """It waits after the hello, so as not to begin sessions in a hurry."""
    bot = connection(discord, Heard(), budget=budget(begun=1, ago_s=0))
    running = asyncio.create_task(bot.run())
    while not hearts():
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait_for(bot.stop(), 20)
    await asyncio.wait({running}, timeout=20)
    assert running.done()
    await nothing_left(discord)
    assert not discord.gateway.identified
