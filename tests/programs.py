"""Our own programs as processes of their own, as a person starts them."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.running import SECRET

READY_WITHIN_S = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(**settings: str) -> dict[str, str]:
    """The environment of a program: a path to find Python by, a secret, and what the test sets."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "REGULARS_SECRET_KEY": SECRET} | settings


async def run(
    *arguments: str, cwd: Path | None = None, within_s: float = READY_WITHIN_S, **settings: str
) -> tuple[int, str, str]:
    """Run `regulars ...` to its end: exit code, output, complaints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", *arguments),
        env=environment(PYTHONPATH=str(Path(__file__).parents[1]), **settings),
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaints = await asyncio.wait_for(process.communicate(), within_s)
    return process.returncode or 0, out.decode(), complaints.decode()


async def ready(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    """Wait until the server at `url` says it is ready."""
    async with aiohttp.ClientSession() as session:
        for _ in range(READY_WITHIN_S * 20):
            assert process.returncode is None, f"the server ended:\n{log.read_text()[-3000:]}"
            try:
                async with session.get(f"{url}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError(f"the server did not become ready:\n{log.read_text()[-3000:]}")


@asynccontextmanager
async def serving(
    log: Path, port: int, command: str = "serve", **settings: str
) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """`regulars serve` or another command that serves, ready; killed on the way out if it still runs."""
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server", command),
            env=environment(REGULARS_PORT=str(port), **settings),
            stdout=out,
            stderr=out,
        )
    try:
        await ready(f"http://127.0.0.1:{port}", process, log)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()
