"""A bot in a process of its own, to be killed: python bot_driver.py SECONDS with its settings in the environment."""

import asyncio
import sys

from clients.discord.app import Bot, Outside
from clients.discord.settings import load


def least(low: float, _high: float) -> float:
    return low


async def live(now_s: float) -> None:
    """Run until killed, with a clock that stands still as that of the server under test does."""
    await Bot(load(), Outside(lambda: now_s, least)).run()


if __name__ == "__main__":
    asyncio.run(live(float(sys.argv[1])))
