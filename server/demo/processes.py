"""The demo's other processes: started side by side, ended with it, each with a log of its own."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("data") / "demo"
START_WAIT_S = 20.0
STOP_WAIT_S = 10.0
LOOK_EVERY_S = 0.05


class Failed(Exception):
    """A process of the demo did not start; the message says which, and where its last words are."""


@dataclass(frozen=True, slots=True)
class Program:
    """A process beside the server: what people call it, and where it complains."""

    name: str
    log: Path
    process: asyncio.subprocess.Process

    async def written(self, path: Path) -> bytes:
        """What the program writes into a file once it listens; `Failed` where it never does."""
        for _ in range(int(START_WAIT_S / LOOK_EVERY_S)):
            if (told := _content(path)) is not None:
                return told
            if self.process.returncode is not None:
                break
            await asyncio.sleep(LOOK_EVERY_S)
        raise Failed(f"{self.name} did not start; its last words are in {self.log}.")

    def dismiss(self) -> None:
        """Ask the program to end, without waiting."""
        if self.process.returncode is None:
            self.process.terminate()

    async def ended(self) -> str:
        """Wait until the program ends by itself; the sentence to say then."""
        code = await self.process.wait()
        return f"{self.name} ended (exit code {code}); its last words are in {self.log}. The rest of the demo goes on."


@asynccontextmanager
async def started(
    name: str,
    stem: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    out: Path | None = None,
) -> AsyncGenerator[Program, None]:
    """`python -m ...` as a process of its own, ended on the way out; what it prints goes into `out`, else into its log.

    Ctrl-C reaches the demo alone, which ends the others in its order. Without `environment` it has that of the demo.
    """
    log = FOLDER / f"{stem}.log"
    with ExitStack() as files:
        complaints = files.enter_context(log.open("wb"))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *arguments),
            env=environment,
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=complaints if out is None else files.enter_context(out.open("wb")),
            stderr=complaints,
            start_new_session=True,
        )
        try:
            yield Program(name, log, process)
        finally:
            await _end(process)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_WAIT_S)
    if process.returncode is None:
        process.kill()
        await process.wait()
