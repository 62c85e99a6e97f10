"""The demo shows both ways in which Kick tells: its server listens to the simulated websockets, too."""

import asyncio
import signal
import sys
from pathlib import Path

import aiohttp
import orjson

from tests.programs import environment, free_port


async def test_the_demo_listens_to_the_simulated_websockets(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "demo", "--json"),
        env=environment(REGULARS_PORT=str(free_port()), PYTHONPATH=str(Path(__file__).parents[1])),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        told = orjson.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        async with asyncio.timeout(30), aiohttp.ClientSession() as session:
            while not await listens(session, told["urls"]):
                await asyncio.sleep(0.1)
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0


async def listens(session: aiohttp.ClientSession, urls: dict[str, str]) -> bool:
    """Whether the server listens, and has heard a frame."""
    async with session.get(urls["ready"]) as answer:
        sockets = (await answer.json())["websockets"]
    async with session.get(urls["metrics"]) as answer:
        lines = (await answer.text()).splitlines()
    frames = [line for line in lines if line.startswith("regulars_websocket_frames_total{")]
    return sockets == {"listening": 1} and any(float(line.split()[-1]) for line in frames)
