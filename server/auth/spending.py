"""Requests that are good once: whoever comes first gets it, whichever server he asks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

Keep = Callable[[Mapping[str, datetime]], Awaitable[set[str]]]
"""Notes requests with their ends for all servers, and tells which of them nobody noted before."""

WAITING_MAX = 1_000
TIMEOUT_S = 5.0


class TooMany(Exception):
    """More requests wait to be noted than may."""


class Spending:
    """Takes every request once. Those that come while others are noted are noted together, in one statement."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._waiting: dict[str, tuple[datetime, asyncio.Future[bool]]] = {}
        self._noting: asyncio.Task[None] | None = None

    async def take(self, request: str, until: datetime) -> bool:
        """Whether a request was not taken before; raises what the database raises, and then it is not taken."""
        if request in self._waiting:
            return False
        if len(self._waiting) >= WAITING_MAX:
            raise TooMany("Too many signed requests wait for the database.")
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[request] = until, told
        if self._noting is None:
            self._noting = asyncio.create_task(self._note(), name="signed requests")
        return await told

    async def close(self) -> None:
        """Wait until all that were taken are noted."""
        if self._noting is not None:
            await asyncio.wait([self._noting])

    async def _note(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, {}
                await self._note_some(batch)
        finally:
            self._noting = None

    async def _note_some(self, batch: Mapping[str, tuple[datetime, asyncio.Future[bool]]]) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                fresh = await self._keep({request: until for request, (until, _) in batch.items()})
        except Exception as error:  # noqa: BLE001 - whatever it is, everybody who waits is to hear it
            for _, told in batch.values():
                if not told.done():
                    told.set_exception(error)
            return
        for request, (_, told) in batch.items():
            if not told.done():
                told.set_result(request in fresh)
