"""Settles what waits, against a played Kick, in a child process that kills itself at a given statement."""

from pydantic import SecretStr

from clients.simulator.stage import PLAYED_APP
from server.app import assembled
from server.settings import Settings
from tests.database import FrozenClock
from tests.lives import Statements, serve_lives
from tests.running import SECRET

ROUNDS = 6
ROUND_S = 60


async def live(url: str, kick: str, kill_at: int, later_s: int) -> int:
    """Settle in this process, and count the statements."""
    statements = Statements(kill_at)
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
    async with assembled(settings, roles=frozenset({"web"}), clock=clock, hook=statements) as server:
        for _ in range(ROUNDS if later_s else 1):
            await server.settle()
            clock.pass_time(seconds=ROUND_S)
    return statements.seen


if __name__ == "__main__":
    serve_lives(live)
