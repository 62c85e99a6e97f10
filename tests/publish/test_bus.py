"""What every bus promises, shown on all three."""

import asyncio
import gc
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass

import pytest

from server import ports
from server.publish.memory import MemoryBus
from server.publish.postgres import PostgresBus
from server.publish.redis import RedisBus
from server.publish.relay import RelayBus

AT_ONCE_S = 0.1
SOON_S = 0.5
POKES = 10_000


@dataclass(frozen=True)
class Pair:
    """A bus as two processes hold it; in memory there is only one process."""

    here: MemoryBus | RelayBus
    there: MemoryBus | RelayBus


@pytest.fixture(params=["memory", "postgres", "redis"])
def kind(request: pytest.FixtureRequest) -> tuple[type[PostgresBus | RedisBus], str] | None:
    if request.param == "memory":
        return None
    url = request.getfixturevalue(f"{request.param}_url")
    return (PostgresBus if request.param == "postgres" else RedisBus), url


@pytest.fixture
async def pair(
    kind: tuple[type[PostgresBus | RedisBus], str] | None, connected: Callable[..., Awaitable[None]]
) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        if kind is None:
            bus = await stack.enter_async_context(MemoryBus())
            yield Pair(bus, bus)
            return
        make, url = kind
        here = await stack.enter_async_context(make(url, secrets.token_hex(8)))
        there = await stack.enter_async_context(make(url, secrets.token_hex(8)))
        await connected(here, there)
        yield Pair(here, there)


async def next_within(listener: AsyncGenerator[None], seconds: float) -> bool:
    """Whether the listener woke; one that did not is ended by the waiting."""
    waiting = asyncio.ensure_future(anext(listener))
    done, _ = await asyncio.wait((waiting,), timeout=seconds)
    if done:
        await waiting
        return True
    waiting.cancel()
    await asyncio.wait((waiting,))
    return False


def listeners(bus: MemoryBus | RelayBus) -> dict[str, set[asyncio.Event]]:
    return (bus if isinstance(bus, MemoryBus) else bus._local)._listeners


def test_every_bus_is_the_bus_of_the_ports() -> None:
    """The type checker holds the same; this line makes it look."""
    buses: list[ports.Bus] = [MemoryBus(), PostgresBus("postgres://", "a"), RedisBus("redis://", "a")]
    assert len(buses) == 3


async def test_a_listener_looks_once_at_once(pair: Pair, topic: str) -> None:
    async with aclosing(pair.there.listen(topic)) as listener:
        assert await next_within(listener, AT_ONCE_S)


async def test_a_poke_wakes_a_listener_of_another_process(pair: Pair, topic: str) -> None:
    async with aclosing(pair.there.listen(topic)) as listener:
        await anext(listener)
        pair.here.poke(topic)
        assert await next_within(listener, SOON_S)


async def test_a_poke_wakes_every_listener_of_its_own_process_at_once(pair: Pair, topic: str) -> None:
    async with aclosing(pair.here.listen(topic)) as first, aclosing(pair.here.listen(topic)) as second:
        await anext(first)
        await anext(second)
        pair.here.poke(topic)
        assert await next_within(first, AT_ONCE_S)
        assert await next_within(second, AT_ONCE_S)


async def test_a_poke_of_another_topic_wakes_nobody(pair: Pair, topic: str) -> None:
    async with aclosing(pair.there.listen(topic)) as listener:
        await anext(listener)
        pair.here.poke(f"{topic}-other")
        assert not await next_within(listener, SOON_S)


async def test_a_listener_looks_once_a_second_without_a_poke(pair: Pair, topic: str) -> None:
    loop = asyncio.get_running_loop()
    async with aclosing(pair.there.listen(topic)) as listener:
        await anext(listener)
        began = loop.time()
        await anext(listener)
        await anext(listener)
        assert loop.time() - began >= 1.9


async def test_ten_thousand_pokes_wake_a_listener_a_few_times_only(pair: Pair, topic: str) -> None:
    async with aclosing(pair.there.listen(topic)) as listener:
        await anext(listener)
        for _ in range(POKES):
            pair.here.poke(topic)
        wakes = 0
        while await next_within(listener, SOON_S):
            wakes += 1
        assert 1 <= wakes <= 3


async def test_pokes_while_a_listener_is_busy_make_it_look_once_more(pair: Pair, topic: str) -> None:
    async with aclosing(pair.here.listen(topic)) as listener:
        await anext(listener)
        pair.here.poke(topic)
        pair.here.poke(topic)
        assert await next_within(listener, AT_ONCE_S)
        assert not await next_within(listener, AT_ONCE_S)


async def test_a_closed_listener_leaves_nothing_behind(pair: Pair, topic: str) -> None:
    listener = pair.here.listen(topic)
    await anext(listener)
    assert topic in listeners(pair.here)
    await listener.aclose()
    assert topic not in listeners(pair.here)


async def test_an_abandoned_listener_leaves_nothing_behind(pair: Pair, topic: str) -> None:
    async for _ in pair.here.listen(topic):
        break
    gc.collect()
    await asyncio.sleep(0.05)
    assert topic not in listeners(pair.here)


async def test_a_cancelled_listener_leaves_nothing_behind(pair: Pair, topic: str) -> None:
    async def follow() -> None:
        async with aclosing(pair.here.listen(topic)) as listener:
            async for _ in listener:
                pass

    task = asyncio.create_task(follow())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait((task,))
    assert topic not in listeners(pair.here)


async def test_closing_the_bus_ends_its_listeners(pair: Pair, topic: str) -> None:
    looks = 0

    async def follow() -> None:
        nonlocal looks
        async for _ in pair.there.listen(topic):
            looks += 1

    task = asyncio.create_task(follow())
    await asyncio.sleep(0.05)
    await pair.there.close()
    async with asyncio.timeout(SOON_S):
        await task
    assert looks == 1
    assert listeners(pair.there) == {}


async def test_a_poke_after_the_end_is_harmless(pair: Pair, topic: str) -> None:
    await pair.here.close()
    pair.here.poke(topic)
    assert [look async for look in pair.here.listen(topic)] == []
