"""The working heart of a server on a real database: recorder, worker, units of work and jobs, without its face."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from server import wiring
from server.announcements import announcements
from server.auth.keys import derived_key
from server.auth.signing import OperatorKeys
from server.domain.digests import line_digest
from server.jobs.queue import QueueRunner
from server.jobs.recorder import Recorder
from server.jobs.unit import Reaction, Units
from server.jobs.worker import Parser, Worker
from server.store.database import Database, open_database
from server.store.statements import StatementHook
from tests.database import FrozenClock
from tests.running import SECRET

DIGEST = line_digest(derived_key(SECRET, "chat digests"))
BATCH_TARGET_S = 0.05
PARSERS: Mapping[str, Parser] = wiring.parsers()


@dataclass
class Engine:
    """What does the work; nothing runs by itself."""

    database: Database
    clock: FrozenClock
    units: Units
    recorder: Recorder
    worker: Worker
    queue: QueueRunner

    async def settle(self) -> None:
        """Apply all that waits and run all jobs that are due, until nothing is left."""
        while await self.worker.drain() + await self.queue.drain():
            pass

    async def read(self, sql: str, *values: Any) -> Sequence[Any]:
        return await self.database.reader().fetch(sql, *values)


@asynccontextmanager
async def engine_on(
    url: str,
    clock: FrozenClock,
    *,
    hook: StatementHook | None = None,
    reactions: Callable[[Mapping[type, Sequence[Reaction]]], Mapping[type, Sequence[Reaction]]] = lambda wired: wired,
    parsers: Mapping[str, Parser] = PARSERS,
    holder: str = "tester",
) -> AsyncGenerator[Engine, None]:
    """An engine on the database at `url`; `reactions` may change what is wired."""
    database = await open_database(url, hook=hook)
    units = Units(
        database,
        reactions=reactions(wiring.reactions(digest=DIGEST, keys=OperatorKeys(SECRET))),
        announcements=announcements(),
        wake=lambda _: None,
        clock=clock,
    )
    recorder = Recorder(database, wake=lambda: None)
    recording = asyncio.create_task(recorder.run())
    try:
        yield Engine(
            database,
            clock,
            units,
            recorder,
            Worker(
                database,
                units,
                parsers=parsers,
                clock=clock,
                holder=holder,
                batch_target_s=BATCH_TARGET_S,
            ),
            QueueRunner(database, units, effects=wiring.effects(database, units), clock=clock),
        )
    finally:
        recorder.close()
        await recording
        await units.close()
        await database.close()
