"""Where the brokers of this run are; a test that needs an absent one is skipped with the reason."""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import asyncpg
import pytest

from server.publish.relay import RelayBus

TEST_DATABASE_URL = os.environ.get("REGULARS_TEST_DATABASE_URL", "")
# A run on SQLite still shows the bus of PostgreSQL where one answers.
POSTGRES_URL = TEST_DATABASE_URL if "postgres" in TEST_DATABASE_URL else "postgres://postgres@127.0.0.1:5432/test"


@pytest.fixture
def topic() -> str:
    """Other tests may use the same broker at the same time."""
    return f"topic-{secrets.token_hex(8)}"


@pytest.fixture
def origin() -> str:
    return secrets.token_hex(8)


@pytest.fixture
async def postgres_url() -> str:
    try:
        connection = await asyncpg.connect(POSTGRES_URL, timeout=5)
    except (OSError, asyncpg.PostgresError) as error:
        pytest.skip(f"PostgreSQL does not answer: {type(error).__name__}")
    await connection.close()
    return POSTGRES_URL


@pytest.fixture
def eventually() -> Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]:
    """Waits until a condition holds, for five seconds at most."""

    async def wait(condition: Callable[[], Awaitable[bool]]) -> None:
        deadline_s = asyncio.get_running_loop().time() + 5
        for _ in range(500):
            if await condition():
                return
            assert asyncio.get_running_loop().time() < deadline_s
            await asyncio.sleep(0.01)
        pytest.fail("the condition did not come true")

    return wait


@pytest.fixture
def connected(eventually: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Waits until every given bus is connected."""

    async def wait(*buses: RelayBus) -> None:
        async def all_are() -> bool:
            return all(bus.connected for bus in buses)

        await eventually(all_are)

    return wait


@pytest.fixture
def hears() -> Callable[[RelayBus, RelayBus, str], Awaitable[bool]]:
    """Whether a poke of the first bus wakes a listener of the second well before its next tick."""

    async def poke_and_listen(here: RelayBus, there: RelayBus, topic: str) -> bool:
        async with aclosing(there.listen(topic)) as listener:
            await anext(listener)
            here.poke(topic)
            try:
                async with asyncio.timeout(0.5):
                    await anext(listener)
            except TimeoutError:
                return False
        return True

    return poke_and_listen


@pytest.fixture
def heals(
    eventually: Callable[..., Awaitable[None]], hears: Callable[..., Awaitable[bool]]
) -> Callable[[RelayBus, RelayBus, str], Awaitable[None]]:
    """Waits until pokes of the first bus reach the second again."""

    async def wait(here: RelayBus, there: RelayBus, topic: str) -> None:
        await eventually(lambda: hears(here, there, topic))

    return wait
