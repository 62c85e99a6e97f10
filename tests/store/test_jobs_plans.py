"""Taking a few jobs costs the same, however many wait: both engines find them by an index."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from server.domain.instants import micros
from server.domain.jobs import Served
from server.store import job_records, jobs
from server.store.database import Database
from server.store.statements import Connection
from tests.database import START

MANY, COMMUNITIES = 100_000, 20
SERVED = {
    "a bot without a list": Served(audience="discord", only_bound=True),
    "a bot with a list": Served(audience="discord", communities=frozenset(range(1, 11))),
    "a bot of one community": Served(audience="discord", communities=frozenset({7})),
    "an overlay": Served(audience="overlay", communities=frozenset({7}), overlay="main"),
    "the server": Served(audience="server"),
}
AT_ONCE = 50
QUIET = COMMUNITIES + 1
"""A community of the same installation for which next to nothing waits."""
READS_ALL = re.compile(r"^SCAN job\b|Seq Scan on job\b", re.MULTILINE)


async def furnish(tx: Connection) -> None:
    """A hundred thousand jobs of three audiences that wait, in twenty communities that a Discord server is bound to.

    And three jobs of a community where little happens.
    """
    numbers = (
        f"SELECT generate_series(1, {MANY}) AS n"
        if tx.dialect == "postgres"
        else f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {MANY}) SELECT n FROM s"
    )
    for number in range(1, QUIET + 1):
        await tx.execute(
            "INSERT INTO community (id, slug, name, timezone, created_at) VALUES ($1, $2, $2, 'UTC', 0)",
            number,
            f"c{number}",
        )
        await tx.execute(
            "INSERT INTO guild (community_id, external_id, name, bound_by, bound_at) VALUES ($1, $2, 'g', 'x', 0)",
            number,
            str(number),
        )
    for key, audience in (("quiet 1", "discord"), ("quiet 2", "discord"), ("quiet 3", "overlay")):
        await tx.execute(
            "INSERT INTO job (community_id, audience, kind, key, payload, state, attempts, run_at, lease, created_at, "
            "overlay) VALUES ($1, $2, 'test', $3, '{}', 'ready', 0, $4, 0, $4, 'main')",
            QUIET,
            audience,
            key,
            micros(START),
        )
    await tx.execute(
        "INSERT INTO job (community_id, audience, kind, key, payload, state, attempts, run_at, lease, created_at, "
        f"overlay) SELECT 1 + n % {COMMUNITIES}, CASE n % 3 WHEN 0 THEN 'server' WHEN 1 THEN 'discord' ELSE 'overlay' "
        "END, 'test', 'job ' || n, '{}', 'ready', 0, CAST($1 AS BIGINT) + n, 0, CAST($1 AS BIGINT), "
        "CASE n % 3 WHEN 2 THEN 'main' END "
        f"FROM ({numbers}) AS made",
        micros(START),
    )


@dataclass
class Noted:
    """A connection that notes what it is asked."""

    inside: Connection
    asked: list[tuple[str, tuple[object, ...]]] = field(default_factory=list[tuple[str, tuple[object, ...]]])

    @property
    def dialect(self) -> str:
        return self.inside.dialect

    async def fetch(self, sql: str, *values: object) -> Any:
        self.asked.append((sql, values))
        return await self.inside.fetch(sql, *values)

    async def plans(self) -> str:
        """How the engine means to carry out what was asked."""
        explain = "EXPLAIN" if self.dialect == "postgres" else "EXPLAIN QUERY PLAN"
        lines: list[str] = []
        for sql, values in self.asked:
            lines += [str(row[-1]) for row in await self.inside.fetch(f"{explain} {sql}", *values)]
        return "\n".join(lines)


@pytest.fixture
async def full(database: Database) -> Database:
    """A database in which very many jobs wait, and whose engine knows it."""
    await furnish(database.writer())
    await database.writer().execute("ANALYZE")
    return database


@pytest.mark.timeout(120)
async def test_whoever_leases_finds_his_jobs_by_an_index(full: Database) -> None:
    later = START + timedelta(days=1)
    for name, served in SERVED.items():
        noted: Any = Noted(full.writer())
        leased = await jobs.lease_due(noted, served, later, timedelta(minutes=1), AT_ONCE)
        assert len(leased) == AT_ONCE
        await job_records.exhausted(noted, served, later, 15)
        plans = await noted.plans()
        assert re.search("job_due|job_of_overlay|job_of_community", plans), name
        assert not READS_ALL.search(plans), f"{name}:\n{plans}"


QUIETLY = {
    "a bot of a quiet community": (Served(audience="discord", communities=frozenset({QUIET})), 2),
    "a bot of a quiet community, without a list": (
        Served(audience="discord", communities=frozenset({QUIET}), only_bound=True),
        2,
    ),
    "an overlay of a quiet community": (Served(audience="overlay", communities=frozenset({QUIET}), overlay="main"), 1),
    "a community that is not there": (Served(audience="discord", communities=frozenset({QUIET + 1})), 0),
}
READS_EVERYBODYS = re.compile(
    READS_ALL.pattern + r"|job_due (\(audience=\? AND state=\? AND run_at|[^\n]*\n[^\n]*'ready')"
)
"""Walking along all communities' waiting jobs until one's own turn up among the hundred thousand."""


@pytest.mark.timeout(120)
async def test_a_quiet_community_pays_nothing_for_what_waits_for_the_others(full: Database) -> None:
    later = START + timedelta(days=1)
    for name, (served, many) in QUIETLY.items():
        noted: Any = Noted(full.writer())
        assert (await job_records.waiting(noted, served, later)).count == many, name
        assert await job_records.counts(noted, QUIET) == {"ready": 3}
        assert len(await jobs.lease_due(noted, served, later, timedelta(minutes=1), AT_ONCE)) == many
        await job_records.exhausted(noted, served, later, 15)
        plans = await noted.plans()
        assert not READS_EVERYBODYS.search(plans), f"{name}:\n{plans}"
        await full.writer().execute("UPDATE job SET state = 'ready', leased_until = NULL WHERE state = 'leased'")
