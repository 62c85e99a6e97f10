"""The server as `regulars serve` runs it, on a shared clock and the demo's beacon: python server_driver.py CLOCK."""

import asyncio
import sys
from pathlib import Path

from server.app import assembled
from server.domain.draws.rounds import DEMO
from server.environment import load_settings
from server.logs import configure_logs
from server.running import listening, running
from tests.clients.discord.evening.clock import SharedClock


async def live(clock: SharedClock) -> None:
    """Run until killed."""
    settings = load_settings(env_file=None)
    configure_logs(level="info", layout="json", stream=sys.stderr, secrets=settings.secret_values())
    async with assembled(settings, clock=clock, chain=DEMO) as server, running(server), listening(server):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(live(SharedClock(Path(sys.argv[1]))))
