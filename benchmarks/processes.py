"""Servers under load live in processes of their own, and end when whoever started them lets go or dies."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

SPAWN = get_context("spawn")
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 20.0
POLL_S = 0.005

Pipe: TypeAlias = "Connection[Any, Any]"


@asynccontextmanager
async def started(run: Callable[..., None], *arguments: Any) -> AsyncGenerator[int, None]:
    """Run `run(pipe, *arguments)` in a fresh process; the port on which it says it listens."""
    here, there = SPAWN.Pipe()
    process = SPAWN.Process(target=run, args=(there, *arguments))
    process.start()
    there.close()
    try:
        if not await asyncio.to_thread(here.poll, START_TIMEOUT_S):
            raise TimeoutError(f"{run.__name__} did not start within {START_TIMEOUT_S:g} seconds.")
        yield here.recv()
    finally:
        here.close()
        await asyncio.to_thread(process.join, STOP_TIMEOUT_S)
        if process.is_alive():
            process.kill()


async def let_go(pipe: Pipe) -> None:
    """Wait until the other end of `pipe` is closed."""
    closed = asyncio.Event()
    asyncio.get_running_loop().add_reader(pipe.fileno(), closed.set)
    await closed.wait()
    asyncio.get_running_loop().remove_reader(pipe.fileno())


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def accepting(port: int) -> None:
    """Wait until somebody listens on `port` of 127.0.0.1."""
    async with asyncio.timeout(START_TIMEOUT_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(POLL_S)
            else:
                writer.close()
                return
