"""A bot's connection to the played Discord, as the tests of it need one."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from clients.discord.library.connection import Connection, Told
from clients.discord.library.sessions import SessionBudget
from clients.simulator.discord.played import DiscordPlayed

HEARD = frozenset({"INTERACTION_CREATE", "MESSAGE_REACTION_ADD"})


class Heard:
    """What a connection heard, in order; `soon` waits for the next of it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Told]] = []
        self._queue: asyncio.Queue[Told] = asyncio.Queue()

    async def __call__(self, kind: str, told: Told) -> None:
        self.told.append((kind, told))
        if kind in HEARD:
            self._queue.put_nowait(told)

    async def soon(self) -> Told:
        return await asyncio.wait_for(self._queue.get(), 20)


def least(low: float, _high: float) -> float:
    """The chance of a test: always the least."""
    return low


def connection(discord: DiscordPlayed, heard: Any, **changes: Any) -> Connection:
    asked: dict[str, Any] = {
        "api": discord.api,
        "heard": HEARD,
        "hear": heard,
        "budget": SessionBudget(time.time),
        "chance": least,
    }
    return Connection(changes.pop("token", discord.stage.token), **(asked | changes))


@asynccontextmanager
async def connected(discord: DiscordPlayed, **changes: Any) -> AsyncGenerator[tuple[Connection, Heard], None]:
    """A connection whose session has begun; it is stopped at the end and has not ended by itself."""
    heard = Heard()
    one = connection(discord, heard, **changes)
    running = asyncio.create_task(one.run())
    try:
        async with asyncio.timeout(10):
            await asyncio.wait({running, asyncio.create_task(one.wait_until_ready())}, return_when="FIRST_COMPLETED")
        assert not running.done(), running.exception()
        yield one, heard
        assert not running.done(), "the connection ended by itself"
    finally:
        await one.stop()
        await asyncio.wait_for(running, 10)


def budget(file: Path | None = None, *, begun: int = 0, ago_s: float = 60.0) -> SessionBudget:
    """A budget of which so much is spent already."""
    moment = [time.time() - ago_s]
    spent = SessionBudget(lambda: moment[0], file)
    for _ in range(begun):
        spent.spend()
    moment[0] = time.time()
    return spent
