"""A server with pages beside a played Kick."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar

from clients.simulator.played import KickPlayed
from clients.simulator.stage import PLAYED_APP
from server.app import assembled
from server.running import listening, running
from server.settings import Settings
from server.web.pages.platforms import CALLBACK
from tests.database import FrozenClock
from tests.running import SECRET
from tests.web.pages.visiting import Visited


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
async def visited(database_url: str, clock: FrozenClock) -> AsyncGenerator[Visited, None]:
    """A server that people visit with browsers; what it does later is done when its `settle` is called."""
    async with visited_at(database_url, clock) as found:
        yield found


@pytest.fixture
async def visited_open(database_url: str, clock: FrozenClock) -> AsyncGenerator[Visited, None]:
    """A server on which everybody may make communities."""
    async with visited_at(database_url, clock, open_sign_up=True) as found:
        yield found


@asynccontextmanager
async def visited_at(database_url: str, clock: FrozenClock, **more: Any) -> AsyncGenerator[Visited, None]:
    """A server beside a played Kick, with more settings."""
    port = free_port()
    app = replace(PLAYED_APP, redirect_uris=frozenset({f"http://127.0.0.1:{port}{CALLBACK}"}))
    async with KickPlayed(app) as kick, ClientSession(cookie_jar=DummyCookieJar()) as session:
        settings = Settings(
            database_url=database_url,
            secret_key=SECRET,  # type: ignore[arg-type]
            port=port,
            kick_client_id=PLAYED_APP.client_id,
            kick_client_secret=PLAYED_APP.client_secret,  # type: ignore[arg-type]
            kick_api_url=kick.url,
            kick_auth_url=kick.url,
            strangers_free_form=True,
            **more,
        )
        async with (
            assembled(settings, roles=frozenset({"web"}), clock=clock) as server,
            running(server),
            listening(server),
        ):
            yield Visited(server, f"http://127.0.0.1:{port}", kick, clock, session)
