"""Scheduled work is done again and again, by one process at a time, whatever fails."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from server.jobs.schedule import Schedule, Scheduled
from server.jobs.unit import Done, Scope, Units
from server.ports import Dialect, Tx
from server.store.database import Database
from tests.database import FrozenClock

OFTEN = timedelta(milliseconds=20)


class Work:
    """Work that notes when it runs, and fails or lasts as told."""

    def __init__(self, *, lasts_s: float = 0.0, fails: bool = False) -> None:
        self.lasts_s = lasts_s
        self.fails = fails
        self.begun = self.ended = self.at_once = self.most_at_once = 0
        self.cancelled = False

    async def run(self) -> None:
        self.begun += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.lasts_s)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        finally:
            self.at_once -= 1
        if self.fails:
            raise ValueError("no luck")
        self.ended += 1

    async def reach(self, begun: int) -> None:
        async with asyncio.timeout(20):
            while self.begun < begun:
                await asyncio.sleep(0.005)


@pytest.fixture
async def units(database: Database, clock: FrozenClock) -> AsyncGenerator[Units, None]:
    made = Units(database, reactions={}, announcements={}, wake=lambda _: None, clock=clock)
    yield made
    await made.close()


@asynccontextmanager
async def scheduled(
    *work: Scheduled, units: Units, holder: str = "one", dialect: Dialect = "sqlite"
) -> AsyncGenerator[asyncio.Task[None], None]:
    """A running schedule. Leases work on both engines; they are used where the dialect given is PostgreSQL."""
    schedule = Schedule(work, dialect=dialect, units=units, clock=FrozenClock(), holder=holder)
    task = asyncio.create_task(schedule.run())
    yield task
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    assert task.cancelled()


async def test_work_is_done_again_and_again_and_never_overlaps(units: Units) -> None:
    quick, slow = Work(), Work(lasts_s=0.05)
    async with scheduled(Scheduled("quick", OFTEN, quick.run), Scheduled("slow", OFTEN, slow.run), units=units):
        await slow.reach(3)
    assert quick.ended >= 3
    assert slow.most_at_once == 1


async def test_work_that_fails_is_told_and_tried_again_while_other_work_goes_on(units: Units) -> None:
    failing, fine = Work(fails=True), Work()
    with capture_logs() as lines:
        async with scheduled(Scheduled("failing", OFTEN, failing.run), Scheduled("fine", OFTEN, fine.run), units=units):
            await failing.reach(3)
            await fine.reach(3)
    told = [line for line in lines if line["event"] == "schedule.failed"]
    assert len(told) >= 2
    assert {(line["work"], line["error"]) for line in told} == {("failing", "ValueError")}


async def test_a_stop_ends_work_under_way_at_once(units: Units) -> None:
    endless = Work(lasts_s=3600)
    async with scheduled(Scheduled("endless", OFTEN, endless.run), units=units):
        await endless.reach(1)
    assert endless.cancelled
    assert endless.ended == 0


async def test_a_stop_lets_the_unit_of_work_under_way_end(units: Units, database: Database) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Tx, _: Scope) -> Done[None]:
        entered.set()
        await leave.wait()
        await tx.execute("INSERT INTO lease (name, holder, epoch, until) VALUES ('written', 'one', 1, 0)")
        return Done(None)

    async with scheduled(Scheduled("writing", OFTEN, lambda: units.run(0, slowly)), units=units):
        await entered.wait()
    leave.set()
    await units.close()
    assert await database.reader().fetch("SELECT 1 FROM lease WHERE name = 'written'")


async def test_of_several_processes_one_does_the_work_and_keeps_it(units: Units) -> None:
    ours, theirs = Work(), Work()
    hourly = timedelta(hours=1)
    first = Schedule([], dialect="postgres", units=units, clock=FrozenClock(), holder="one")
    other = Schedule([], dialect="postgres", units=units, clock=FrozenClock(), holder="two")
    await first._once(Scheduled("tidy", hourly, ours.run))
    await other._once(Scheduled("tidy", hourly, theirs.run))
    assert (ours.ended, theirs.begun) == (1, 0), "not again before the hour is over"
    await first._once(Scheduled("tidy", hourly, ours.run))
    assert ours.ended == 2, "whoever has it may do it when it is due"
    await other._once(Scheduled("other", hourly, theirs.run))
    assert theirs.ended == 1, "other work is free"


async def test_several_processes_never_do_the_same_work_at_once(units: Units) -> None:
    shared = Work(lasts_s=0.03)
    work = Scheduled("tidy", OFTEN, shared.run)
    async with (
        scheduled(work, units=units, holder="one", dialect="postgres"),
        scheduled(work, units=units, holder="two", dialect="postgres"),
    ):
        await shared.reach(5)
    assert shared.most_at_once == 1


async def test_work_that_outlasts_its_lease_is_ended_before_another_process_may_begin(
    units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.jobs.schedule.LEASE_MIN", timedelta(milliseconds=300))
    stuck, other = Work(lasts_s=3600), Work()
    first = Schedule([], dialect="postgres", units=units, clock=FrozenClock(), holder="one")
    second = Schedule([], dialect="postgres", units=units, clock=FrozenClock(), holder="two")
    doing = asyncio.create_task(first._once(Scheduled("tidy", OFTEN, stuck.run)))
    await stuck.reach(1)
    while not other.begun:
        await second._once(Scheduled("tidy", OFTEN, other.run))
    assert stuck.cancelled
    await doing


def test_the_first_runs_of_processes_and_kinds_of_work_are_spread(units: Units) -> None:
    hourly = timedelta(hours=1)
    pauses = {
        Schedule([], dialect="sqlite", units=units, clock=FrozenClock(), holder=holder)._first_pause_s(
            Scheduled(name, hourly, Work().run)
        )
        for holder in ("one", "two", "three")
        for name in ("tidy", "look")
    }
    assert len(pauses) == 6
    assert all(0 <= pause < 60 for pause in pauses)
