"""Ledgers are appended to; the database itself refuses to edit or delete."""

import pytest

from server.jobs.unit import Done, Scope
from server.ports import Tx
from tests.actions.pipeline import Pipeline
from tests.database import POSTGRES_URL

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
