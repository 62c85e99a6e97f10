"""Clients that lease, fail, stall and die in any order lose no job, and do none twice unless one died on it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.actions import jobs as actions
from server.domain.jobs import Outcome, Report, Served
from server.domain.refusals import Refused
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import jobs
from server.store.jobs import LeasedJob, NewJob
from tests.actions.pipeline import Pipeline
from tests.actions.test_watchtime_pipeline import QUIET
from tests.database import POSTGRES_URL

EXAMPLES = 30 if POSTGRES_URL is None else 15
TRIES_MAX = 4
LEASE_S = 60
ALL = Served(audience="discord")
KEYS = count(1)


class Drawn:
    """Chance that the test draws."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def draw(self, many: int) -> bytes:
        return self.chance.randbytes(many)


@dataclass
class Outside:
    """What really happened outside, and what the clients may be excused for."""

    done: Counter[int] = field(default_factory=Counter[int])
    excused: Counter[int] = field(default_factory=Counter[int])
    held: dict[int, tuple[int, datetime]] = field(default_factory=dict[int, tuple[int, datetime]])
    lines: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    over: set[int] = field(default_factory=set[int])


class Town:
    """Two communities whose jobs several clients carry out."""

    def __init__(self, pipeline: Pipeline, chance: Random, communities: Sequence[int]) -> None:
        self.pipeline = pipeline
        self.chance = chance
        self.communities = communities
        self.outside = Outside()
        self.stalled: list[LeasedJob] = []

    async def add(self) -> None:
        """Some jobs, most of which wait for others."""
        chance, community = self.chance, self.chance.choice(self.communities)

        async def make(tx: Tx, scope: Scope) -> Done[None]:
            wanted = [
                NewJob(
                    kind="test",
                    key=str(next(KEYS)),
                    payload={},
                    run_at=scope.now,
                    community_id=community,
                    audience="discord",
                    order_key=chance.choice([None, "a", "b", "c"]),
                )
                for _ in range(chance.randint(1, 4))
            ]
            await jobs.add(tx, wanted, scope.now)
            return Done(None)

        await self.pipeline.server.units.run(community, make)

    async def refresh(self) -> None:
        """Look up who waits behind whom."""
        rows = await self.pipeline.read("SELECT id, order_key FROM job WHERE order_key IS NOT NULL ORDER BY id")
        self.outside.lines = {}
        for row in rows:
            self.outside.lines.setdefault(row["order_key"], []).append(row["id"])

    async def lease(self) -> list[LeasedJob]:
        """What one client is given, which nobody else may have, in order."""
        take = partial(actions.lease, served=ALL, limit=self.chance.randint(1, 5), lease_s=LEASE_S, holder="a client")
        leased = await self.pipeline.server.units.run(0, take)
        now, outside = self.pipeline.clock.now(), self.outside
        for job in leased:
            assert outside.held.get(job.id, (0, now))[1] <= now, "nobody else has it"
            earlier = [other for other in outside.lines.get(job.line or "", []) if other < job.id]
            assert set(earlier) <= outside.over, "those before it are over"
            assert job.leased_until is not None
            outside.held[job.id] = job.lease, job.leased_until
        return leased

    async def acknowledge(self, job: LeasedJob, outcome: Outcome) -> str:
        """What the server says to that: the state, or the code of its refusal."""
        is_last = outcome is Outcome.FAILED and job.attempts >= TRIES_MAX
        is_ours = self.outside.held[job.id][0] == job.lease
        if is_ours and (outcome is not Outcome.FAILED or is_last):
            self.outside.over.add(job.id)
        if is_ours:
            self.outside.held[job.id] = job.lease, self.pipeline.clock.now()
        report = Report(job_id=job.id, lease=job.lease, outcome=outcome, note="a note")
        say = partial(actions.acknowledge, served=ALL, report=report, chance=Drawn(self.chance))
        try:
            told = [(await self.pipeline.server.units.run(0, say)).state for _ in range(self.chance.randint(1, 2))]
        except Refused as refused:
            return refused.code
        assert len(set(told)) == 1, "again is the same"
        return told[0]

    async def work(self) -> None:
        """One client takes some jobs and does them, until it dies, stalls or is done."""
        for job in await self.lease():
            fate = self.chance.choice(["done", "done", "done", "failed", "gone", "dies", "dies after", "stalls"])
            if fate == "dies":
                return
            if fate in {"done", "dies after", "stalls"}:
                self.outside.done[job.id] += 1
            if fate == "dies after":
                self.outside.excused[job.id] += 1
                return
            if fate == "stalls":
                self.stalled.append(job)
                continue
            assert await self.acknowledge(job, Outcome(fate)) in {"done", "ready", "dead"}

    async def wake(self) -> None:
        """Somebody who stalled says at last that he did his job."""
        while self.stalled:
            job = self.stalled.pop()
            is_ours = self.outside.held[job.id][0] == job.lease and job.id not in self.outside.over
            told = await self.acknowledge(job, Outcome.DONE)
            assert told == ("done" if is_ours else "job_lease_lost")
            if not is_ours:
                self.outside.excused[job.id] += 1

    async def bury(self) -> None:
        """Learn which jobs died without a word."""
        rows = await self.pipeline.read("SELECT id FROM job WHERE state IN ('dead', 'done')")
        self.outside.over |= {row["id"] for row in rows}

    async def step(self) -> None:
        deed = self.chance.choice(["add", "work", "work", "time", "wake"])
        if deed == "add":
            await self.add()
        elif deed == "time":
            self.pipeline.clock.pass_time(seconds=self.chance.choice([5, 30, LEASE_S + 1, 3_600]))
        elif deed == "wake":
            await self.wake()
        else:
            await self.refresh()
            await self.expire()
            await asyncio.gather(*(self.work() for _ in range(self.chance.randint(1, 4))))

    async def expire(self) -> None:
        """Have the silent dead buried first, so that what is behind them is known to be next."""
        take = partial(actions.lease, served=ALL, limit=1, lease_s=LEASE_S, holder="nobody")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(jobs, "lease_due", nothing)
            await self.pipeline.server.units.run(0, take)
        await self.bury()

    async def end(self) -> None:
        """One reliable client does what is left."""
        for _ in range(1_000):
            self.pipeline.clock.pass_time(seconds=3_600)
            await self.refresh()
            await self.expire()
            leased = await self.lease()
            for job in leased:
                self.outside.done[job.id] += 1
                assert await self.acknowledge(job, Outcome.DONE) == "done"
            [row] = await self.pipeline.read(
                "SELECT count(*) AS many FROM job WHERE state NOT IN ('done', 'dead') AND kind = 'test'"
            )
            if not row["many"]:
                return
        raise AssertionError("something is never handed out")


