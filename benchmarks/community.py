"""A server over a measured database, and a community whose stream is live while the measured chat is written."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.engines import Engine
from benchmarks.processes import Pipe, accepting, free_port, let_go
from clients.simulator.people import HARBOUR
from server import app
from server.app import assembled
from server.events.happening import Person
from server.jobs.unit import Done, Scope
from server.logs import configure_logs
from server.ports import Tx
from server.running import Role, Server
from server.settings import Settings
from server.store import channels, communities

SECRET = "Lx4pV7-tQm92Zs-Wk5hRy-8cJd3N-bF6g"  # noqa: S105 - a key that lives as long as one measurement
SLUG = "harbour"
BROADCASTER = Person(id=str(HARBOUR.account), name=HARBOUR.name, slug=HARBOUR.slug)


def settings_for(url: str, **more: Any) -> Settings:
    """Default settings over a database, but for what is given."""
    return Settings.model_validate({"database_url": url, "secret_key": SECRET, **more})


async def found(server: Server, live_since: datetime) -> int:
    """A community with one channel, live since `live_since`; its id."""

    async def make(tx: Tx, scope: Scope) -> Done[int]:
        community_id = await communities.create(tx, SLUG, "Harbour", "UTC", scope.now)
        assert community_id is not None
        channel_id = await channels.learn(tx, "kick", BROADCASTER)
        await channels.attach(tx, community_id, channel_id, scope.now)
        await channels.note_start(tx, channel_id, live_since, "Measured")
        return Done(community_id)

    return await server.units.run(0, make)


@asynccontextmanager
async def inhabited(engine: Engine, live_since: datetime) -> AsyncGenerator[str, None]:
    """The URL of a database that holds such a community and nothing else."""
    async with engine.migrated() as url:
        async with assembled(settings_for(url)) as server:
            await found(server, live_since)
        yield url


def serve(pipe: Pipe, url: str, key_file: Path, roles: frozenset[Role] = app.EVERYTHING) -> None:
    """Serve as `regulars serve` does until `pipe` is let go."""
    configure_logs(level="warning", layout="console", stream=sys.stderr, secrets=())
    asyncio.run(_serve(pipe, settings_for(url, kick_public_key_file=key_file, port=free_port()), roles))


async def _serve(pipe: Pipe, settings: Settings, roles: frozenset[Role]) -> None:
    serving = asyncio.create_task(app.serve(settings, roles=roles))
    await accepting(settings.port)
    pipe.send(settings.port)
    await let_go(pipe)
    serving.cancel()
    await asyncio.wait([serving])
