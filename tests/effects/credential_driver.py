"""Renews a credential in a child process that kills itself at a given statement."""

from tests.authorising import LIFETIME, Platform
from tests.database import FrozenClock
from tests.effects.keeping import keeping_on, owner_of
from tests.lives import Statements, serve_lives


async def renew(url: str, platform: str, kill_at: int) -> int:
    """Renew in this process, and count the statements."""
    statements = Statements(kill_at)
    clock = FrozenClock()
    clock.at += LIFETIME
    async with keeping_on(url, clock, Platform(url=platform), hook=statements) as keeping:
        server = keeping.server()
        await server.sweep()
        await server.access_token(owner_of())
    return statements.seen


if __name__ == "__main__":
    serve_lives(renew)
