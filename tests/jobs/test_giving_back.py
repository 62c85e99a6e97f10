"""Who stops gives back what he holds, so that others go on at once."""

import asyncio
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

from server.jobs.pauses import pause
from server.jobs.queue import ATTEMPTS_MAX, LEASE, SERVER, QueueRunner
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import jobs
from server.store.jobs import LeasedJob, NewJob
from tests.actions.pipeline import Pipeline, began, line, pipeline_on
from tests.database import POSTGRES_URL, FrozenClock
from tests.jobs.crash_driver import CHANNEL, OPENING, record
from tests.programs import free_port, serving

KIND = "test.work"
SOON_S = 5.0
"""Far less than the lease of a community lasts."""


class Drawn:
    """Chance that draws what it is told."""

    def __init__(self, first: int) -> None:
        self.first = first

    def draw(self, count: int) -> bytes:
        return bytes([self.first]) * count


def test_pauses_grow_with_every_failure_are_bounded_and_out_of_step() -> None:
    first, longest = timedelta(seconds=2), timedelta(minutes=1)
    for drawn, shares in ((0, [0, 0, 0, 0, 0]), (255, [2, 4, 8, 60, 60]), (128, [1, 2, 4, 30, 30])):
        pauses = [pause(Drawn(drawn), failures, first=first, longest=longest) for failures in (1, 2, 3, 6, 10_000)]
        assert [round(one.total_seconds()) for one in pauses] == shares
        assert all(one <= longest for one in pauses)


async def test_a_job_that_is_cut_off_waits_for_no_lease_and_counts_no_try(pipeline: Pipeline) -> None:
    async def ask(tx: Tx, scope: Scope) -> Done[int]:
        return Done(await jobs.add(tx, [NewJob(kind=KIND, key="a", payload={}, run_at=scope.now)], scope.now))

    engine = pipeline.server
    await engine.units.run(0, ask)
    begun = asyncio.Event()

    async def endless(_: LeasedJob) -> None:
        begun.set()
        await asyncio.sleep(60)

    task = asyncio.create_task(
        QueueRunner(engine.database, engine.units, effects={KIND: endless}, clock=engine.clock).drain()
    )
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    [row] = await pipeline.read("SELECT state, attempts, leased_until FROM job")
    assert tuple(row) == ("ready", 0, None)


async def test_a_job_survives_however_many_servers_are_killed_while_they_do_it(pipeline: Pipeline) -> None:
    async def ask(tx: Tx, scope: Scope) -> Done[int]:
        return Done(await jobs.add(tx, [NewJob(kind=KIND, key="a", payload={}, run_at=scope.now)], scope.now))

    async def begin(tx: Tx, scope: Scope) -> Done[list[LeasedJob]]:
        return Done(await jobs.lease_due(tx, SERVER, scope.now, LEASE, 1))

    async def take_back(tx: Tx, scope: Scope) -> Done[int]:
        return Done(await jobs.release_all(tx, "server", scope.now))

    async def fail(_: LeasedJob) -> None:
        raise RuntimeError("It failed once.")

    engine = pipeline.server
    await engine.units.run(0, ask)
    for life in range(2 * ATTEMPTS_MAX):
        assert len(await engine.units.run(0, begin)) == 1, "and there the server is killed"
        if life % 2:
            await engine.units.run(0, take_back)
        else:
            pipeline.clock.at += LEASE + timedelta(seconds=1)
    pipeline.clock.at += LEASE + timedelta(seconds=1)
    await QueueRunner(engine.database, engine.units, effects={KIND: fail}, clock=engine.clock).drain()
    [row] = await pipeline.read("SELECT state, attempts FROM job")
    assert tuple(row) == ("ready", 1)


if POSTGRES_URL is not None:

    async def test_a_server_that_stops_keeps_no_community_from_another(database_url: str, tmp_path: Path) -> None:
        settings = {"REGULARS_DATABASE_URL": database_url}
        async with pipeline_on(database_url, FrozenClock()) as pipeline:
            community = await pipeline.community()
            await pipeline.attach(community, CHANNEL)
            async with (
                serving(tmp_path / "one", free_port(), "worker", **settings) as one,
                serving(tmp_path / "other", free_port(), "worker", **settings) as other,
            ):
                await record(pipeline.server, "early", [began(CHANNEL, OPENING)])
                holder = await held(pipeline, applied=1, within_s=20)
                stopping = one if f"-{one.pid}-" in holder else other
                stopping.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(stopping.wait(), 15) == 0, (tmp_path / "one").read_text()
                await record(pipeline.server, "late", [line(CHANNEL, 31, "first", OPENING)])
                assert await held(pipeline, applied=2, within_s=SOON_S) != holder


async def held(pipeline: Pipeline, *, applied: int, within_s: float) -> Any:
    """Who holds the community once so many deliveries are applied."""
    async with asyncio.timeout(within_s):
        while True:
            [row] = await pipeline.read("SELECT count(*) AS many FROM delivery WHERE state = 'applied'")
            if row["many"] >= applied:
                break
            await asyncio.sleep(0.05)
    [row] = await pipeline.read("SELECT holder FROM lease WHERE name LIKE 'community:%'")
    return row["holder"]
