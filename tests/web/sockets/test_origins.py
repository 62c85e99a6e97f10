"""From which pages a websocket may be opened: ours, those that are named in the settings, and programs."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from server.app import assembled
from server.settings import Settings
from server.web.graphql.endpoint import PATH
from tests.database import FrozenClock
from tests.graph import SOCKET
from tests.running import SECRET

ALLOWED = "https://overlay.example"
SAME = "http://{host}"
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "bm9uc2Vuc2Vub25zZW5zZQ==",
    "Sec-WebSocket-Protocol": SOCKET,
}
CASES = [
    ("a program", {}, 101),
    ("our own page", {"Origin": SAME}, 101),
    ("our own page over TLS that ends before us", {"Origin": "https://{host}"}, 101),
    ("our own page behind a proxy, as the browser says", {"Origin": ALLOWED, "Sec-Fetch-Site": "same-origin"}, 101),
    ("a page that is named", {"Origin": ALLOWED}, 101),
    ("our own page, written large", {"Origin": "HTTP://{host}"}, 101),
    ("another page", {"Origin": "https://elsewhere.example"}, 403),
    ("a page on another port", {"Origin": "http://127.0.0.1:1"}, 403),
    ("a page of a like name", {"Origin": ALLOWED + ".elsewhere.example"}, 403),
    ("a page below a named one", {"Origin": "https://evil.overlay.example"}, 403),
    ("a named page without TLS", {"Origin": "http://overlay.example"}, 403),
    ("a file, or a page in a sandbox", {"Origin": "null"}, 403),
    (
        "a page of another site, as the browser says",
        {"Origin": "https://x.example", "Sec-Fetch-Site": "same-site"},
        403,
    ),
    ("an origin that is empty", {"Origin": ""}, 403),
    ("an origin that is none", {"Origin": "http://["}, 403),
    ("an origin with a user", {"Origin": "http://{host}@elsewhere.example"}, 403),
    ("a page of another kind", {"Origin": "chrome-extension://{host}"}, 403),
    ("our own page by a path", {"Origin": "http://elsewhere.example/{host}"}, 403),
]


@pytest.fixture
async def site(database_url: str, clock: FrozenClock) -> AsyncGenerator[TestClient[Any, Any], None]:
    settings = Settings(database_url=database_url, secret_key=SECRET, allowed_origins=[ALLOWED])  # type: ignore[arg-type]
    async with (
        assembled(settings, roles=frozenset({"web"}), clock=clock) as server,
        TestClient(TestServer(server.site)) as http,
    ):
        yield http


@pytest.mark.parametrize(("headers", "status"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_a_socket_is_opened_for_our_pages_and_programs_only(
    site: TestClient[Any, Any], headers: dict[str, str], status: int
) -> None:
    host = f"127.0.0.1:{site.server.port}"
    given = {name: value.format(host=host) for name, value in headers.items()}
    async with site.get(PATH, headers=HANDSHAKE | given) as answer:
        assert answer.status == status
        if status == 403:
            assert (await answer.json())["errors"][0]["extensions"]["code"] == "origin_forbidden"
        assert "Access-Control-Allow-Origin" not in answer.headers
