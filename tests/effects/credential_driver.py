"""Renews a credential in a child process that kills itself at a given statement.

Reads lines of JSON {"url", "platform", "kill_at"} and answers each with the number of statements, or null when it died.
"""

import asyncio
import json
import os
import signal
import sys

from tests.authorising import LIFETIME, Platform
from tests.database import FrozenClock, imported_beforehand
from tests.effects.keeping import keeping_on, owner_of


async def renew(url: str, platform: str, kill_at: int) -> int:
    """Renew in this process; die at statement `kill_at`, counted from 1, unless that is 0."""
    statements = 0

    def failpoint(_: str) -> None:
        nonlocal statements
        statements += 1
        if statements == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    clock = FrozenClock()
    clock.at += LIFETIME
    async with keeping_on(url, clock, Platform(url=platform), hook=failpoint) as keeping:
        server = keeping.server()
        await server.sweep()
        await server.access_token(owner_of())
    return statements


def in_child(url: str, platform: str, kill_at: int) -> int | None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(asyncio.run(renew(url, platform, kill_at))).encode())
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
