"""The studio in a real browser: every widget is seen, by keyboard and screen reader as well."""

import pytest

from server.web.overlay.build import PAGE, VENDOR
from server.web.overlay.widgets import WIDGETS
from tests.web.chromium import Browser
from tests.web.pages.looking import PRESS, look, shown
from tests.web.pages.test_connecting import founded
from tests.web.pages.test_onboarding_browser import allow
from tests.web.pages.visiting import Visited

pytestmark = pytest.mark.browser
PREVIEWS = """[...document.querySelectorAll('iframe')].map(frame => {
    frame.loading = 'eager'; return frame.contentDocument?.querySelector('.card') ? frame.title : '' })"""
UNNAMED = """[...document.querySelectorAll('a, button, input:not([type=hidden]), select, iframe, summary')]
    .filter(one => !(one.textContent.trim() || one.title || one.labels?.length)).map(one => one.outerHTML)"""


async def test_the_studio_shows_every_widget_and_makes_links(visited: Visited, browser: Browser) -> None:
    if not (VENDOR / PAGE).is_file():
        pytest.skip("the overlay is not built; make install builds it where there is npm")
    await founded(visited)
    await browser.open(f"{visited.base}/c/harbour/overlays")
    await shown(browser, "Sign in to go on")
    await browser.value(PRESS)
    await allow(browser)
    await shown(browser, "Overlays")
    await browser.value(PREVIEWS)
    for one in WIDGETS:
        await browser.until(f"{PREVIEWS}.includes('{one.title} with sample data')")
    await look(browser, "studio")
    assert await browser.value(UNNAMED) == []
    await browser.value("document.querySelector('.widgets form button').click()")
    await browser.until("document.querySelector('[role=status] a[draggable]')")
    await look(browser, "studio-link")
    assert await browser.value(UNNAMED) == []
    assert browser.troubles == []
