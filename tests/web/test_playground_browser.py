"""The playground in a real browser: signing in, asking, listening, and what it leaves behind."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from server.app import rights_now
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import context_factory
from server.resolvers.root import build_schema
from server.system import SystemIds
from server.web.graphql.endpoint import add_graphql
from server.web.playground.pages import add_playground
from tests.running import Running
from tests.web.chromium import Browser

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("built")]

CLICK_RUN = "document.querySelector('.graphiql-execute-button').click()"
ANSWER = "document.querySelector('.graphiql-response').innerText"


@dataclass(frozen=True)
class Playground:
    browser: Browser
    address: str
    live: Running

    def token(self) -> str:
        return self.live.server.tokens.mint("admin", subject="tester")

    async def sign_in(self) -> None:
        await self.browser.open(f"{self.address}#token={self.token()}")
        await self.browser.until("document.querySelector('.graphiql-query-editor .CodeMirror')")

    async def show(self, tab: str) -> None:
        tabs = "[...document.querySelectorAll('.graphiql-tab-button')]"
        await self.browser.value(f"{tabs}.find((one) => one.innerText.trim() === {tab!r}).click()")

    async def run_shown(self) -> None:
        """Press the button until it runs the tab that is shown: GraphiQL learns its operation's name a moment later."""
        for _ in range(20):
            await self.browser.value(CLICK_RUN)
            await asyncio.sleep(0.5)
            if "operation_unknown" not in await self.browser.value(ANSWER):
                return

    async def wish(self, seconds: int) -> None:
        """Give the only viewer this watch time."""

        async def write(tx: Tx, _: Scope) -> Done[None]:
            await tx.execute("UPDATE viewer SET watch_us = $1", seconds * 1_000_000)
            await tx.execute("UPDATE feed_head SET head = head + 1")
            return Done(None)

        await self.live.server.units.run(1, write)


async def nobody(_: web.Request) -> web.Response:
    """What the pages tell the playground where nobody is signed in."""
    return web.json_response({"name": None})


@pytest.fixture
async def playground(live: Running, browser: Browser) -> AsyncGenerator[Playground, None]:
    community = await live.community("harbour")

    async def populate(tx: Tx, _: Scope) -> Done[None]:
        names = "(platform, external_id, name, name_key, named_at)"
        await tx.execute(f"INSERT INTO account {names} VALUES ('kick', '5001', 'MaraWaves', 'marawaves', 0)")
        await tx.execute(
            "INSERT INTO viewer (community_id, face, watch_us) SELECT $1, id, 60000000 FROM account", community
        )
        await tx.execute(
            "INSERT INTO viewer_account (community_id, account_id, viewer_id) SELECT community_id, face, id FROM viewer"
        )
        return Done(None)

    await live.server.units.run(community, populate)
    app = web.Application()
    server = live.server
    context = context_factory(server.services, SystemIds(), lambda *_: None)
    add_graphql(
        app,
        schema=build_schema(),
        context=context,
        door=server.door,
        rights=partial(rights_now, server.database),
        clock=server.clock,
        ids=SystemIds(),
    )
    add_playground(app)
    app.router.add_get("/session", nobody)
    async with TestServer(app) as site:
        yield Playground(browser, str(site.make_url("/playground")), live)
        assert {
            address for address in browser.asked if not address.startswith((str(site.make_url("/")), "data:"))
        } == set()


async def test_a_link_with_a_token_signs_in_and_the_token_leaves_no_trace(playground: Playground) -> None:
    browser = playground.browser
    await playground.sign_in()
    assert await browser.value("location.href") == playground.address
    assert await browser.value("history.length") <= 2
    assert await browser.value("localStorage.length + document.cookie.length") == 0
    assert await browser.value("document.getElementById('who').innerText") == "Operator, as tester"
    await browser.value(CLICK_RUN)
    await browser.until(f"{ANSWER}.includes('MaraWaves')")
    assert browser.troubles == []
    await browser.value("document.getElementById('leave').click()")
    await browser.until("document.activeElement?.id === 'token'")
    assert await browser.value("sessionStorage.length") == 0


async def test_the_form_works_by_keyboard_and_says_what_is_wrong(playground: Playground) -> None:
    browser = playground.browser
    await browser.open(playground.address)
    await browser.until("document.activeElement?.id === 'token'")
    assert await browser.value("document.querySelector('label[for=token]').innerText") == "Token"
    await browser.call("Input.insertText", text="nonsense")
    await browser.press("Enter", 13, "\r")
    await browser.until("document.getElementById('trouble').innerText.includes('not valid')")
    assert await browser.value("sessionStorage.length") == 0
    await browser.value("document.getElementById('token').value = ''")
    await browser.call("Input.insertText", text=playground.token())
    await browser.press("Enter", 13, "\r")
    await browser.until("document.querySelector('.graphiql-container')")


async def test_a_subscription_shows_every_change(playground: Playground) -> None:
    await playground.sign_in()
    await playground.show("LeaderboardChanged")
    await playground.run_shown()
    await playground.browser.until(f'/"seconds": 60\\b/.test({ANSWER})')
    await playground.wish(61)
    await playground.browser.until(f'/"seconds": 61\\b/.test({ANSWER})')


async def test_dialogs_and_hints_keep_to_the_content_policy(playground: Playground) -> None:
    browser = playground.browser
    await playground.sign_in()
    for label in ("Open settings dialog", "Open short keys dialog"):
        await browser.value(f"document.querySelector('[aria-label=\"{label}\"]').click()")
        await browser.until("document.querySelector('[role=dialog]')")
        await browser.press("Escape", 27)
        await browser.until("!document.querySelector('[role=dialog]')")
    await browser.value("document.querySelector('[aria-label=\"Show Documentation Explorer\"]').click()")
    await browser.until("document.body.innerText.includes('Root Types')")
    assert browser.troubles == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_can_be_read_in_light_and_in_dark(playground: Playground, scheme: str) -> None:
    browser = playground.browser
    await browser.prefer(scheme)
    await browser.open(playground.address)
    await browser.until("document.getElementById('sign-in')?.hidden === false")
    for part in ("#sign-in", "#enter", "#token", ".quiet", "#trouble"):
        assert contrast(await colours(browser, part)) >= 4.5, part


async def colours(browser: Browser, part: str) -> tuple[list[int], list[int]]:
    """The colour of a part's text and of what lies behind it."""
    script = f"""(() => {{
        const shown = (one) => getComputedStyle(one);
        const own = document.querySelector({part!r});
        let behind = own;
        while (shown(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
        const numbers = (text) => text.match(/\\d+/g).slice(0, 3).map(Number);
        return [numbers(shown(own).color), numbers(shown(behind).backgroundColor)];
    }})()"""
    ink, ground = await browser.value(script)
    return ink, ground


def contrast(pair: tuple[list[int], list[int]]) -> float:
    """How much two colours differ, as WCAG 2.2 measures it."""
    darker, lighter = sorted(map(luminance, pair))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: Any) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
