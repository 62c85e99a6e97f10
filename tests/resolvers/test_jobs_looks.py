"""However many listen for jobs, the database is asked once for all of them, and a lost wake-up costs a second."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Any

import pytest

from server.store import job_records
from tests.graph import Graph
from tests.resolvers.test_jobs import add, bot, bound, overlay

LISTENERS = 40


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the database was asked for, look by look."""
    found: list[Any] = []
    ask = job_records.waiting

    async def counted(reader: Any, served: Any, now: Any) -> Any:
        found.append(served)
        return await ask(reader, served, now)

    monkeypatch.setattr(job_records, "waiting", counted)
    return found


async def opened(stack: AsyncExitStack, hints: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    stream = await stack.enter_async_context(aclosing(hints))
    assert (await anext(stream))["count"] == 0
    return stream


async def until_it_ends(stream: AsyncGenerator[Any, None]) -> None:
    async for _ in stream:
        pass


async def test_one_look_serves_everybody_who_listens_to_the_same(graph: Graph, asked: list[Any]) -> None:
    house, den = await bound(graph), await graph.live.community("den", "100002")
    async with AsyncExitStack() as stack, asyncio.timeout(30):
        same = [await opened(stack, bot(graph).hints()) for _ in range(LISTENERS)]
        other = await opened(stack, overlay(graph, den, "main").hints("OVERLAY"))
        assert len(graph.server.services.looks) == 2
        asked.clear()
        started_s = asyncio.get_running_loop().time()
        await add(graph, house, "a")
        told = await asyncio.gather(*map(anext, same))
        assert [one["count"] for one in told] == [1] * LISTENERS
        await asyncio.sleep(2)
        passed_s = asyncio.get_running_loop().time() - started_s
        assert 2 <= len(asked) <= 2 * (4 * passed_s + 2), "two looks, each at most four times a second"
        assert len(asked) < LISTENERS
        alike: dict[str, Any] = {"audience": "overlay", "overlay": "main", "kind": "alert_shown"}
        await add(graph, den, "b", **alike)
        assert (await anext(other))["count"] == 1
    assert len(graph.server.services.looks) == 0, "a look ends with the last who listens"
    asked.clear()
    await asyncio.sleep(1.5)
    assert asked == []


async def test_a_lost_wake_up_costs_a_second_and_no_more(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await bound(graph)
    async with AsyncExitStack() as stack, asyncio.timeout(20):
        streams = [await opened(stack, bot(graph).hints()) for _ in range(3)]
        monkeypatch.setattr(type(graph.server.bus), "poke", lambda *_: None)
        await add(graph, house, "a")
        async with asyncio.timeout(2.5):
            assert [one["count"] for one in await asyncio.gather(*map(anext, streams))] == [1] * 3


async def test_who_comes_later_is_told_at_once_and_a_fault_ends_it_for_all_but_not_for_ever(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bound(graph)
    looks, served = graph.server.services.looks, None
    ask = job_records.waiting

    async def failing(reader: Any, given: Any, now: Any) -> Any:
        nonlocal served
        served = given
        if is_broken:
            raise LookupError("a bug of ours")
        return await ask(reader, given, now)

    is_broken = False
    monkeypatch.setattr(job_records, "waiting", failing)
    async with AsyncExitStack() as stack, asyncio.timeout(20):
        await opened(stack, bot(graph).hints())
        assert served is not None
        listeners = [await stack.enter_async_context(aclosing(looks.listen(served))) for _ in range(3)]
        async with asyncio.timeout(0.2):
            assert [(await anext(one)).waiting.count for one in listeners] == [0] * 3
        is_broken = True
        for one in listeners:
            with pytest.raises(LookupError, match="a bug of ours"):
                await until_it_ends(one)
        is_broken = False
        await opened(stack, bot(graph).hints())
