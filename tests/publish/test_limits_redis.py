"""What limits do when Redis is killed, slow or wiped."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError
from structlog.testing import capture_logs

from server.domain.limits import Limit
from server.publish.limits_redis import TIMEOUT_S, RedisLimiter
from server.system import SystemClock
from tests.brokers import OwnRedis

SLOW = Limit("slow", 10, 1000.0)
Wait = Callable[..., Awaitable[None]]


def limiter_at(url: str, *, timeout_s: float = 5.0) -> RedisLimiter:
    return RedisLimiter(url, secrets.token_hex(8), SystemClock(), timeout_s=timeout_s)


async def answering(limiter: RedisLimiter, eventually: Wait) -> None:
    """Wait until Redis keeps the buckets."""

    async def answers() -> bool:
        return await limiter._asked([("nobody", SLOW, 0)], is_gone=False) is not None

    await eventually(answers)


async def started(broker: OwnRedis, eventually: Wait) -> None:
    """Wait until a broker answers at all."""
    admin = Redis.from_url(broker.url)

    async def pings() -> bool:
        try:
            return bool(await admin.ping())
        except (OSError, RedisError):
            return False

    await eventually(pings)
    await admin.aclose()


async def test_a_broker_killed_in_a_flood_opens_no_door_and_is_told_once(own_redis: OwnRedis, eventually: Wait) -> None:
    await started(own_redis, eventually)
    async with limiter_at(own_redis.url) as limiter:
        assert not (await limiter.take("flood", 10, SLOW)).is_refused
        await own_redis.kill()
        with capture_logs() as lines:
            answers = [await limiter.take("flood", 1, SLOW) for _ in range(50)]
            honest = await limiter.take("honest", 1, SLOW)
        assert all(answer.is_refused for answer in answers)
        assert not honest.is_refused
        assert [line["event"] for line in lines] == ["limits.redis_lost"]
        await own_redis.start()
        await answering(limiter, eventually)
        # The new Redis knows nothing; what it is told from now on is shared again.
        assert not (await limiter.take("later", 10, SLOW)).is_refused
        assert (await limiter.take("later", 1, SLOW)).is_refused


async def test_a_wiped_broker_forgets_and_goes_on(own_redis: OwnRedis, eventually: Wait) -> None:
    admin = Redis.from_url(own_redis.url)
    async with limiter_at(own_redis.url) as limiter:
        await answering(limiter, eventually)
        await limiter.take("one", 10, SLOW)
        await admin.flushall()
        await admin.script_flush()
        assert (await limiter.take("one", 4, SLOW)).remaining == 6
        assert (await limiter.take("one", 7, SLOW)).is_refused
    await admin.aclose()


async def test_a_broker_that_says_nothing_holds_nobody_up(unused_tcp_port: int) -> None:
    connections: list[asyncio.StreamWriter] = []

    def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)

    async with (
        await asyncio.start_server(silent, "127.0.0.1", unused_tcp_port),
        limiter_at(f"redis://127.0.0.1:{unused_tcp_port}/0", timeout_s=TIMEOUT_S) as limiter,
    ):
        begun_s = asyncio.get_running_loop().time()
        answers = [await limiter.take("one", 1, SLOW) for _ in range(30)]
        took_s = asyncio.get_running_loop().time() - begun_s
        for connection in connections:
            connection.close()
    assert connections
    assert [answer.is_refused for answer in answers] == [False] * 10 + [True] * 20
    # One waits for nothing; the others know.
    assert took_s < 10 * TIMEOUT_S


async def test_without_a_broker_limits_hold_in_process(unused_tcp_port: int) -> None:
    async with limiter_at(f"redis://127.0.0.1:{unused_tcp_port}/0") as limiter:
        for _ in range(10):
            assert not limiter.take_now("one", 1, SLOW).is_refused
        await asyncio.sleep(0.2)
        assert (await limiter.take("one", 1, SLOW)).is_refused
