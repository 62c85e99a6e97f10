"""Very many rows are written and read page by page, by few statements, and a reader may stop before the end."""

from collections.abc import Generator, Sequence
from typing import Any

import pytest

from server.jobs.unit import Done, Scope
from server.ports import Tx
from tests.actions.pipeline import Pipeline

MANY = 9_000
TABLE, NAMES = "ticket_standing", ("community_id", "period_id", "viewer_id", "tickets")
READ = "SELECT viewer_id, tickets FROM ticket_standing WHERE period_id = $1 ORDER BY viewer_id"


def pages(size: int, fails_at: int = MANY) -> Generator[Sequence[tuple[Any, ...]], None, None]:
    """The rows of one period, so many at a time."""
    for start in range(0, MANY, size):
        if start >= fails_at:
            raise LookupError("There is no more.")
        yield [(1, 7, viewer, viewer * 3) for viewer in range(start, min(start + size, MANY))]


@pytest.mark.parametrize("size", [1_000, MANY])
async def test_rows_come_back_as_they_were_written_in_their_order(pipeline: Pipeline, size: int) -> None:
    community = await pipeline.community()

    async def write_and_read(tx: Tx, _: Scope) -> Done[list[list[tuple[int, int]]]]:
        await tx.load(TABLE, NAMES, pages(size))
        return Done([[(viewer, tickets) for viewer, tickets in page] async for page in tx.stream(READ, 4_000, 7)])

    found = await pipeline.server.units.run(community, write_and_read)
    assert list(map(len, found)) == [4_000, 4_000, 1_000]
    assert [row for page in found for row in page] == [(viewer, viewer * 3) for viewer in range(MANY)]


async def test_a_reader_that_has_seen_enough_leaves_the_transaction_as_it_was(pipeline: Pipeline) -> None:
    community = await pipeline.community()

    async def read_some(tx: Tx, _: Scope) -> Done[int]:
        await tx.load(TABLE, NAMES, pages(1_000))
        rows = tx.stream(READ, 10, 7)
        first = await anext(rows)
        await tx.execute("DELETE FROM ticket_standing WHERE period_id = $1 AND viewer_id > $2", 7, 99)
        await rows.aclose()
        return Done(len(first))

    assert await pipeline.server.units.run(community, read_some) == 10
    assert len(await pipeline.read(READ, 7)) == 100


async def test_pages_that_fail_leave_nothing_behind(pipeline: Pipeline) -> None:
    community = await pipeline.community()

    async def write(tx: Tx, _: Scope) -> Done[None]:
        await tx.load(TABLE, NAMES, pages(1_000, fails_at=5_000))
        return Done(None)

    with pytest.raises(LookupError, match="no more"):
        await pipeline.server.units.run(community, write)
    assert list(await pipeline.read(READ, 7)) == []
    assert await pipeline.server.units.run(community, nothing) is None


async def nothing(tx: Tx, _: Scope) -> Done[None]:
    await tx.fetch("SELECT 1")
    return Done(None)
