"""The Redis of this run, and one of a test's own; a test that needs an absent one is skipped with the reason."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

REDIS_URL = os.environ.get("REGULARS_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")


@pytest.fixture
async def redis_url() -> str:
    client = Redis.from_url(REDIS_URL, socket_connect_timeout=5)
    try:
        await client.ping()
    except OSError as error:
        pytest.skip(f"Redis does not answer: {type(error).__name__}")
    finally:
        await client.aclose()
    return REDIS_URL


class OwnRedis:
    """A Redis of this test alone, which may be killed."""

    def __init__(self, program: str, directory: Path, port: int) -> None:
        self.url = f"redis://127.0.0.1:{port}/0"
        self._command = (program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory))
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(*self._command, stdout=asyncio.subprocess.DEVNULL)

    async def kill(self) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


@pytest.fixture
async def own_redis(tmp_path: Path, unused_tcp_port: int) -> AsyncIterator[OwnRedis]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    server = OwnRedis(program, tmp_path, unused_tcp_port)
    await server.start()
    yield server
    await server.kill()
