"""What the bus does when Redis is killed, wiped or cut off."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from redis.asyncio import Redis

from server.publish.redis import RedisBus
from tests.brokers import OwnRedis

Wait = Callable[..., Awaitable[None]]
Hears = Callable[..., Awaitable[bool]]


async def test_a_killed_broker_costs_ticks_nothing_and_heals_when_it_is_back(
    own_redis: OwnRedis, topic: str, connected: Wait, heals: Wait
) -> None:
    here, there = RedisBus(own_redis.url, "a"), RedisBus(own_redis.url, "b")
    async with here, there, aclosing(there.listen(topic)) as listener:
        await connected(here, there)
        await anext(listener)
        await own_redis.kill()
        for _ in range(2):
            async with asyncio.timeout(1.5):
                await anext(listener)
        assert not here.connected
        assert not there.connected
        await own_redis.start()
        await heals(here, there, f"{topic}-after")


async def test_a_wiped_broker_costs_nothing(own_redis: OwnRedis, topic: str, connected: Wait, hears: Hears) -> None:
    client = Redis.from_url(own_redis.url)
    async with RedisBus(own_redis.url, "a") as here, RedisBus(own_redis.url, "b") as there:
        await connected(here, there)
        await client.flushall()
        assert await hears(here, there, topic)
    await client.aclose()


async def test_killed_connections_heal(redis_url: str, origin: str, topic: str, connected: Wait, heals: Wait) -> None:
    here, there = RedisBus(redis_url, f"{origin}-a"), RedisBus(redis_url, f"{origin}-b")
    admin = Redis.from_url(redis_url, decode_responses=True)
    async with here, there:
        await connected(here, there)
        ours = [client for client in await admin.client_list() if client["name"] in {here._name, there._name}]
        assert len(ours) == 4
        for client in ours:
            await admin.execute_command("CLIENT", "KILL", "ID", client["id"])
        await heals(here, there, topic)
    await admin.aclose()


async def test_bytes_that_are_no_text_do_no_harm(redis_url: str, origin: str, topic: str, connected: Wait) -> None:
    stranger = Redis.from_url(redis_url)
    async with RedisBus(redis_url, origin) as bus, aclosing(bus.listen(topic)) as listener:
        await connected(bus)
        await anext(listener)
        for payload in (b"\xff\xfe", b"", b"\xff\n" + topic.encode()):
            await stranger.publish("regulars", payload)
        async with asyncio.timeout(0.5):
            await anext(listener)
        assert bus.connected
    await stranger.aclose()


async def test_without_a_broker_the_bus_starts_ticks_and_ends(topic: str, unused_tcp_port: int) -> None:
    async with RedisBus(f"redis://127.0.0.1:{unused_tcp_port}/0", "a") as bus, aclosing(bus.listen(topic)) as listener:
        await anext(listener)
        bus.poke(topic)
        await anext(listener)
        async with asyncio.timeout(1.5):
            await anext(listener)
        assert not bus.connected


async def test_a_closed_bus_leaves_no_connection(
    redis_url: str, origin: str, connected: Wait, eventually: Wait
) -> None:
    admin = Redis.from_url(redis_url, decode_responses=True)
    async with RedisBus(redis_url, origin) as bus:
        await connected(bus)

    async def gone() -> bool:
        return all(client["name"] != bus._name for client in await admin.client_list())

    await eventually(gone)
    await admin.aclose()
