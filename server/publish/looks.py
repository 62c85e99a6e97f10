"""One look at the jobs that wait, for all who want to know the same."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

from server.domain.jobs import Served
from server.ports import Bus, Clock, Reader
from server.publish import topics
from server.store import job_records
from server.store.job_records import Waiting

PAUSE_S = 0.25
"""Between two looks; what happens meanwhile is in the next one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What waited at an instant."""

    waiting: Waiting
    at: datetime


@dataclass(slots=True, eq=False)
class Look:
    """What was seen last, and whom to wake when there is something newer, or nothing more to come."""

    seen: Seen | None = None
    fault: Exception | None = None
    is_over: bool = False
    listeners: set[asyncio.Event] = field(default_factory=set[asyncio.Event])
    task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Have every listener look here."""
        for woken in self.listeners:
            woken.set()


class Looks:
    """Asks the database on behalf of all who listen to the same jobs: after a wake-up, and once a second without one.

    A look lives as long as somebody listens. What ends it, such as a database that is away, ends it for all of them.
    """

    def __init__(self, bus: Bus, reader: Callable[[], Reader], clock: Clock) -> None:
        self._bus = bus
        self._reader = reader
        self._clock = clock
        self._open: dict[Served, Look] = {}

    def __len__(self) -> int:
        return len(self._open)

    async def listen(self, served: Served) -> AsyncGenerator[Seen, None]:
        """What waits, now and after every look; a slow listener hears the newest only."""
        look = self._open.get(served)
        if look is None:
            look = self._open[served] = Look()
            look.task = asyncio.create_task(self._keep_looking(served, look), name="jobs that wait")
        woken = asyncio.Event()
        look.listeners.add(woken)
        if look.seen is not None:
            woken.set()
        try:
            while True:
                await woken.wait()
                woken.clear()
                if look.fault is not None:
                    raise look.fault
                if look.is_over or look.seen is None:
                    return
                yield look.seen
        finally:
            look.listeners.discard(woken)
            if not look.listeners:
                self._end(served, look)

    async def _keep_looking(self, served: Served, look: Look) -> None:
        try:
            async with aclosing(self._bus.listen(topics.jobs())) as wakes:
                async for _ in wakes:
                    now = self._clock.now()
                    look.seen = Seen(await job_records.waiting(self._reader(), served, now), now)
                    look.wake()
                    await asyncio.sleep(PAUSE_S)
        except Exception as error:  # noqa: BLE001 - it is raised again by everybody who listens
            look.fault = error
        look.is_over = True
        self._end(served, look)
        look.wake()

    def _end(self, served: Served, look: Look) -> None:
        if self._open.get(served) is look:
            del self._open[served]
        if look.task is not None and not look.is_over:
            look.task.cancel()
