"""The whole server over HTTP, on a fresh database, with a clock that stands and a key that we hold."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp.test_utils import TestClient, TestServer

from clients.simulator.signing import SigningKey
from server.app import assembled
from server.events.happening import Person
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.running import Server, running
from server.settings import Settings
from server.store import channels, communities
from tests.database import FrozenClock
from tests.keys import kicks_key

SECRET = "kR3v-9xQm2Lw-7tBz4Yp-8nHd5Jf-6sGc1Va"


@dataclass(slots=True)
class Running:
    """A server under test: its inside, its HTTP face, and Kick's key to sign deliveries with."""

    server: Server
    http: TestClient[Any, Any]
    key: SigningKey
    clock: FrozenClock

    async def community(self, slug: str = "house", broadcaster: str = "100001", **more: Any) -> int:
        """A community with one attached Kick channel; its id."""

        async def make(tx: Tx, scope: Scope) -> Done[int]:
            made = await communities.create(
                tx, slug, more.get("name", slug.title()), more.get("timezone", "UTC"), scope.now
            )
            assert made is not None
            return Done(made)

        community_id = await self.server.units.run(0, make)
        await self.attach(community_id, broadcaster)
        return community_id

    async def attach(self, community_id: int, broadcaster: str) -> int:
        async def attach(tx: Tx, scope: Scope) -> Done[int]:
            channel = await channels.learn(
                tx, "kick", Person(id=broadcaster, name="HouseStreamer", slug="housestreamer")
            )
            await channels.attach(tx, scope.community_id, channel, scope.now)
            return Done(channel)

        return await self.server.units.run(community_id, attach)

    async def deliver(self, kind: str, body: Any, *, message_id: str, sent_at: str) -> int:
        """Post a signed delivery and return the status of the answer."""
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        headers = self.key.sign(message_id, sent_at, raw) | {
            "Kick-Event-Type": kind,
            "Content-Type": "application/json",
        }
        async with self.http.post("/webhooks/kick", data=raw, headers=headers) as answer:
            return answer.status

    async def settle(self) -> None:
        """Apply everything and run every job, as the worker would."""
        await self.server.settle()


@pytest.fixture
async def live(database_url: str, clock: FrozenClock, tmp_path: Path) -> AsyncGenerator[Running, None]:
    """A server that answers over HTTP and records; worker and jobs run when `settle` is called."""
    key = kicks_key()
    pem = tmp_path / "kick.pem"
    pem.write_text(key.public_pem)
    settings = Settings(
        database_url=database_url,
        secret_key=SECRET,  # type: ignore[arg-type]
        kick_public_key_file=pem,
        strangers_free_form=True,
    )
    async with (
        assembled(settings, roles=frozenset({"web"}), clock=clock) as server,
        running(server),
        TestClient(TestServer(server.site)) as http,
    ):
        yield Running(server, http, key, clock)
