"""Lives of a server in child processes that are killed at a chosen statement.

A driver is a module of tests that ends in `serve` or `serve_lives`. It reads lines of JSON, each with what one life is
to be, and answers each with what that life gave, or null when it was killed. Its children are forked from a process
that has imported everything and has neither thread nor loop.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.database import imported_beforehand

ROOT = Path(__file__).parents[1]
# Log lines go the same way.
MARK = "told "

Live = Callable[..., Coroutine[Any, Any, Any]]


def die() -> None:
    """End as if the power had gone."""
    os.kill(os.getpid(), signal.SIGKILL)


class Statements:
    """Counts statements and dies at number `kill_at`, counted from 1, unless that is 0."""

    def __init__(self, kill_at: int) -> None:
        self.seen = 0
        self._kill_at = kill_at

    def __call__(self, _: str) -> None:
        self.seen += 1
        if self.seen == self._kill_at:
            die()


class Places:
    """Counts the statements that follow upon one which is no SELECT, and dies at number `kill_at`, unless that is 0.

    Before a second SELECT in a row everything is as it was before the first, where nothing but the database is changed.
    """

    def __init__(self, kill_at: int) -> None:
        self.seen = 0
        self._kill_at = kill_at
        self._has_written = True

    def __call__(self, sql: str) -> None:
        self.seen += self._has_written
        if self._has_written and self.seen == self._kill_at:
            die()
        self._has_written = not sql.lstrip().startswith("SELECT")


def in_child(live: Live, **given: Any) -> Any:
    """What `live` gave in a child process, or None when that was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps(asyncio.run(live(**given))).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return None
    assert status == 0, "the child failed; its traceback is above"
    return json.loads(told)


def serve(in_child: Callable[..., Any], here: Callable[..., Any]) -> None:
    """Answer requests, each lived in a child, until the input ends.

    The first one is lived here if nothing kills it: what it has set up for good is then done for all others.
    """
    imported_beforehand()
    is_warm = False
    for line in sys.stdin:
        given = json.loads(line)
        is_first, is_warm = not (is_warm or given["kill_at"] or given.get("behind")), True
        told = here(**given) if is_first else in_child(**given)
        sys.stdout.write(f"{MARK}{json.dumps(told)}\n")
        sys.stdout.flush()


def serve_lives(live: Live) -> None:
    """Answer each request with what `live` gives, or null when it was killed."""

    def here(**given: Any) -> Any:
        return asyncio.run(live(**given))

    serve(partial(in_child, live), here)


@dataclass
class Driver:
    """The process whose children live."""

    process: subprocess.Popen[str]

    async def life(self, **given: Any) -> Any:
        """What one life gave."""
        return await asyncio.to_thread(partial(self._ask, **given))

    def _ask(self, **given: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(given) + "\n")
        self.process.stdin.flush()
        while not (answer := self.process.stdout.readline()).startswith(MARK):
            assert answer, "the driver died"
        return json.loads(answer.removeprefix(MARK))


@contextmanager
def driver(module: str) -> Generator[Driver, None, None]:
    """A driver at work."""
    command = [sys.executable, "-m", module]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Driver(process)
        finally:
            process.terminate()
