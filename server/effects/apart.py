"""The doctor's examination in a process of its own, beside a working server whose event loop it does not hold up."""

import asyncio
import os
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from server.effects.findings import Finding

NICE = 10
UNFINISHED = Finding(
    check="doctor",
    ok=False,
    detail="The examination ended before it was done.",
    remedy="Run `regulars doctor` on the server, and read what it prints.",
)
Examination = Callable[[], list[Finding]]


async def examined_apart(examine: Examination) -> list[Finding]:
    """What `examine` finds in a process of its own that gives way to others; that it ended early, where it did.

    It must be importable there. Whoever is cancelled ends that process.
    """
    context = get_context("spawn")
    hearing, telling = context.Pipe(duplex=False)
    child = context.Process(target=_tell, args=(examine, telling), name="regulars doctor", daemon=True)
    try:
        await asyncio.to_thread(child.start)
        telling.close()
        return await asyncio.to_thread(_heard, hearing)
    finally:
        if child.pid is not None:
            child.kill()
            await asyncio.to_thread(child.join)
        hearing.close()


def _tell(examine: Examination, telling: "Connection[Any, Any]") -> None:
    """Examine, in the process that was made for it."""
    os.nice(NICE)
    telling.send(examine())


def _heard(hearing: "Connection[Any, Any]") -> list[Finding]:
    """What the process found; that it ended early, where it did."""
    try:
        return hearing.recv()
    except EOFError:
        return [UNFINISHED]
