"""The stream overlay in a real browser, before a real server."""

import shutil
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest

from server.schema.ids import id_of
from server.web.overlay.build import PAGE, VENDOR
from tests.graph import Graph, graph
from tests.web.chromium import Browser, chromium

__all__ = ["graph"]

CREATE = """mutation ($input: CreateOverlayKeyInput!) { createOverlayKey(input: $input) {
    ... on OverlayKeyCreated { secret overlayKey { id } } } }"""
REVOKE = """mutation ($input: RevokeOverlayKeyInput!) { revokeOverlayKey(input: $input) { __typename } }"""


@dataclass
class Stream:
    """A community whose overlay a browser shows, with a key for it."""

    graph: Graph
    browser: Browser
    community: int
    key: str
    key_id: str

    def address(self, widget: str, **options: str) -> str:
        more = "&".join(f"{name}={value}" for name, value in options.items())
        return f"{self.graph.live.http.make_url(f'/overlay/{widget}')}#{more}"

    async def show(self, widget: str, **options: str) -> None:
        """Open a widget as OBS does, with live data."""
        await self.browser.open(self.address(widget, k=self.key, **options))

    async def text(self) -> str:
        return await self.browser.value("document.body.innerText")

    async def revoke(self) -> None:
        given = {
            "communityId": id_of("community", self.community),
            "keyId": self.key_id,
            "idempotencyKey": "revoked",
        }
        await self.graph.data(REVOKE, input=given)


@pytest.fixture(autouse=True)
def built() -> None:
    """The overlay as npm made it."""
    if not (VENDOR / PAGE).is_file():
        pytest.skip("the overlay is not built; make install builds it where there is npm")


@pytest.fixture
async def stream(graph: Graph) -> AsyncGenerator[Stream, None]:
    """An overlay of a community that three viewers watch."""
    if shutil.which("chromium") is None:
        pytest.skip("there is no chromium; apt-get install chromium installs it")
    community = await graph.live.community("house", "100001")
    await graph.watched()
    given = {"communityId": id_of("community", community), "overlay": "main-scene", "idempotencyKey": "key"}
    made = (await graph.data(CREATE, input=given))["createOverlayKey"]
    async with chromium() as browser:
        yield Stream(graph, browser, community, made["secret"], made["overlayKey"]["id"])
