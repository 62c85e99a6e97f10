"""What everybody wrote is read part by part: in order, each message once, no part larger than asked for."""

from itertools import chain

import pytest

from server.domain.watchtime.values import Message
from server.jobs.unit import Done, Scope
from server.ports import Reader, Tx
from server.store import watchtime
from tests.actions.pipeline import Pipeline

# Several accounts and several texts at one instant, more than fit one part.
WRITTEN = [Message(at, account, 1, digest) for at in (5, 10, 11, 20) for account in (1, 2, 3) for digest in (-7, 8)]


@pytest.fixture
async def reader(pipeline: Pipeline) -> Reader:
    async def write(tx: Tx, _: Scope) -> Done[None]:
        await watchtime.add_evidence(tx, [*WRITTEN, Message(10, 1, 2, 1)])
        return Done(None)

    await pipeline.server.units.run(0, write)
    return pipeline.server.database.reader()


async def parts(reader: Reader, since: int, until: int, size: int) -> list[list[Message]]:
    return [part async for part in watchtime.evidence_in_parts(reader, 1, since, until, size)]


@pytest.mark.parametrize("size", [1, 4, 5, 24, 100])
async def test_parts_are_in_order_and_leave_nothing_out(reader: Reader, size: int) -> None:
    found = await parts(reader, 0, 100, size)
    assert [*chain.from_iterable(found)] == WRITTEN
    assert {len(part) for part in found[:-1]} <= {size}


async def test_the_bounds_are_left_out(reader: Reader) -> None:
    assert {message.at for part in await parts(reader, 5, 20, 4) for message in part} == {10, 11}
    assert await parts(reader, 20, 20, 4) == []
