"""The queue's runner: leases due jobs, hands each to its effect, and sees to it that it ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta

import structlog

from server.domain.jobs import Served
from server.events.jobs import JobDied
from server.jobs import leases
from server.jobs.pauses import Middle, pause
from server.jobs.unit import Done, Scope, Units
from server.ports import Chance, Clock, Tx
from server.store import communities, jobs
from server.store.database import Database
from server.store.errors import is_down
from server.store.jobs import LeasedJob

log = structlog.get_logger(__name__)

ATTEMPTS_MAX = 10
SERVER = Served(audience="server")
LEASE = timedelta(seconds=30)
HOLD_EVERY_S = 10.0
PAUSE_FIRST, PAUSE_MAX = timedelta(seconds=2), timedelta(hours=1)

Effect = Callable[[LeasedJob], Awaitable[None]]


class QueueRunner:
    """Runs the server's own jobs. An effect ends its job itself, in the transaction that makes it true."""

    def __init__(
        self,
        database: Database,
        units: Units,
        *,
        effects: Mapping[str, Effect],
        clock: Clock,
        chance: Chance | None = None,
    ) -> None:
        self._database = database
        self._units = units
        self._effects = effects
        self._clock = clock
        self._chance = chance or Middle()
        # What a killed process held is ours at once where there is no other process.
        self._took_back = database.dialect != "sqlite"

    async def run(self, wakes: AsyncIterator[None]) -> None:
        """Run due jobs whenever woken, until cancelled."""
        async for _ in wakes:
            try:
                if not self._took_back:
                    await self._units.run(0, self._take_back)
                    self._took_back = True
                await self.drain()
            except Exception as error:
                log.warning(
                    "jobs.interrupted", down=is_down(error), error=type(error).__name__, exc_info=not is_down(error)
                )
                await asyncio.sleep(1)

    async def drain(self) -> int:
        """Run all jobs that are due, each leased when its turn comes; how many."""
        count = 0
        while await jobs.any_due(self._database.reader(), "server", self._clock.now()):
            leased = await self._units.run(0, self._lease)
            if not leased:
                break
            await self._do(leased[0])
            count += 1
        return count

    async def _take_back(self, tx: Tx, scope: Scope) -> Done[int]:
        """Give back what a killed process held; how many jobs."""
        return Done(await jobs.release_all(tx, "server", scope.now))

    async def _lease(self, tx: Tx, scope: Scope) -> Done[list[LeasedJob]]:
        return Done(await jobs.lease_due(tx, SERVER, scope.now, LEASE, 1))

    async def _do(self, job: LeasedJob) -> None:
        community = await communities.by_id(self._database.reader(), job.community_id) if job.community_id else None
        named = {"community": community.slug} if community else {}
        with structlog.contextvars.bound_contextvars(**named):
            holding = asyncio.create_task(self._hold(job))
            try:
                await self._effects[job.kind](job)
            except asyncio.CancelledError:
                await leases.on_the_way_out(self._units.run(0, self._interruption(job)), f"job {job.id}")
                raise
            except Exception as error:
                log.warning("job.failed", job=job.id, kind=job.kind, attempts=job.attempts, exc_info=error)
                await self._units.run(0, self._failure(job, error))
            finally:
                holding.cancel()

    async def _hold(self, job: LeasedJob) -> None:
        """Keep the lease of a job that takes longer than that, until cancelled or it is somebody else's."""

        async def hold(tx: Tx, scope: Scope) -> Done[bool]:
            return Done(await jobs.hold_longer(tx, job, scope.now + LEASE))

        is_ours = True
        while is_ours:
            await asyncio.sleep(HOLD_EVERY_S)
            try:
                is_ours = await self._units.run(0, hold)
            except Exception as error:  # noqa: BLE001 - whatever failed, the next turn may succeed
                log.warning("job.not_held", job=job.id, down=is_down(error), error=type(error).__name__)

    def _interruption(self, job: LeasedJob) -> Callable[[Tx, Scope], Awaitable[Done[None]]]:
        async def interrupted(tx: Tx, _: Scope) -> Done[None]:
            await jobs.give_back(tx, job)
            return Done(None)

        return interrupted

    def _failure(self, job: LeasedJob, error: Exception) -> Callable[[Tx, Scope], Awaitable[Done[None]]]:
        async def failed(tx: Tx, scope: Scope) -> Done[None]:
            reason = type(error).__name__
            if job.attempts >= ATTEMPTS_MAX:
                await jobs.bury(tx, job, reason, scope.now)
                died = JobDied(job_id=job.id, kind=job.kind, audience=job.audience, community_id=job.community_id)
                return Done(None, [died])
            wait = pause(self._chance, job.attempts, first=PAUSE_FIRST, longest=PAUSE_MAX)
            await jobs.retry_later(tx, job, reason, scope.now + wait)
            return Done(None)

        return failed
