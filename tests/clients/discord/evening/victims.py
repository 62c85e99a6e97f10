"""Who is killed in an evening, and started again at once, as an operator's machine does."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from clients.simulator.discord.gateway import Gateway

ROOT = Path(__file__).parents[4]
HERE = Path(__file__).parent
UP_WITHIN_S = 90.0
AWAY_S = 1.0


class Victim(Protocol):
    """Somebody who can be killed; `killed` tells how often."""

    killed: int

    def kill(self) -> None:
        """End it now, without a word."""
        ...

    async def is_up(self) -> bool:
        """Whether it is there, and does its work."""
        ...


@dataclass
class Program:
    """A program of ours that is started again whenever it was killed; `looks_up` says whether it does its work."""

    driver: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    looks_up: Callable[[], Awaitable[bool]]
    killed: int = 0
    process: asyncio.subprocess.Process | None = None
    fault: str | None = None
    _spawned: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def kept(self) -> AsyncGenerator[None, None]:
        """Keep it running until the way out."""
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait({keeping})
            if self.process is not None and self.process.returncode is None:
                self.process.send_signal(signal.SIGKILL)
                await self.process.wait()

    def kill(self) -> None:
        assert self.process is not None, "it was not started yet"
        self.killed += 1
        self.process.send_signal(signal.SIGKILL)

    async def is_up(self) -> bool:
        assert self.fault is None, self.fault
        is_alive = self.process is not None and self.process.returncode is None
        return is_alive and await self.looks_up()

    async def _keep(self) -> None:
        lives = 0
        while self.killed == lives:
            with self.log.open("ab") as log:
                self.process = await asyncio.create_subprocess_exec(
                    *(sys.executable, str(HERE / self.driver), *self.arguments),
                    env={**self.environment, "PYTHONPATH": str(ROOT)},
                    cwd=self.log.parent,
                    stdout=log,
                    stderr=log,
                )
            await self.process.wait()
            lives += 1
        self.fault = f"{self.driver} ended by itself:\n{self.log.read_text()[-3000:]}"


@dataclass
class PlayedGateway:
    """The gateway of the played Discord; what was posted stays, as it does where gateways die every day."""

    gateway: Gateway
    killed: int = 0

    def kill(self) -> None:
        self.killed += 1
        self.gateway.die()
        asyncio.get_running_loop().call_later(AWAY_S, self.gateway.come_back)

    async def is_up(self) -> bool:
        return not self.gateway.is_dead


async def until_up(*victims: Victim) -> None:
    """Wait until all of them do their work."""
    async with asyncio.timeout(UP_WITHIN_S):
        for one in victims:
            while not await one.is_up():
                await asyncio.sleep(0.02)
