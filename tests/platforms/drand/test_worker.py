"""The process in which signatures are checked does not outlive a server that was killed."""

import asyncio
import fcntl
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def is_held(file: Path) -> bool:
    with file.open("r+") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.mark.crash
async def test_it_ends_with_a_server_that_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "held"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(Path(__file__).with_name("holder.py")), str(file)),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert int(await asyncio.wait_for(process.stdout.readline(), 30)) != process.pid
    assert is_held(file)
    process.kill()
    await process.wait()
    async with asyncio.timeout(30):
        while is_held(file):
            await asyncio.sleep(0.05)
