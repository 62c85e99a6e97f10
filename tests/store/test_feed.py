"""The feed: every cursor once, in order, whatever commits at the same time; a gap is told."""

import asyncio
import random

import pytest

from server.events.watchtime import WatchTimeChanged
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import feed
from tests.actions.pipeline import Pipeline

WRITERS, TURNS = 8, 25


async def announce(pipeline: Pipeline, community: int, entries: int, pause_s: float = 0) -> None:
    async def happen(*_: object) -> Done[None]:
        await asyncio.sleep(pause_s)
        return Done(None, [WatchTimeChanged(balances={number: number}) for number in range(entries)])

    await pipeline.server.units.run(community, happen)


async def test_a_reader_during_concurrent_commits_sees_every_cursor_once_and_in_order(pipeline: Pipeline) -> None:
    community, other = await pipeline.community(), await pipeline.community()
    chance = random.Random(5)
    sizes = [chance.randint(1, 3) for _ in range(WRITERS * TURNS)]

    async def write(turns: list[int]) -> None:
        for entries in turns:
            await announce(pipeline, community, entries, pause_s=chance.random() * 0.003)
            await announce(pipeline, other, 1)

    seen: list[int] = []

    async def follow() -> None:
        while len(seen) < sum(sizes):
            page = await feed.read(pipeline.server.database.reader(), community, seen[-1] if seen else 0, 20)
            assert not page.gap
            seen.extend(item.cursor for item in page.items)
            await asyncio.sleep(0)

    writers = [write(sizes[n::WRITERS]) for n in range(WRITERS)]
    await asyncio.wait_for(asyncio.gather(follow(), *writers), 30)
    assert seen == list(range(1, sum(sizes) + 1))
    last = await feed.read(pipeline.server.database.reader(), other, 0, 1_000)
    assert [item.cursor for item in last.items] == list(range(1, WRITERS * TURNS + 1))


async def test_a_unit_that_fails_leaves_no_hole(pipeline: Pipeline) -> None:
    community = await pipeline.community()
    await announce(pipeline, community, 2)

    async def fail(tx: Tx, scope: Scope) -> Done[None]:
        await feed.append(tx, community, [("watchtime.changed", {})], scope.now)
        raise ValueError("after the cursor was taken")

    with pytest.raises(ValueError, match="after the cursor"):
        await pipeline.server.units.run(community, fail)
    await announce(pipeline, community, 1)
    page = await feed.read(pipeline.server.database.reader(), community, 0, 10)
    assert [item.cursor for item in page.items] == [1, 2, 3]


async def test_what_was_forgotten_is_told_as_a_gap(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "TRIM_MAX", 4)
    community = await pipeline.community()
    await announce(pipeline, community, 6)
    pipeline.clock.pass_time(days=8)
    await announce(pipeline, community, 3)
    limit = pipeline.clock.now().replace(hour=0)

    async def trim(tx: Tx, _: Scope) -> Done[int]:
        return Done(await feed.trim(tx, community, limit))

    assert [await pipeline.server.units.run(community, trim) for _ in range(3)] == [4, 2, 0]
    reader = pipeline.server.database.reader()
    for after, cursors, gap in ((0, [7, 8, 9], True), (5, [7, 8, 9], True), (6, [7, 8, 9], False), (9, [], False)):
        page = await feed.read(reader, community, after, 10)
        assert ([item.cursor for item in page.items], page.gap, page.head) == (cursors, gap, 9)
    assert (await feed.read(reader, community, 10, 10)).gap, "a cursor that was never given"
    await announce(pipeline, community, 1)
    assert [item.cursor for item in (await feed.read(reader, community, 9, 10)).items] == [10]
