"""The playground in a real browser that is signed in on the server's pages."""

import pytest

from tests.web.chromium import Browser
from tests.web.pages import conftest as pages
from tests.web.pages.looking import PRESS, look, shown
from tests.web.pages.visiting import Visited

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("built")]
visited = pages.visited
OTTER = 7_200_101


async def test_whoever_is_signed_in_asks_in_the_playground_without_a_token(visited: Visited, browser: Browser) -> None:
    await browser.open(f"{visited.base}/sign-in")
    await shown(browser, "Sign in")
    await browser.value(PRESS)
    await browser.until("document.querySelector('select')")
    await browser.value(f"document.querySelector('select').value = '{OTTER}'")
    await browser.value("document.querySelector('button[value=allow]').click()")
    await shown(browser, "You are signed in")
    await browser.open(f"{visited.base}/playground")
    await browser.until("document.getElementById('known')?.hidden === false")
    await look(browser, "playground-session")
    await browser.value("document.getElementById('go-on').click()")
    await browser.until("document.querySelector('.graphiql-query-editor .CodeMirror')")
    assert await browser.value("document.getElementById('who').innerText") == f"Signed in, as kick:{OTTER}"
    kept = await browser.value("JSON.stringify({...sessionStorage, ...localStorage}) + document.cookie")
    assert "Session " not in kept
    assert not browser.troubles
