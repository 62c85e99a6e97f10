"""What the bus does when PostgreSQL misbehaves."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import asyncpg

from server.publish.postgres import PostgresBus
from server.publish.relay import CHANNEL, HEARTBEAT_S

Wait = Callable[..., Awaitable[None]]
Hears = Callable[..., Awaitable[bool]]
KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1"


async def test_a_killed_connection_heals_and_ticks_go_on_meanwhile(
    postgres_url: str, origin: str, topic: str, connected: Wait, heals: Wait
) -> None:
    here, there = PostgresBus(postgres_url, f"{origin}-a"), PostgresBus(postgres_url, f"{origin}-b")
    admin = await asyncpg.connect(postgres_url)
    async with here, there, aclosing(there.listen(topic)) as listener:
        await connected(here, there)
        await anext(listener)
        for bus in (here, there):
            assert await admin.fetchval(KILL, bus._name)
        async with asyncio.timeout(1.5):
            await anext(listener)
        await heals(here, there, f"{topic}-after")
    await admin.close()


async def test_a_process_that_only_listens_notices_its_loss_at_once(
    postgres_url: str, origin: str, connected: Wait, eventually: Wait
) -> None:
    admin = await asyncpg.connect(postgres_url)
    pid = "SELECT pid FROM pg_stat_activity WHERE application_name = $1"
    async with PostgresBus(postgres_url, origin) as bus:
        await connected(bus)
        before = await admin.fetchval(pid, bus._name)
        await admin.fetchval(KILL, bus._name)

        async def is_back() -> bool:
            return await admin.fetchval(pid, bus._name) not in {None, before}

        async with asyncio.timeout(HEARTBEAT_S / 2):
            await eventually(is_back)
    await admin.close()


async def test_strangers_on_the_channel_do_no_harm(postgres_url: str, origin: str, topic: str, connected: Wait) -> None:
    stranger = await asyncpg.connect(postgres_url)
    async with PostgresBus(postgres_url, origin) as bus, aclosing(bus.listen(topic)) as listener:
        await connected(bus)
        await anext(listener)
        for payload in ("", "\n", "{}", f"stranger\n{topic}"):
            await stranger.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
        async with asyncio.timeout(0.5):
            await anext(listener)
        assert bus.connected
    await stranger.close()


async def test_without_a_server_the_bus_starts_ticks_and_ends(topic: str, unused_tcp_port: int) -> None:
    url = f"postgres://nobody@127.0.0.1:{unused_tcp_port}/nothing"
    async with PostgresBus(url, "a") as bus, aclosing(bus.listen(topic)) as listener:
        await anext(listener)
        bus.poke(topic)
        await anext(listener)
        async with asyncio.timeout(1.5):
            await anext(listener)
        assert not bus.connected


async def test_a_closed_bus_leaves_no_connection(
    postgres_url: str, origin: str, connected: Wait, eventually: Wait
) -> None:
    admin = await asyncpg.connect(postgres_url)
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"
    async with PostgresBus(postgres_url, origin) as bus:
        await connected(bus)
        assert await admin.fetchval(count, bus._name) == 1

    async def gone() -> bool:
        return await admin.fetchval(count, bus._name) == 0

    await eventually(gone)
    await admin.close()
