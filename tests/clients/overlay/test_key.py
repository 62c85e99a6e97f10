"""An overlay's key is seen by nobody but the server that it opens, whatever becomes of page and server."""

import asyncio
import io
from base64 import b64decode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from tests.canaries import seen
from tests.clients.overlay.conftest import CREATE, REVOKE
from tests.programs import free_port, run, serving
from tests.web.chromium import Browser, chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

FOUND = """mutation ($input: CreateCommunityInput!) { createCommunity(input: $input) {
    ... on CommunityCreated { community { id } } } }"""
LIST = '{ community(slug: "harbour") { overlayKeys(first: 5) { nodes { id revokedAt } } } }'
TOLD = ("said", "troubles", "asked", "headers")
PAGE = "[document.documentElement.outerHTML, location.href, document.title, document.referrer].join()"
SHOWN = "document.querySelector('.board')"
GONE = "document.body.innerText === ''"
BACK_WITHIN_S = 60
START_WITHIN_S = 60
WRONG = "rgo_" + "w" * 43


@dataclass
class House:
    """A server as a person starts it, with a community; `log` is all that it wrote."""

    url: str
    database_url: str
    log: Path
    operator: str = ""
    community: str = ""

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None, None]:
        port = int(self.url.rpartition(":")[2])
        given = {"REGULARS_DATABASE_URL": self.database_url, "REGULARS_LOG_LEVEL": "debug"}
        async with serving(self.log, port, "serve", **given):
            yield

    async def do(self, document: str, **given: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.operator}"}
        body = {"query": document, "variables": {"input": given} if given else {}}
        url = f"{self.url}/graphql"
        async with aiohttp.ClientSession(headers=headers) as session, session.post(url, json=body) as answer:
            told = await answer.json()
        assert "errors" not in told, told
        return next(iter(told["data"].values()))

    async def found(self) -> None:
        given = {"slug": "harbour", "name": "Harbour", "timezone": "UTC", "idempotencyKey": "k"}
        self.community = (await self.do(FOUND, **given))["community"]["id"]


@dataclass
class Screen:
    """A browser that shows an overlay with a key, and pictures of all it showed."""

    house: House
    browser: Browser
    secret: str
    key_id: str
    pictures: list[bytes] = field(default_factory=list[bytes])

    async def look(self) -> None:
        """Keep all that the page shows and holds, beside what the browser told already."""
        self.pictures.append(await picture(self.browser))
        self.browser.said.append(await self.browser.value(PAGE))

    async def begin(self) -> None:
        await self.browser.open(f"{self.house.url}/overlay/leaderboard#k={self.secret}&lang=en")
        await self.browser.until(SHOWN)
        await self.look()
        await self.browser.call("Page.reload")
        await self.browser.until(SHOWN)
        await self.look()

    async def back(self, tries: int) -> None:
        """Wait until the page, which still shows what it knew, has asked once more for its websocket."""
        async with asyncio.timeout(BACK_WITHIN_S):
            while not any("Sec-WebSocket-Key" in one for one in self.browser.headers[tries:]):
                await asyncio.sleep(0.05)
        await self.look()

    async def end(self) -> None:
        """Take the key back: nothing is shown any more, nor after the page was loaded again, nor with a wrong key."""
        given = {"communityId": self.house.community, "keyId": self.key_id, "idempotencyKey": self.key_id}
        await self.house.do(REVOKE, **given)
        await self.browser.until(GONE)
        await self.look()
        for address in (f"{self.house.url}/overlay/leaderboard", f"{self.house.url}/overlay/leaderboard#k={WRONG}"):
            await self.browser.open("about:blank")
            await self.browser.open(address)
            await self.browser.until("document.readyState === 'complete'")
            await self.look()


async def picture(browser: Browser) -> bytes:
    taken = b64decode((await browser.call("Page.captureScreenshot"))["data"])
    return Image.open(io.BytesIO(taken)).convert("RGB").tobytes()


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> House:
    """A server that does not run yet."""
    _, token, _ = await run("token", within_s=START_WITHIN_S, REGULARS_DATABASE_URL=database_url)
    return House(f"http://127.0.0.1:{free_port()}", database_url, tmp_path / "log", token.strip())


async def screen(house: House, name: str, browser: Browser) -> Screen:
    """A browser with a new key."""
    made = await house.do(CREATE, communityId=house.community, overlay=name, idempotencyKey=name)
    return Screen(house, browser, made["secret"], made["overlayKey"]["id"])


async def test_the_key_is_in_no_log_header_console_or_picture(house: House) -> None:
    async with chromium() as one, chromium() as other:
        async with house.open():
            await house.found()
            screens = [await screen(house, name, browser) for name, browser in (("main", one), ("side", other))]
            await screens[0].begin()
        tries = len(one.headers)
        await screens[0].look()
        async with house.open():
            await screens[0].back(tries)
            await screens[0].end()
            await screens[1].begin()
            await screens[1].end()
            listed = (await house.do(LIST))["overlayKeys"]["nodes"]
    assert [key["revokedAt"] is not None for key in listed] == [True, True], "staff sees it"
    told = {place: str([getattr(browser, place) for browser in (one, other)]).encode() for place in TOLD}
    secrets = {each.key_id: each.secret for each in screens} | {"wrong": WRONG}
    assert seen(secrets, told | {"log": house.log.read_bytes()}) == []
    assert not any("Referer" in headers for headers in one.headers + other.headers)
    pictures = [set(each.pictures) for each in screens]
    assert pictures[0] == pictures[1], "whatever the key is, pictures are the same to the pixel"
    assert len(pictures[0]) == 2, "a board, and nothing"


async def test_another_link_in_the_same_tab_is_read_and_taken_out_of_sight(house: House) -> None:
    async with chromium() as browser, house.open():
        await house.found()
        first, second = [await screen(house, name, browser) for name in ("main", "side")]
        for each in (first, second):
            await browser.value(f"location.hash = 'k={each.secret}'") if each is second else await each.begin()
            await browser.until(f"!location.href.includes('k=') && {SHOWN}")
            kept = await browser.value("Object.values(sessionStorage).join()")
            assert each.secret in kept
        await browser.value("history.back()")
        await browser.until(f"!location.href.includes('k=') && {SHOWN}")


async def test_a_key_that_is_written_somewhere_is_noticed() -> None:
    async with chromium() as browser:
        await browser.open("about:blank")
        await browser.until("document.readyState === 'complete'")
        blank = await picture(browser)
        await browser.value(f"console.warn({WRONG!r})")
        await browser.value(f"document.body.append({WRONG!r})")
        told = {"console": str(browser.said).encode(), "page": (await browser.value(PAGE)).encode(), "log": b"none"}
        assert await picture(browser) != blank
    assert seen({"key": WRONG}, told) == ["key in console", "key in page"]
