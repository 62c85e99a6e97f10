"""A bot that is killed with SIGKILL at the worst moment: its next life posts at once, and once, what it was to."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import linked, whole
from tests.clients.discord.bot.test_rewards import boss_of, has, known, role_option, watch
from tests.clients.discord.bot.working import LINKED, ask, ended, until, written_to

ROOT = Path(__file__).parents[4]
DRIVER = Path(__file__).with_name("bot_driver.py")


async def started(place: Place) -> asyncio.subprocess.Process:
    """Another life of the bot."""
    settings = place.settings
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "REGULARS_DISCORD_TOKEN": settings.discord_token.get_secret_value(),
        "REGULARS_BOT_SERVICE_KEY": settings.service_key.get_secret_value(),
        "REGULARS_BOT_SERVER_URL": settings.server_url,
        "REGULARS_BOT_DISCORD_API": settings.discord_api,
        "REGULARS_BOT_DATA": str(settings.data),
        "REGULARS_BOT_HEALTH_PORT": "0",
    }
    now_s = str(place.graph.server.clock.now().timestamp())
    return await asyncio.create_subprocess_exec(
        sys.executable, str(DRIVER), now_s, env=environment, cwd=settings.data, stderr=asyncio.subprocess.DEVNULL
    )


@pytest.mark.crash
@pytest.mark.timeout(180)
@pytest.mark.parametrize("path", ["/users/@me/channels", "/channels/.*/messages"])
async def test_what_a_killed_bot_was_to_post_is_there_once(place: Place, path: str) -> None:
    place.running.cancel()
    await asyncio.wait({place.running}, timeout=10)
    inspect, lives = place.discord.stage.inspect, [await started(place)]

    def kill(method: str, at: str, body: object) -> Iterable[str]:
        """Discord has done what was asked, and the bot does not live to hear of it."""
        if method == "POST" and at.endswith(path.removeprefix("/channels/.*")) and len(lives) == 1:
            lives[0].send_signal(signal.SIGKILL)
        return inspect(method, at, body)

    try:
        place.discord.stage.inspect = kill
        ada = place.person("ada")
        await ask(place, "link_told", LINKED | {"discordId": ada.id})
        await until(lambda: lives[0].returncode is not None, 60)
        assert await ended(place, 0) == [("leased", None, None, None)], "nobody knows that it is done"
        lives.append(await started(place))
        [(state, outcome, _, reference)] = await ended(place, 1, 90)
        [message] = written_to(place, ada)
        assert (state, outcome, reference) == ("done", "done", message.id)
    finally:
        place.discord.stage.inspect = inspect
        for life in lives:
            with suppress(ProcessLookupError):
                life.kill()
            await life.wait()


@pytest.mark.crash
@pytest.mark.timeout(180)
async def test_a_role_that_a_killed_bot_gave_counts_as_given_by_it(place: Place) -> None:
    """Else it would be taken for one that somebody else gave, and never be taken."""
    boss, ada = await boss_of(place), await linked(place, "ada", "1")
    fan = place.discord.world.role(place.guild, "Fan", 2)
    await place.told(boss, "rewards add", role_option(fan), whole("minutes", 60))
    place.running.cancel()
    await asyncio.wait({place.running}, timeout=10)
    inspect, lives = place.discord.stage.inspect, [await started(place)]

    def kill(method: str, at: str, body: object) -> Iterable[str]:
        """Discord has given the role, and the bot does not live to hear of it."""
        if method == "PUT" and at.endswith(f"/roles/{fan.id}") and len(lives) == 1:
            lives[0].send_signal(signal.SIGKILL)
        return inspect(method, at, body)

    try:
        place.discord.stage.inspect = kill
        await watch(place, "1", 60)
        await until(lambda: lives[0].returncode is not None, 60)
        assert has(place, ada, fan)
        lives.append(await started(place))
        await known(place, "done", 90)
    finally:
        place.discord.stage.inspect = inspect
        for life in lives:
            with suppress(ProcessLookupError):
                life.kill()
            await life.wait()