async def nothing(*_: object, **__: object) -> list[LeasedJob]:
    return []


@given(st.integers(0, 2**32))
@settings(QUIET, max_examples=EXAMPLES)
async def test_whatever_clients_do_every_job_is_done_in_order_and_once_unless_one_died_on_it(
    pipeline: Pipeline, seed: int
) -> None:
    # Not hypothesis' own chance: clients who work at the same time draw in an order that differs from run to run.
    town = Town(pipeline, Random(seed), [await pipeline.community(), await pipeline.community()])
    [before] = await pipeline.read("SELECT COALESCE(max(id), 0) AS id FROM job")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(actions, "ATTEMPTS_MAX", TRIES_MAX)
        for _ in range(30):
            await town.step()
        await town.end()
        await town.wake()
    rows = await pipeline.read(
        "SELECT id, state, outcome, attempts FROM job WHERE id > $1 AND kind = 'test'", before["id"]
    )
    for row in rows:
        times, excused = town.outside.done[row["id"]], town.outside.excused[row["id"]]
        assert times <= 1 + excused, "twice only where a client died or lost its lease on it"
        assert times >= 1 or row["outcome"] == "gone" or row["state"] == "dead", "nothing is lost"
        assert row["attempts"] <= TRIES_MAX
        assert row["state"] != "dead" or row["attempts"] == TRIES_MAX
