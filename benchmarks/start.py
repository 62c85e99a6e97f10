"""Start: from nothing to the first answered event, and the memory of a server that waits."""

import asyncio
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from statistics import median

from benchmarks import community, machine
from benchmarks.engines import Engine
from benchmarks.generator import wire_bytes
from benchmarks.harness import Result, at_most
from benchmarks.processes import accepting, free_port
from clients.simulator.bodies import tell
from clients.simulator.envelope import SignedRequest
from clients.simulator.happenings import Happening, Spoken
from clients.simulator.people import HARBOUR, plain_person
from clients.simulator.signing import SigningKey
from server.system import SystemClock

ROOT = Path(__file__).parents[1]
IMPORTS = "import aiohttp, strawberry, tortoise, cryptography"
IDLE_S = 5
IDLE_MIB_MAX = 110
STOP_TIMEOUT_S = 20


async def measure(engine: Engine, folder: Path, *, quick: bool) -> list[Result]:
    """The server and a bare import of its libraries in turns, each in a fresh process."""
    key = SigningKey.generate()
    key_file = folder / "start.pem"
    key_file.write_text(key.public_pem, encoding="ascii")
    ours_s: list[float] = []
    bare_s: list[float] = []
    memory: float | None = None
    rounds = 2 if quick else 5
    async with community.inhabited(engine, SystemClock().now()) as url:
        for number in range(rounds):
            port = free_port()
            environment = {
                "PYTHONPATH": str(ROOT),
                "REGULARS_DATABASE_URL": url,
                "REGULARS_SECRET_KEY": community.SECRET,
                "REGULARS_KICK_PUBLIC_KEY_FILE": str(key_file),
                "REGULARS_PORT": str(port),
            }
            started_at = time.perf_counter()
            process = await python("-m", "server", "serve", folder=folder, environment=environment)
            try:
                await accepting(port)
                await acknowledged(port, request(key, number))
                ours_s.append(time.perf_counter() - started_at)
                if number == rounds - 1:
                    await asyncio.sleep(IDLE_S)
                    memory = machine.resident_mib(process.pid)
            finally:
                process.terminate()
            assert await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S) == 0, "a clean stop"
            started_at = time.perf_counter()
            importing = await python("-c", IMPORTS, folder=folder, environment={})
            assert await importing.wait() == 0
            bare_s.append(time.perf_counter() - started_at)
    results = [
        Result(
            name=f"cold start to the first answer, {engine.name}", unit="s", ours=median(ours_s), limit=median(bare_s)
        )
    ]
    if memory is not None:
        results.append(at_most(f"  memory after {IDLE_S} s idle", "MiB", memory, IDLE_MIB_MAX))
    return results


async def python(*arguments: str, folder: Path, environment: Mapping[str, str]) -> Process:
    """The running Python in a fresh process with nothing but `environment`, away from any .env file."""
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=folder, env=environment, stdout=DEVNULL, stderr=DEVNULL
    )


def request(key: SigningKey, number: int) -> bytes:
    """A chat message signed a moment ago."""
    at = SystemClock().now() - timedelta(seconds=1)
    spoken = Spoken(message_id=f"{number:032x}", sender=plain_person(9_300_000, "early_bird"), text="first!")
    body = tell(HARBOUR, Happening(number=number, at=at, fact=spoken))
    return wire_bytes(SignedRequest(key.sign(f"01{number:024}", f"{at:%Y-%m-%dT%H:%M:%SZ}", body), body))


async def acknowledged(port: int, wired: bytes) -> None:
    """Post a request; the answer must be 204."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(wired)
    line = await reader.readline()
    assert line.startswith(b"HTTP/1.1 204 "), line
    writer.close()
