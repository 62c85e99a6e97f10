"""The bot as `regulars-bot run` runs it, on a shared clock and without chance: python bot_driver.py CLOCK."""

import asyncio
import sys
from pathlib import Path

from clients.discord.app import Bot, Outside
from clients.discord.settings import load
from tests.clients.discord.evening.clock import SharedClock


def least(low: float, _high: float) -> float:
    return low


async def live(clock: SharedClock) -> None:
    """Run until killed."""
    await Bot(load(), Outside(lambda: clock.now().timestamp(), least)).run()


if __name__ == "__main__":
    asyncio.run(live(SharedClock(Path(sys.argv[1]))))
