"""One life of the bot, from its settings until a signal ends it."""

import asyncio
import secrets
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from clients.discord.app import Bot, Outside
from clients.discord.graph.hearing import ServerForbids
from clients.discord.library.refusals import DiscordAway, DiscordForbids
from clients.discord.settings import UnfitSettings, load
from clients.service_key import UnfitKey


def run() -> None:
    """Connect to Discord and answer until a signal ends it."""
    _do(Bot.run)


def sync_commands() -> None:
    """Tell Discord of the commands, where they changed since the last time."""

    async def work(bot: Bot) -> None:
        is_new = await bot.sync_commands()
        print("Discord knows the new commands." if is_new else "Discord knows all commands already.")

    _do(work)


def _do(work: Callable[[Bot], Coroutine[Any, Any, None]]) -> None:
    """Do something with a bot; what a person has to mend is said in sentences, with exit code 2."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        asyncio.run(_until_signal(work(Bot(load(), Outside(time.time, secrets.SystemRandom().uniform)))))
    except (UnfitSettings, UnfitKey, DiscordForbids, DiscordAway, ServerForbids) as trouble:
        print(trouble, file=sys.stderr)
        sys.exit(2)


async def _until_signal(work: Awaitable[None]) -> None:
    task = asyncio.ensure_future(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return
