"""Servers behind a proxy on this machine, and senders with addresses of their own."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from server.app import assembled
from server.auth.addresses import FORWARDED
from server.running import running
from server.settings import Settings
from server.web.graphql.endpoint import PATH
from tests.database import FrozenClock
from tests.keys import kicks_key
from tests.running import SECRET, Running

FLOOD, HONEST = "9.9.9.9", "8.8.4.4"
ME = "{ me { kind } }"


@asynccontextmanager
async def behind_a_proxy(
    database_url: str, clock: FrozenClock, folder: Path, **more: Any
) -> AsyncGenerator[Running, None]:
    """A server that believes its proxy."""
    key = kicks_key()
    pem = folder / "kick.pem"
    pem.write_text(key.public_pem)
    settings = Settings(
        database_url=database_url,
        secret_key=SECRET,  # type: ignore[arg-type]
        kick_public_key_file=pem,
        strangers_free_form=True,
        trusted_proxies="127.0.0.1",  # type: ignore[arg-type]
        **more,
    )
    async with (
        assembled(settings, roles=frozenset({"web"}), clock=clock) as server,
        running(server),
        TestClient(TestServer(server.site)) as http,
    ):
        yield Running(server, http, key, clock)


async def asked(live: Running, sender: str, token: str | None, query: str = ME) -> tuple[int, Any, ClientResponse]:
    """The status and the answer to an operation."""
    headers = {FORWARDED: sender} | ({} if token is None else {"Authorization": f"Bearer {token}"})
    async with live.http.post(PATH, json={"query": query}, headers=headers) as answer:
        return answer.status, await answer.json(), answer
