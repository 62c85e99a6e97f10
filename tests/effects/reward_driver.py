"""Settles what waits, against a played Kick, in a child process that kills itself at a given statement.

Reads lines of JSON {"url", "kick", "kill_at", "later_s"} and answers each with the number of statements, or null when
it died.
"""

import asyncio
import json
import os
import signal
import sys

from pydantic import SecretStr

from clients.simulator.stage import PLAYED_APP
from server.app import assembled
from server.settings import Settings
from tests.database import FrozenClock, imported_beforehand
from tests.running import SECRET

ROUNDS = 6
ROUND_S = 60


async def live(url: str, kick: str, kill_at: int, later_s: int) -> int:
    """Settle in this process; die at statement `kill_at`, counted from 1, unless that is 0."""
    statements = 0

    def failpoint(_: str) -> None:
        nonlocal statements
        statements += 1
        if statements == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = Settings(
        database_url=url,
        secret_key=SecretStr(SECRET),
        kick_client_id=PLAYED_APP.client_id,
        kick_client_secret=SecretStr(PLAYED_APP.client_secret),
        kick_api_url=kick,
        kick_auth_url=kick,
    )
    clock = FrozenClock()
    clock.pass_time(seconds=later_s)
    async with assembled(settings, roles=frozenset({"web"}), clock=clock, hook=failpoint) as server:
        for _ in range(ROUNDS if later_s else 1):
            await server.settle()
            clock.pass_time(seconds=ROUND_S)
    return statements


def in_child(url: str, kick: str, kill_at: int, later_s: int) -> int | None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(asyncio.run(live(url, kick, kill_at, later_s))).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return None
    return int(told)


def main() -> None:
    imported_beforehand()
    for request in sys.stdin:
        # Behind a mark, since log lines go the same way.
        sys.stdout.write(f"told {json.dumps(in_child(**json.loads(request)))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
