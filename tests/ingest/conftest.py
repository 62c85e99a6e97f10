"""The receiver with a failpoint before every statement of its database."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from server.auth.addresses import Addresses
from server.ingest.failures import Failures
from server.ingest.kick_webhook import KickWebhook
from server.platforms.kick.key import KeyRing, load_key
from server.publish.limits import RateLimits
from server.publish.limits_memory import MemoryLimiter
from tests.database import FrozenClock
from tests.engine import engine_on
from tests.keys import kicks_key
from tests.running import Running


@dataclass
class Failpoint:
    """Sees every statement before the database does, and may raise in its place."""

    statements: list[str] = field(default_factory=list)
    fault: Callable[[str], None] = field(default=lambda _: None)

    def __call__(self, statement: str) -> None:
        self.statements.append(statement)
        self.fault(statement)


@pytest.fixture
def failpoint() -> Failpoint:
    return Failpoint()


@pytest.fixture
async def watched(database_url: str, clock: FrozenClock, failpoint: Failpoint) -> AsyncGenerator[Running, None]:
    """A receiver whose statements are seen, with a short deadline for bodies."""
    key = kicks_key()
    async with engine_on(database_url, clock, hook=failpoint) as engine:
        webhook = KickWebhook(
            keys=KeyRing([load_key(key.public_pem.encode())], clock),
            record=engine.recorder.record,
            make_way=engine.recorder.make_way,
            failures=Failures(RateLimits(MemoryLimiter(clock), clock), clock),
            addresses=Addresses(),
            clock=clock,
            observe=lambda _outcome, _age: None,
            body_max_bytes=65_536,
            body_timeout_s=0.5,
        )
        site = web.Application()
        site.router.add_post("/webhooks/kick", webhook.handle)
        async with TestClient(TestServer(site)) as http:
            yield Running(engine, http, key, clock)  # type: ignore[arg-type] # its heart is enough
