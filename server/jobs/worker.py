"""The worker: takes deliveries out of the inbox, parses them, and applies them in batches."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from server.jobs import leases
from server.jobs.unit import Busy, Done, Scope, Units
from server.ports import Clock, Tx
from server.store import communities, inbox
from server.store.database import Database
from server.store.errors import is_contention, is_down
from server.store.inbox import Fault, Waiting

log = structlog.get_logger(__name__)

BATCH_MIN, BATCH_MAX = 100, 4_000
"""A batch takes some thirty statements whatever is in it: of much smaller ones, most would be that."""
PARSED_AT_ONCE = 200
LEASE = timedelta(seconds=15)
HELD = "community:"
"""How the name of a lease on a community begins; its number follows."""

Parser = Callable[[str, bytes, datetime], Any]


class Unfit(Exception):
    """A delivery cannot be understood; `code` is stable, the message names the place."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Parsed:
    """A delivery and what it says happened."""

    delivery_id: int
    happening: Any


@dataclass(slots=True)
class Progress:
    """What a worker has done since it started."""

    applied: int = 0
    quarantined: int = 0
    last_batch_at: datetime | None = None


class Worker:
    """Applies what the inbox holds, community by community."""

    def __init__(
        self,
        database: Database,
        units: Units,
        *,
        parsers: Mapping[str, Parser],
        clock: Clock,
        holder: str,
        batch_target_s: float,
    ) -> None:
        self._database = database
        self._units = units
        self._parsers = parsers
        self._clock = clock
        self._holder = holder
        self._target_s = batch_target_s
        self._size = 200
        self.progress = Progress()

    async def run(self, wakes: AsyncIterator[None]) -> None:
        """Work whenever woken, until cancelled between batches; a database that is down is waited for."""
        async for _ in wakes:
            try:
                await self.drain()
            except Exception as error:
                log.warning(
                    "worker.interrupted",
                    down=is_down(error),
                    error=type(error).__name__,
                    exc_info=not is_down(error),
                )
                await asyncio.sleep(1)

    async def drain(self) -> int:
        """Apply all that waits in every community that no other worker holds; how many deliveries were settled.

        Round after round each community gets one batch, so that a busy one starves nobody; a community that fails
        lets the others go on, and its error comes out at the end.
        """
        settled, failures = 0, list[Exception]()
        while not failures:
            in_round = 0
            for community_id in await inbox.communities_waiting(self._database.reader()):
                try:
                    in_round += await self._one_batch(community_id)
                except Exception as error:
                    if is_down(error):
                        raise
                    failures.append(error)
            settled += in_round
            if not in_round:
                break
        if failures:
            raise failures[0]
        return settled

    async def release(self) -> None:
        """Give back the communities that this worker holds, so that another one need not wait for its leases to end.

        For whoever has seen to it that no batch of this worker is under way any more.
        """

        async def give_back(tx: Tx, _: Scope) -> Done[int]:
            return Done(await leases.release_those(tx, HELD, self._holder))

        if self._database.dialect != "sqlite":
            await self._units.run(0, give_back)

    async def _hold(self, community_id: int) -> bool:
        if self._database.dialect == "sqlite":
            return True

        async def take(tx: Tx, _: Scope) -> Done[int | None]:
            return Done(await leases.hold(tx, f"{HELD}{community_id}", self._holder, LEASE))

        return await self._units.run(community_id, take) is not None

    async def _one_batch(self, community_id: int) -> int:
        """Settle the next batch of a community, unless another worker holds it; how many deliveries."""
        if not await self._hold(community_id):
            return 0
        batch = await inbox.waiting(self._database.reader(), community_id, self._size)
        community = await communities.by_id(self._database.reader(), community_id)
        slug = community.slug if community else str(community_id)
        with structlog.contextvars.bound_contextvars(community=slug):
            started = self._clock.monotonic()
            await self.apply(community_id, batch)
            self._adapt(len(batch), self._clock.monotonic() - started)
        return len(batch)

    def _adapt(self, count: int, took_s: float) -> None:
        """Size the next batch so that it takes about as long as it may."""
        if count >= self._size // 2:
            ideal = count * self._target_s / max(took_s, 1e-4)
            self._size = int(min(max(ideal, self._size / 2, BATCH_MIN), self._size * 2, BATCH_MAX))

    async def apply(self, community_id: int, batch: Sequence[Waiting]) -> None:
        """Settle every delivery of a batch: applied, or in quarantine with its reason."""
        parsed, faults = await self._parse(batch)
        await self._apply(community_id, parsed, faults)

    async def _parse(self, batch: Sequence[Waiting]) -> tuple[list[Parsed], list[Fault]]:
        parsed: list[Parsed] = []
        faults: list[Fault] = []
        for start in range(0, len(batch), PARSED_AT_ONCE):
            for waiting in batch[start : start + PARSED_AT_ONCE]:
                result = self._understood(waiting)
                if isinstance(result, Fault):
                    faults.append(result)
                else:
                    parsed.append(result)
            await asyncio.sleep(0)
        return parsed, faults

    def _understood(self, waiting: Waiting) -> Parsed | Fault:
        """What a delivery says, or why it goes into quarantine; a parser's bug holds one delivery, not the batch."""
        try:
            happening = self._parsers[waiting.source](waiting.kind, waiting.body, waiting.told_at)
        except Unfit as unfit:
            return Fault(waiting.delivery_id, unfit.code, str(unfit))
        except Exception as error:
            log.exception("delivery.parser_failed", delivery=waiting.delivery_id)
            return Fault(waiting.delivery_id, "failed", f"{type(error).__name__}: see the log for details")
        return Parsed(waiting.delivery_id, happening)

    async def _apply(self, community_id: int, parsed: Sequence[Parsed], faults: Sequence[Fault]) -> None:
        async def settle(tx: Tx, scope: Scope) -> Done[None]:
            if faults:
                await inbox.settle_quarantined(tx, faults, scope.now)
            mine = await inbox.settle_applied(tx, [item.delivery_id for item in parsed], scope.now)
            return Done(None, [item.happening for item in parsed if item.delivery_id in mine])

        try:
            await self._units.run(community_id, settle)
        except Exception as error:
            if is_down(error) or is_contention(error) or isinstance(error, Busy):
                raise
            await self._isolate(community_id, parsed, faults, error)
            return
        self.progress.applied += len(parsed)
        self.progress.quarantined += len(faults)
        self.progress.last_batch_at = self._clock.now()
        for fault in faults:
            log.warning("delivery.quarantined", delivery=fault.delivery_id, code=fault.code)

    async def _isolate(
        self, community_id: int, parsed: Sequence[Parsed], faults: Sequence[Fault], error: Exception
    ) -> None:
        """Split a batch that failed until the poison stands alone, and quarantine that."""
        if len(parsed) > 1:
            middle = len(parsed) // 2
            await self._apply(community_id, parsed[:middle], faults)
            await self._apply(community_id, parsed[middle:], [])
        elif parsed:
            log.error("delivery.failed", delivery=parsed[0].delivery_id, exc_info=error)
            poison = Fault(parsed[0].delivery_id, "failed", f"{type(error).__name__}: see the log for details")
            await self._apply(community_id, [], [*faults, poison])
        else:
            raise error
