"""The recorder: many verified requests share one commit, and each is answered after it."""

import asyncio
import itertools
from collections.abc import Callable

import structlog

from server.store import inbox
from server.store.database import Database
from server.store.errors import is_contention, is_down
from server.store.inbox import Received

log = structlog.get_logger(__name__)

QUEUE_MAX = 20_000
BATCH_MAX = 1_000
WORTH_A_COMMIT = 32
ATTEMPTS_MAX = 3


class NotRecorded(Exception):
    """The request could not be made durable now; the sender must come again after `retry_after_s` seconds."""

    def __init__(self, reason: str, retry_after_s: int) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Recorder:
    """Group commit into the inbox. While one commit is under way the next batch gathers by itself."""

    def __init__(self, database: Database, *, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake
        self._queue: list[tuple[Received, asyncio.Future[None]]] = []
        self._filled = asyncio.Event()
        self._closing = False
        self._committing = False

    @property
    def depth(self) -> int:
        """How many requests wait for their commit."""
        return len(self._queue)

    async def record(self, received: Received) -> None:
        """Return once `received` is durable; `NotRecorded` when it is not and nobody must believe it was."""
        if self._closing or len(self._queue) >= QUEUE_MAX:
            raise NotRecorded("The server is stopping." if self._closing else "Too many deliveries wait.", 5)
        recorded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((received, recorded))
        self._filled.set()
        await recorded

    async def make_way(self) -> None:
        """Let a commit begin if enough wait for one, before the caller works on the next request.

        A burst is handled in one turn of the loop. If all of it were verified first, the database would have nothing to
        do meanwhile, and then everybody would wait for the database.
        """
        if not self._committing and len(self._queue) >= WORTH_A_COMMIT:
            await asyncio.sleep(0)

    async def run(self) -> None:
        """Commit batches until `close`, then what is left."""
        while not (self._closing and not self._queue):
            await self._filled.wait()
            batch, self._queue = self._queue[:BATCH_MAX], self._queue[BATCH_MAX:]
            if not self._queue and not self._closing:
                self._filled.clear()
            if batch:
                self._committing = True
                try:
                    await self._commit(batch)
                finally:
                    self._committing = False

    def close(self) -> None:
        """Take no more; `run` ends after committing what waits."""
        self._closing = True
        self._filled.set()

    async def _commit(self, batch: list[tuple[Received, asyncio.Future[None]]]) -> None:
        try:
            await self._store([received for received, _ in batch])
        except Exception as error:  # noqa: BLE001 - whatever failed, every sender must get his answer
            log.warning("inbox.not_recorded", deliveries=len(batch), down=is_down(error), error=type(error).__name__)
            if not is_down(error) and len(batch) > 1:
                await self._commit(batch[: len(batch) // 2])
                await self._commit(batch[len(batch) // 2 :])
                return
            for _, recorded in batch:
                if not recorded.done():
                    recorded.set_exception(NotRecorded("The database did not take the delivery.", 10))
            return
        for _, recorded in batch:
            if not recorded.done():
                recorded.set_result(None)
        self._wake()

    async def _store(self, received: list[Received]) -> None:
        for attempt in itertools.count(1):
            try:
                await inbox.record(self._database, received)
            except Exception as error:
                if attempt >= ATTEMPTS_MAX or not is_contention(error):
                    raise
                await asyncio.sleep(0.01 * attempt)
            else:
                return
