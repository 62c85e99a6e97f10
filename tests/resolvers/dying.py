"""Jobs that gave up, and alerts of that, put there without the tries."""

from itertools import count

from server.domain.alerts import dead_jobs
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.running import Server
from server.schema.ids import id_of
from server.store import alerts, jobs
from server.store.jobs import NewJob

KEYS = count(1)


async def dead_job(server: Server, community_id: int) -> int:
    """A dead job of a community; its number."""

    async def make(tx: Tx, scope: Scope) -> Done[int]:
        key = f"dead {next(KEYS)}"
        job = NewJob(kind="test.dead", key=key, payload={}, run_at=scope.now, community_id=community_id)
        await jobs.add(tx, [job], scope.now)
        rows = await tx.fetch("UPDATE job SET state = 'dead', attempts = 10 WHERE key = $1 RETURNING id", key)
        return Done(rows[0]["id"])

    return await server.units.run(community_id, make)


async def alert_of(server: Server, community_id: int) -> str:
    """An open alert of a community; its id."""

    async def make(tx: Tx, scope: Scope) -> Done[str]:
        [opened] = await alerts.raise_new(tx, [dead_jobs(community_id, "test.died", 1)], scope.now)
        return Done(id_of("alert", opened.id))

    return await server.units.run(community_id, make)
