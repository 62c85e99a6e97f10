"""The schedule: work that comes again and again, done by one process at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

import structlog

from server.jobs import leases
from server.jobs.unit import Done, Scope, Units
from server.ports import Clock, Dialect, Tx
from server.store.errors import is_down

log = structlog.get_logger(__name__)

LEASE_MIN = timedelta(seconds=60)
START_WITHIN = timedelta(minutes=1)
SHARE_OF_LEASE = 0.9
"""How much of its lease a run may use, so that it has ended before another process can begin."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Work to be done `every` so often; the name is its own among all.

    A run may take as long as `every`, or a minute where that is longer, and is cancelled then, between two units of
    work; the next run goes on.
    """

    name: str
    every: timedelta
    run: Callable[[], Awaitable[object]]

    @property
    def lease(self) -> timedelta:
        """For how long a process has the work to itself once it begins."""
        return max(self.every, LEASE_MIN)


class Schedule:
    """Runs scheduled work. On PostgreSQL a lease decides which process does it; on SQLite there is only one.

    A piece of work never overlaps with itself. Its first run comes within a minute of the start, at a moment that
    differs by process and name.
    """

    def __init__(self, work: Sequence[Scheduled], *, dialect: Dialect, units: Units, clock: Clock, holder: str) -> None:
        self._work = work
        self._dialect = dialect
        self._units = units
        self._clock = clock
        self._holder = holder

    async def run(self) -> None:
        """Do everything when it is due, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for work in self._work:
                group.create_task(self._repeat(work), name=f"schedule {work.name}")

    async def _repeat(self, work: Scheduled) -> None:
        pause_s = self._first_pause_s(work)
        while True:
            await asyncio.sleep(pause_s)
            begun_s = self._clock.monotonic()
            await self._once(work)
            pause_s = max(begun_s + work.every.total_seconds() - self._clock.monotonic(), 0.0)

    def _first_pause_s(self, work: Scheduled) -> float:
        """A pause that spreads the processes; no source of chance is needed for that."""
        share = crc32(f"{self._holder} {work.name}".encode()) / 2**32
        return share * min(work.every, START_WITHIN).total_seconds()

    async def _once(self, work: Scheduled) -> None:
        """Do the work if no other process has it, and keep it ours until the next time; a failure is logged."""
        begun_s = self._clock.monotonic()
        try:
            if not await self._hold(work, work.lease):
                return
            try:
                async with asyncio.timeout(SHARE_OF_LEASE * work.lease.total_seconds()):
                    await work.run()
            except asyncio.CancelledError:
                await leases.on_the_way_out(self._release(work), f"schedule {work.name}")
                raise
            await self._hold(work, work.every)
        except Exception as error:
            log.warning(
                "schedule.failed",
                work=work.name,
                down=is_down(error),
                error=type(error).__name__,
                exc_info=not is_down(error),
            )
        else:
            log.debug("schedule.done", work=work.name, took_s=round(self._clock.monotonic() - begun_s, 3))

    async def _release(self, work: Scheduled) -> None:
        """Let another process begin at once what this one was kept from ending."""

        async def give_back(tx: Tx, _: Scope) -> Done[None]:
            return Done(await leases.release(tx, f"schedule:{work.name}", self._holder))

        if self._dialect != "sqlite":
            await self._units.run(0, give_back)

    async def _hold(self, work: Scheduled, duration: timedelta) -> bool:
        if self._dialect == "sqlite":
            return True

        async def take(tx: Tx, _: Scope) -> Done[int | None]:
            return Done(await leases.hold(tx, f"schedule:{work.name}", self._holder, duration))

        return await self._units.run(0, take) is not None
