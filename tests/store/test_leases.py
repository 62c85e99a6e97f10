"""Leases and jobs: one holder at a time, taken over when he is gone, and never ended by somebody who lost it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import structlog

from server.domain.instants import micros
from server.jobs import leases, queue
from server.jobs.queue import SERVER, QueueRunner
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import jobs
from server.store.jobs import LeasedJob, NewJob
from tests.actions.pipeline import Pipeline

MINUTE = timedelta(minutes=1)
KIND = "test.work"


async def hold(pipeline: Pipeline, holder: str, duration: timedelta = MINUTE) -> int | None:
    async def take(tx: Tx, _: Scope) -> Done[int | None]:
        return Done(await leases.hold(tx, "one of a kind", holder, duration))

    return await pipeline.server.units.run(0, take)


async def test_of_two_holders_one_holds_until_he_gives_it_back(pipeline: Pipeline) -> None:
    first, second = await asyncio.gather(hold(pipeline, "anna"), hold(pipeline, "bert"))
    assert sorted([first, second], key=str) == [1, None]
    holder, other = ("anna", "bert") if first else ("bert", "anna")
    assert await hold(pipeline, holder) == 1, "renewing keeps the epoch"
    assert await hold(pipeline, other) is None

    async def give_back(tx: Tx, _: Scope) -> Done[None]:
        return Done(await leases.release(tx, "one of a kind", other))

    await pipeline.server.units.run(0, give_back)
    assert await hold(pipeline, other) is None, "only the holder can give it back"
    other = holder
    await pipeline.server.units.run(0, give_back)
    assert await hold(pipeline, "carl") == 2


async def test_a_lease_ends_by_the_clock_of_the_database_and_its_epoch_rises(pipeline: Pipeline) -> None:
    assert await hold(pipeline, "anna", timedelta(milliseconds=30)) == 1
    pipeline.clock.pass_time(days=1)
    assert await hold(pipeline, "bert") is None, "our clock does not end it"
    await asyncio.sleep(0.06)
    assert await hold(pipeline, "bert") == 2
    assert await hold(pipeline, "anna") is None


async def add(pipeline: Pipeline, *keys: str) -> int:
    async def ask(tx: Tx, scope: Scope) -> Done[int]:
        wanted = [NewJob(kind=KIND, key=key, payload={"key": key}, run_at=scope.now) for key in keys]
        return Done(await jobs.add(tx, wanted, scope.now))

    return await pipeline.server.units.run(0, ask)


async def lease(pipeline: Pipeline, limit: int = 10, pause_s: float = 0) -> list[LeasedJob]:
    async def take(tx: Tx, scope: Scope) -> Done[list[LeasedJob]]:
        taken = await jobs.lease_due(tx, SERVER, scope.now, MINUTE, limit)
        await asyncio.sleep(pause_s)
        return Done(taken)

    return await pipeline.server.units.run(0, take)


async def finish(pipeline: Pipeline, job: LeasedJob) -> bool:
    async def end(tx: Tx, scope: Scope) -> Done[bool]:
        return Done(await jobs.finish(tx, job, scope.now))

    return await pipeline.server.units.run(0, end)


async def test_one_cause_makes_one_job_even_after_it_is_done(pipeline: Pipeline) -> None:
    assert await add(pipeline, "a", "b", "a") == 2
    [first, second] = await lease(pipeline)
    assert await finish(pipeline, first)
    assert await finish(pipeline, second)
    assert await add(pipeline, "a", "c") == 1


async def test_two_who_ask_at_once_get_different_jobs(pipeline: Pipeline) -> None:
    keys = [f"job {n}" for n in range(12)]
    await add(pipeline, *keys)
    taken = await asyncio.gather(*(lease(pipeline, 3, pause_s=0.05) for _ in range(4)))
    assert sorted(job.key for some in taken for job in some) == sorted(keys)
    assert {len(some) for some in taken} == {3}
    assert await lease(pipeline) == []


async def test_a_job_that_was_taken_over_cannot_be_ended_by_its_former_holder(pipeline: Pipeline) -> None:
    await add(pipeline, "a")
    [former] = await lease(pipeline)
    assert await lease(pipeline) == []
    pipeline.clock.pass_time(seconds=61)
    [now] = await lease(pipeline)
    assert (now.id, now.attempts, now.lease) == (former.id, 1, 2), "a life that was killed is no try of a server's job"
    assert not await finish(pipeline, former)

    async def advance(tx: Tx, scope: Scope) -> Done[bool]:
        return Done(await jobs.advance(tx, former, {"after": 9}, scope.now + MINUTE))

    assert not await pipeline.server.units.run(0, advance)
    assert await finish(pipeline, now)
    assert not await finish(pipeline, now)


class Stubborn:
    """An effect that fails a number of times and then ends its job."""

    def __init__(self, pipeline: Pipeline, failures: int) -> None:
        self.pipeline = pipeline
        self.failures = failures
        self.tries = 0

    async def __call__(self, job: LeasedJob) -> None:
        self.tries += 1
        if self.tries <= self.failures:
            raise ConnectionError("not reachable: secret details")
        await finish(self.pipeline, job)


class Longest:
    """Chance that always draws the longest pause."""

    def draw(self, count: int) -> bytes:
        return b"\xff" * count


def runner(pipeline: Pipeline, effect: Any) -> QueueRunner:
    engine = pipeline.server
    return QueueRunner(engine.database, engine.units, effects={KIND: effect}, clock=engine.clock, chance=Longest())


async def state(pipeline: Pipeline) -> tuple[str, str | None]:
    [row] = await pipeline.read("SELECT state, error FROM job WHERE kind = $1", KIND)
    return row["state"], row["error"]


async def test_a_job_that_fails_is_tried_again_later_each_time_later(pipeline: Pipeline) -> None:
    await add(pipeline, "a")
    effect = Stubborn(pipeline, failures=3)
    running = runner(pipeline, effect)
    for tries, pause_s in ((1, 2), (2, 4), (3, 8)):
        await running.drain()
        assert (effect.tries, await state(pipeline)) == (tries, ("ready", "ConnectionError"))
        pipeline.clock.pass_time(seconds=pause_s - 1)
        await running.drain()
        assert effect.tries == tries, "not before its time"
        pipeline.clock.pass_time(seconds=1)
    await running.drain()
    assert await state(pipeline) == ("done", None)


async def test_a_job_that_keeps_failing_is_buried(pipeline: Pipeline) -> None:
    await add(pipeline, "a")
    effect = Stubborn(pipeline, failures=1_000)
    running = runner(pipeline, effect)
    for _ in range(queue.ATTEMPTS_MAX + 2):
        await running.drain()
        pipeline.clock.pass_time(seconds=queue.PAUSE_MAX.total_seconds())
    assert effect.tries == queue.ATTEMPTS_MAX
    assert await state(pipeline) == ("dead", "ConnectionError")


@pytest.mark.parametrize(("later_s", "tries"), [(59, 0), (61, 1)])
async def test_a_job_of_a_killed_server_is_taken_up_after_its_lease(
    pipeline: Pipeline, later_s: int, tries: int
) -> None:
    await add(pipeline, "a")
    await lease(pipeline)
    effect = Stubborn(pipeline, failures=0)
    pipeline.clock.pass_time(seconds=later_s)
    await runner(pipeline, effect).drain()
    assert effect.tries == tries


async def test_a_job_is_leased_when_its_turn_comes_and_not_while_it_waits(pipeline: Pipeline) -> None:
    await add(pipeline, "a", "b", "c")
    leased: list[int] = []

    async def effect(job: LeasedJob) -> None:
        leased.append(len(await pipeline.read("SELECT id FROM job WHERE state = 'leased'")))
        await finish(pipeline, job)

    assert await runner(pipeline, effect).drain() == 3
    assert leased == [1, 1, 1]


async def test_a_job_that_takes_longer_than_its_lease_stays_with_its_holder(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "HOLD_EVERY_S", 0.005)
    await add(pipeline, "a")

    async def effect(job: LeasedJob) -> None:
        for _ in range(5):
            pipeline.clock.pass_time(seconds=20)
            held_until = micros(pipeline.clock.now() + queue.LEASE)
            async with asyncio.timeout(5):
                while (await pipeline.read("SELECT leased_until FROM job"))[0]["leased_until"] != held_until:
                    await asyncio.sleep(0.005)
        assert await lease(pipeline) == []
        assert await finish(pipeline, job)

    await runner(pipeline, effect).drain()
    assert await state(pipeline) == ("done", None)


async def test_the_lines_of_a_job_name_its_community(pipeline: Pipeline) -> None:
    community = await pipeline.community()
    [known] = await pipeline.read("SELECT slug FROM community")
    named: dict[str, object] = {}

    async def effect(job: LeasedJob) -> None:
        named[job.key] = structlog.contextvars.get_contextvars().get("community")
        await finish(pipeline, job)

    async def ask(tx: Tx, scope: Scope) -> Done[int]:
        ours = NewJob(kind=KIND, key="ours", payload={}, run_at=scope.now, community_id=community)
        return Done(await jobs.add(tx, [ours], scope.now))

    await pipeline.server.units.run(0, ask)
    await add(pipeline, "nobody's")
    await runner(pipeline, effect).drain()
    assert named == {"ours": known["slug"], "nobody's": None}
