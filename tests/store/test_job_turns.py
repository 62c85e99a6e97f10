"""Each community has its turn when jobs are handed out, however much waits for the others."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from server.domain.instants import micros
from server.domain.jobs import Served
from server.store import jobs
from server.store.database import Database
from server.store.statements import Connection
from tests.database import START
from tests.store.test_jobs_plans import Noted

LATER = START + timedelta(days=1)
MINUTE = timedelta(minutes=1)
EVERYBODY = {
    "without a list": Served(audience="discord", only_bound=True),
    "with a list": Served(audience="discord", communities=frozenset({1, 2, 3})),
}
READS_ALL = re.compile(r"SCAN (job|w|l|j)\b|Seq Scan on job\b", re.MULTILINE)


async def waiting(tx: Connection, many: Mapping[int, int]) -> None:
    """So many jobs wait for each community, those of a later one always younger."""
    for community, count in many.items():
        numbers = (
            f"SELECT generate_series(1, {count}) AS n"
            if tx.dialect == "postgres"
            else f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n FROM s"
        )
        await tx.execute(
            "INSERT INTO community (id, slug, name, timezone, created_at) VALUES ($1, $2, $2, 'UTC', 0)",
            community,
            f"c{community}",
        )
        await tx.execute(
            "INSERT INTO guild (community_id, external_id, name, bound_by, bound_at) VALUES ($1, $2, 'g', 'x', 0)",
            community,
            str(community),
        )
        await tx.execute(
            "INSERT INTO job (community_id, audience, kind, key, payload, state, attempts, run_at, lease, created_at) "
            f"SELECT CAST($1 AS BIGINT), 'discord', 'test', 'job {community} ' || n, '{{}}', 'ready', 0, "
            f"CAST($2 AS BIGINT) + n, 0, 0 FROM ({numbers}) AS made",
            community,
            micros(START) + community * 1_000_000,
        )


async def taken(tx: Any, served: Served, limit: int) -> Counter[int | None]:
    """How many jobs of each community are handed out next."""
    leased = await jobs.lease_due(tx, served, LATER, MINUTE, limit, "bot")
    assert len({job.id for job in leased}) == len(leased)
    return Counter(job.community_id for job in leased)


@pytest.mark.parametrize("name", EVERYBODY)
async def test_thousands_of_one_community_do_not_hold_up_the_single_job_of_another(
    database: Database, name: str
) -> None:
    tx, served = database.writer(), EVERYBODY[name]
    await waiting(tx, {1: 5_000, 2: 40, 3: 1})
    assert await taken(tx, served, 10) == {1: 5, 2: 4, 3: 1}
    assert await taken(tx, served, 10) == {1: 5, 2: 5}, "and both have as many now"
    assert await taken(tx, served, 100) == {1: 69, 2: 31}, "nobody waits while there is nothing else to do"
    assert await taken(tx, served, 60) == {1: 60}


async def test_what_is_handed_out_and_not_ended_counts(database: Database) -> None:
    tx, served = database.writer(), EVERYBODY["with a list"]
    await waiting(tx, {1: 500, 2: 500})
    alone = Served(audience="discord", communities=frozenset({1}))
    assert await taken(tx, alone, 20) == {1: 20}
    assert await taken(tx, served, 10) == {2: 10}
    assert await taken(tx, served, 14) == {1: 2, 2: 12}


async def test_of_one_community_the_oldest_come_first(database: Database) -> None:
    tx = database.writer()
    await waiting(tx, {1: 60, 2: 60})
    leased = await jobs.lease_due(tx, EVERYBODY["without a list"], LATER, MINUTE, 100, "bot")
    for community in (1, 2):
        keys = [job.key for job in leased if job.community_id == community]
        assert keys == [f"job {community} {n}" for n in range(1, 51)]


@pytest.mark.timeout(120)
async def test_a_turn_costs_the_same_however_many_wait(database: Database) -> None:
    await waiting(database.writer(), {number: 60_000 if number == 1 else 300 for number in range(1, 101)})
    await database.writer().execute("ANALYZE")
    for name, served in EVERYBODY.items():
        noted: Any = Noted(database.writer())
        await taken(noted, served, 50)
        plans = await noted.plans()
        assert "job_of_community" in plans
        assert not READS_ALL.search(plans), f"{name}:\n{plans}"
