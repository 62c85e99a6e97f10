"""Ledgers are appended to; the database itself refuses to edit or delete."""

import pytest

from server.domain.instants import DAY, micros
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.system import SystemClock
from tests.actions.pipeline import Pipeline
from tests.database import POSTGRES_URL

# By the clock of the machine, which the database looks at.
NOW = micros(SystemClock().now())
ROWS = {
    "watch_adjustment": (
        "INSERT INTO watch_adjustment (community_id, account_id, amount_us, reason, actor, source_key, at) "
        "VALUES ($1, 1, 1, 'r', 'a', 'k', 0) RETURNING id"
    ),
    "setting_version": (
        "INSERT INTO setting_version (community_id, capability, effective_from, data, actor, created_at) "
        "VALUES ($1, 'watchtime', 0, '{}', 'a', 0) RETURNING id"
    ),
    "link_event": (
        "INSERT INTO link_event (community_id, viewer_id, account_id, kind, cause, actor, reason, at) "
        "VALUES ($1, 1, 1, 'linked', 'staff', 'a', 'r', 0) RETURNING id"
    ),
    "audit_event": (
        "INSERT INTO audit_event (community_id, at, actor_kind, actor, action, target_kind, target_id) "
        f"VALUES ($1, {NOW}, 'owner', 'a', 'x.y', 'viewer', '1') RETURNING id"
    ),
    "slot_pick": (
        "INSERT INTO slot_pick (community_id, call_id, method, candidates, actor, at) "
        "VALUES ($1, 1, 'oldest', '[1]', 'a', 0) RETURNING id"
    ),
}
# SQLite has no TRUNCATE.
CHANGES = ["UPDATE {} SET actor = 'b'", "DELETE FROM {}", *([] if POSTGRES_URL is None else ["TRUNCATE {}"])]


@pytest.mark.parametrize("table", sorted(ROWS))
@pytest.mark.parametrize("change", CHANGES)
async def test_a_ledger_refuses_to_be_changed(pipeline: Pipeline, table: str, change: str) -> None:
    community = await pipeline.community()
    await pipeline.write(ROWS[table], community)

    async def meddle(tx: Tx, _: Scope) -> Done[int]:
        return Done(await tx.execute(change.format(table)))

    with pytest.raises(Exception, match="append-only"):
        await pipeline.server.units.run(community, meddle)
    [row] = await pipeline.read(f"SELECT actor FROM {table}")
    assert row["actor"] == "a"


@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
async def test_a_line_of_the_audit_log_goes_only_after_thirty_days(pipeline: Pipeline, days: int, left: int) -> None:
    old = ROWS["audit_event"].replace(str(NOW), str(NOW - days * DAY))
    await pipeline.write(old, await pipeline.community())

    async def forget(tx: Tx, _: Scope) -> Done[int]:
        return Done(await tx.execute("DELETE FROM audit_event"))

    if left:
        with pytest.raises(Exception, match="append-only"):
            await pipeline.server.units.run(0, forget)
    else:
        assert await pipeline.server.units.run(0, forget) == 1
    [row] = await pipeline.read("SELECT count(*) AS many FROM audit_event")
    assert row["many"] == left
