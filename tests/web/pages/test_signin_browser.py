"""Signing in in a real browser, on a phone and at a desk: what is read before, and what can be done afterwards."""

import pytest

from tests.web.chromium import Browser
from tests.web.pages.looking import PRESS, look, shown
from tests.web.pages.visiting import Visited

pytestmark = pytest.mark.browser
OTTER = 7_200_101


async def test_somebody_signs_in_and_out_of_every_browser(visited: Visited, browser: Browser) -> None:
    await browser.open(f"{visited.base}/sign-in")
    await shown(browser, "Sign in")
    await look(browser, "sign-in")
    await browser.value(PRESS)
    await browser.until("document.querySelector('select')")
    await browser.value(f"document.querySelector('select').value = '{OTTER}'")
    await browser.value("document.querySelector('button[value=allow]').click()")
    await shown(browser, "You are signed in")
    await look(browser, "signed-in")
    other = await visited.signed_in(OTTER)
    await browser.value("document.querySelector('form[action=\"/sign-out-everywhere\"] button').click()")
    await shown(browser, "Sign in")
    assert "Sign in with Kick" in (await other.get("/sign-in")).text
    assert not browser.troubles
