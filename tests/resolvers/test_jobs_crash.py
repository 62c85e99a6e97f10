"""Killed at any instruction, a server hands a job out again after its lease, and never one that was acknowledged."""

from pathlib import Path
from typing import Any

import pytest

from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import jobs
from server.store.jobs import NewJob
from tests.actions.pipeline import pipeline_on
from tests.database import FrozenClock, fresh_url
from tests.lives import Driver, driver
from tests.resolvers.jobs_driver import HOUSE, LEASE_S

DRIVER = "tests.resolvers.jobs_driver"
CAUSES = ["first", "second"]
STATEMENTS_MIN = 12


async def life(crashing: Driver, url: str, *, passed_s: int = 0, kill_at: int = 0, behind: str = "") -> dict[str, Any]:
    """What the client of one life heard."""
    heard = await crashing.life(url=url, passed_s=passed_s, kill_at=kill_at, behind=behind)
    told: dict[str, Any] = dict(heard)
    told["leased"] = {job["cause"]: job["attempts"] for job in told.get("leased", [])}
    told["acknowledged"] = [one["cause"] for what, one in heard if what == "acknowledged"]
    assert all(one["state"] == "DONE" for what, one in heard if what == "acknowledged")
    return told


async def furnish(url: str) -> None:
    """A community with two jobs for its Discord bot."""
    async with pipeline_on(url, FrozenClock()) as pipeline:
        assert await pipeline.community() == HOUSE.id

        async def add(tx: Tx, scope: Scope) -> Done[int]:
            alike: dict[str, Any] = {"kind": "test", "payload": {}, "audience": "discord"}
            made = [NewJob(key=key, run_at=scope.now, community_id=HOUSE.id, **alike) for key in CAUSES]
            return Done(await jobs.add(tx, made, scope.now))

        await pipeline.server.units.run(HOUSE.id, add)


async def states(url: str) -> dict[str, str]:
    async with pipeline_on(url, FrozenClock()) as pipeline:
        return {row["key"]: row["state"] for row in await pipeline.read("SELECT key, state FROM job ORDER BY id")}


async def lived_on(crashing: Driver, url: str, died: dict[str, Any]) -> dict[str, Any]:
    """What is handed out after a death: nothing while the lease lasts, and all the rest, once, when it is over."""
    assert died["ended"] == "killed"
    done = [cause for cause, state in (await states(url)).items() if state == "done"]
    assert set(died["acknowledged"]) <= set(done), "an answer is given after the commit"
    during = await life(crashing, url, passed_s=LEASE_S - 1)
    assert not during["leased"].keys() & died["leased"].keys(), "nobody else has what is leased"
    after = await life(crashing, url, passed_s=LEASE_S + 1)
    handed_out = [*during["leased"], *after["leased"]]
    assert sorted([*done, *handed_out]) == sorted(CAUSES), "what was acknowledged never, everything else once"
    assert await states(url) == dict.fromkeys(CAUSES, "done")
    assert (await life(crashing, url, passed_s=LEASE_S * 100))["leased"] == {}
    return after


@pytest.mark.crash
@pytest.mark.timeout(300)
async def test_killed_at_every_statement_of_leasing_and_acknowledging(migrated: str, tmp_path: Path) -> None:
    with driver(DRIVER) as crashing:
        async with fresh_url(migrated, tmp_path) as url:
            await furnish(url)
            whole = await life(crashing, url)
        assert whole["acknowledged"] == CAUSES
        assert whole["statements"] >= STATEMENTS_MIN
        for kill_at in range(1, whole["statements"] + 1):
            async with fresh_url(migrated, tmp_path) as url:
                await furnish(url)
                await lived_on(crashing, url, await life(crashing, url, kill_at=kill_at))


@pytest.mark.timeout(60)
async def test_killed_between_handing_out_and_hearing_of_it(database_url: str) -> None:
    await furnish(database_url)
    with driver(DRIVER) as crashing:
        died = await life(crashing, database_url, behind="leaseJobs")
        assert died["leased"] == {}, "the client never heard what it was given"
        after = await lived_on(crashing, database_url, died)
    assert after["leased"] == dict.fromkeys(CAUSES, 2)


@pytest.mark.timeout(60)
async def test_killed_between_the_commit_of_an_acknowledgement_and_its_answer(database_url: str) -> None:
    await furnish(database_url)
    with driver(DRIVER) as crashing:
        died = await life(crashing, database_url, behind="acknowledgeJob")
        assert (died["leased"], died["acknowledged"]) == (dict.fromkeys(CAUSES, 1), [])
        assert await states(database_url) == {"first": "done", "second": "leased"}
        after = await lived_on(crashing, database_url, died)
    assert after["leased"] == {"second": 2}
