"""Buckets, the same whoever keeps them: in process, and in Redis."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from server.domain.limits import Limit, Taken
from server.ports import Limiter
from server.publish.limits_memory import MemoryLimiter
from server.publish.limits_redis import RedisLimiter
from server.system import SystemClock
from tests.hands import Hands

LIMIT = Limit("tried", 10, 1.0)
Wait = Callable[..., Awaitable[None]]


@dataclass
class Kept:
    """A limiter, and how to let time pass for it."""

    limiter: Limiter
    wait: Callable[[float], Awaitable[None]]


@pytest.fixture(params=["memory", "redis"])
def url(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "memory" else request.getfixturevalue("redis_url")


@pytest.fixture
async def kept(url: str | None) -> AsyncGenerator[Kept, None]:
    if url is not None:
        async with RedisLimiter(url, secrets.token_hex(8), SystemClock(), timeout_s=5) as limiter:
            yield Kept(limiter, asyncio.sleep)
        return
    clock = Hands()

    async def wait(seconds: float) -> None:
        clock.seconds += seconds

    yield Kept(MemoryLimiter(clock), wait)


async def taken(limiter: Limiter, key: str = "one", tries: int = 20, limit: Limit = LIMIT) -> list[Taken]:
    return [await limiter.take(key, 1, limit) for _ in range(tries)]


async def test_a_full_bucket_gives_its_capacity_and_then_says_how_long_to_wait(kept: Kept) -> None:
    answers = await taken(kept.limiter, limit=Limit("tried", 10, 1000.0))
    assert [answer.is_refused for answer in answers] == [False] * 10 + [True] * 10
    assert [answer.remaining for answer in answers[:10]] == list(range(9, -1, -1))
    assert answers[-1].wait_s == 100


async def test_after_the_told_time_the_same_is_granted_and_no_more(kept: Kept) -> None:
    *_, last = await taken(kept.limiter)
    assert last.is_refused
    await kept.wait(last.retry_after_s)
    assert not (await kept.limiter.take("one", 1, LIMIT)).is_refused


async def test_what_is_refused_costs_nothing(kept: Kept) -> None:
    limit = Limit("tried", 10, 1000.0)
    assert not (await kept.limiter.take("one", 8, limit)).is_refused
    assert (await kept.limiter.take("one", 5, limit)).is_refused
    assert not (await kept.limiter.take("one", 2, limit)).is_refused


async def test_more_than_the_bucket_holds_empties_a_full_one(kept: Kept) -> None:
    limit = Limit("tried", 10, 1000.0)
    assert not (await kept.limiter.take("one", 50, limit)).is_refused
    assert (await kept.limiter.take("one", 1, limit)).wait_s == 100


async def test_keys_and_limits_do_not_touch_each_other(kept: Kept) -> None:
    await taken(kept.limiter, "one")
    assert not (await kept.limiter.take("two", 10, LIMIT)).is_refused
    assert not (await kept.limiter.take("one", 10, Limit("other", 10, 1.0))).is_refused


async def test_what_is_taken_at_once_and_what_is_taken_by_asking_are_one_bucket(kept: Kept) -> None:
    limit = Limit("tried", 10, 1000.0)
    assert not kept.limiter.take_now("one", 6, limit).is_refused
    await asyncio.sleep(1.0)
    assert (await kept.limiter.take("one", 5, limit)).is_refused
    assert not (await kept.limiter.take("one", 4, limit)).is_refused
    assert kept.limiter.take_now("one", 1, limit).is_refused


async def test_looking_takes_nothing(kept: Kept) -> None:
    limit = Limit("tried", 1, 1000.0)
    assert not any(kept.limiter.look("one", limit).is_refused for _ in range(5))
    assert not (await kept.limiter.take("one", 1, limit)).is_refused
    assert kept.limiter.look("one", limit).wait_s == 1000


@pytest.mark.parametrize("key", ["", "ü\n\x00", "\ud800", "x" * 10_000])
async def test_any_key_is_a_key(kept: Kept, key: str) -> None:
    assert not (await kept.limiter.take(key, 10, LIMIT)).is_refused
    assert (await kept.limiter.take(key, 1, Limit("tried", 10, 1000.0))).is_refused


Steps = st.lists(st.tuples(st.integers(1, 60), st.floats(0, 20)), max_size=60)


@given(Steps, st.integers(1, 60), st.floats(0.01, 100))
def test_no_window_ever_gives_more_than_the_capacity_and_what_came_back(
    steps: list[tuple[int, float]], capacity: int, period_s: float
) -> None:
    clock, limit = Hands(), Limit("tried", capacity, period_s)
    limiter = MemoryLimiter(clock)
    granted: list[tuple[float, int]] = []
    for cost, pause_s in steps:
        clock.seconds += pause_s
        if not limiter.take_now("one", cost, limit).is_refused:
            granted.append((clock.seconds, min(cost, capacity)))
    for first, (begun_s, _) in enumerate(granted):
        given_out = 0
        for at_s, cost in granted[first:]:
            given_out += cost
            assert given_out <= capacity + (at_s - begun_s) * limit.per_second + 1e-6 * (1 + len(granted))


@given(Steps)
def test_a_caller_who_waits_as_long_as_he_was_told_is_served(steps: list[tuple[int, float]]) -> None:
    clock, limit = Hands(), Limit("tried", 30, 7.0)
    limiter = MemoryLimiter(clock)
    for cost, pause_s in steps:
        clock.seconds += pause_s
        answer = limiter.take_now("one", cost, limit)
        if answer.is_refused:
            clock.seconds += answer.wait_s
            assert not limiter.take_now("one", cost, limit).is_refused


def test_few_buckets_are_remembered_and_a_flood_on_one_limit_forgets_nobody_of_another() -> None:
    limiter = MemoryLimiter(Hands(), buckets_max=3)
    slow = Limit("slow", 1, 1000.0)
    limiter.take_now("one", 1, slow)
    for number in range(1_000):
        limiter.take_now(f"flood {number}", 1, LIMIT)
    assert len(limiter) == 4
    assert limiter.take_now("one", 1, slow).is_refused


async def test_no_burst_in_redis_gives_more_than_the_capacity_and_what_came_back(redis_url: str) -> None:
    installation, clock = secrets.token_hex(8), SystemClock()
    limit = Limit("tried", 20, 1.0)
    here, there = (RedisLimiter(redis_url, installation, clock, timeout_s=5) for _ in "ab")
    async with here, there:
        begun_s = clock.monotonic()
        granted = 0
        for _ in range(10):
            answers = await asyncio.gather(*(one.take("one", 1, limit) for one in (here, there) for _ in range(10)))
            granted += sum(not answer.is_refused for answer in answers)
            await asyncio.sleep(0.02)
        took_s = clock.monotonic() - begun_s
    assert 20 <= granted <= 20 + 20 * took_s


async def test_processes_share_a_bucket_and_installations_do_not(redis_url: str, eventually: Wait) -> None:
    installation, clock = secrets.token_hex(8), SystemClock()
    limit = Limit("tried", 10, 1000.0)
    here, there = (RedisLimiter(redis_url, installation, clock, timeout_s=5) for _ in "ab")
    elsewhere = RedisLimiter(redis_url, secrets.token_hex(8), clock, timeout_s=5)
    async with here, there, elsewhere:
        assert not (await here.take("one", 10, limit)).is_refused
        assert (await there.take("one", 1, limit)).is_refused
        assert not (await elsewhere.take("one", 10, limit)).is_refused
        # Without waiting, the news of the others is at most a moment old.
        assert not here.take_now("two", 6, limit).is_refused
        assert not there.take_now("two", 6, limit).is_refused

        async def both_know() -> bool:
            return all(one.take_now("two", 1, limit).is_refused for one in (here, there))

        await eventually(both_know)


async def test_buckets_end_by_themselves_and_tell_no_names(redis_url: str) -> None:
    installation = secrets.token_hex(8)
    admin = Redis.from_url(redis_url, decode_responses=True)
    async with RedisLimiter(redis_url, installation, SystemClock(), timeout_s=5) as limiter:
        await limiter.take("9.9.9.9", 10, LIMIT)
    [key] = [key async for key in admin.scan_iter(f"*{installation}*")]
    assert "9.9.9.9" not in key
    assert 0 < await admin.pttl(key) <= 2_100
    await admin.aclose()
