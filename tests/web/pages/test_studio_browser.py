"""The studio in a real browser: every widget is seen, by keyboard and screen reader as well."""

import pytest

from server.effects.tokens import note
from server.schema.ids import id_of
from server.web.overlay.build import PAGE, VENDOR
from server.web.overlay.widgets import WIDGETS
from tests.web.chromium import Browser
from tests.web.pages.looking import PRESS, look, shown
from tests.web.pages.test_connecting import founded
from tests.web.pages.test_onboarding_browser import allow
from tests.web.pages.test_studio import BEGIN, REVOKE, TEST_DRAW, key_of, shown_with
from tests.web.pages.visiting import Visited

pytestmark = pytest.mark.browser
PREVIEWS = """[...document.querySelectorAll('iframe')].map(frame => {
    frame.loading = 'eager'; return frame.contentDocument?.querySelector('.card') ? frame.title : '' })"""
GOAL = "document.querySelector('iframe[title^=Goal]')"
UNNAMED = """[...document.querySelectorAll('a, button, input:not([type=hidden]), select, iframe, summary')]
    .filter(one => !(one.textContent.trim() || one.title || one.labels?.length)).map(one => one.outerHTML)"""


async def test_the_studio_shows_every_widget_and_makes_links(visited: Visited, browser: Browser) -> None:
    if not (VENDOR / PAGE).is_file():
        pytest.skip("the overlay is not built; make install builds it where there is npm")
    community = await founded(visited)
    await visited.ask(BEGIN, id=id_of("community", community))
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
    await browser.value("document.querySelector('#theme').value = 'neon'")
    await browser.value("document.querySelector('.looks button').click()")
    await browser.until(
        "document.querySelector('iframe')?.src.includes('theme=neon') && document.readyState === 'complete'"
    )
    await by_keyboard(browser)
    await browser.value(f"document.querySelector('form[action=\"{TEST_DRAW}\"] button').focus()")
    await browser.press("Enter", 13, "\r")
    await browser.until("document.querySelector('#widget-draw ~ [role=status]')?.innerText.includes('on its way')")
    assert "theme=neon" in await browser.value("document.querySelector('iframe').src"), "it looks as it did"
    await look(browser, "studio-draw")
    await browser.value("document.querySelector('.widgets form button[value=make]').click()")
    await browser.until("document.querySelector('[role=status] a[draggable]')")
    await look(browser, "studio-link")
    key = key_of(await browser.value("document.querySelector('[role=status] a[draggable]').href"))
    await browser.value(f"document.querySelector('form[action=\"{REVOKE}\"] button').click()")
    await browser.until("document.querySelector('#revoked')")
    visited.clock.pass_time(minutes=4)
    await shown_with(visited, key)
    await note(visited.server.units, visited.server.door.uses)
    await browser.call("Page.reload")
    await browser.until("document.querySelector('main')?.innerText.includes('Still tried a minute ago')")
    await look(browser, "studio-revoked")
    assert await browser.value(UNNAMED) == []
    assert browser.troubles == []


async def by_keyboard(browser: Browser) -> None:
    """Choose what a goal counts with keys alone: its fields follow one another, and Enter shows it so."""
    await browser.value("document.getElementById('goal-of').focus()")
    for key in "sub":
        await browser.press(key, ord(key.upper()), key)
    seen = []
    for _ in range(4):
        await browser.press("Tab", 9)
        seen.append(await browser.value("document.activeElement.id"))
        if seen[-1] == "goal-title":
            break
    assert seen == ["goal-to", "goal-title"]
    for key in "Tea":
        await browser.press(key, ord(key.upper()), key)
    await browser.press("Enter", 13, "\r")
    await browser.until("location.hash === '#widget-goal' && document.readyState === 'complete'")
    await browser.value(PREVIEWS)
    await browser.until(f"{GOAL}?.contentDocument?.querySelector('.goal h1')?.innerText === 'Tea'")
    assert "of=subs" in await browser.value(f"{GOAL}.src")
    assert await browser.value(
        "document.querySelector('#goal-of').closest('fieldset').querySelector('legend').innerText"
    )
