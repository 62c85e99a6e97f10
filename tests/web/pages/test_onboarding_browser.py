"""Setting a community up in a real browser, in one go: from the server's code to a channel that is followed."""

import pytest

from tests.web.chromium import Browser
from tests.web.pages.looking import PRESS, fill, look, shown
from tests.web.pages.test_connecting import checks, founded
from tests.web.pages.test_start import setup_code
from tests.web.pages.visiting import Visited

pytestmark = pytest.mark.browser
OTTER = 7_200_101


async def allow(browser: Browser, account: int = OTTER, answer: str = "allow") -> None:
    """Answer on Kick's page."""
    await browser.until("document.querySelector('select#account')")
    await browser.value(f"document.querySelector('select').value = '{account}'")
    await browser.value(f"document.querySelector('button[value={answer}]').click()")


async def press(browser: Browser, words: str) -> None:
    await browser.value(f"[...document.querySelectorAll('button')].find(one => one.innerText === {words!r}).click()")


async def test_a_streamer_is_set_up_in_one_go(visited: Visited, browser: Browser) -> None:
    code = await setup_code(visited)
    await browser.open(f"{visited.base}/start")
    await shown(browser, "Set up your community")
    await look(browser, "start-stranger")
    await browser.value(PRESS)
    await allow(browser)
    await shown(browser, "Make your community")
    await look(browser, "start")
    await fill(browser, code="ABCD-EFGH-JKLM", name="Night Harbour", slug="night-harbour", timezone="Europe/Stockholm")
    await browser.value(PRESS)
    await browser.until("document.querySelector('[role=alert]')")
    await look(browser, "start-refused")
    await fill(browser, code=code)
    await browser.value(PRESS)
    await shown(browser, "Night Harbour")
    await look(browser, "community-new")
    await browser.value("document.querySelector('[name=chat]').click()")
    await press(browser, "Connect with Kick")
    await allow(browser)
    await browser.until("location.pathname === '/c/night-harbour'")
    await shown(browser, "Night Harbour")
    await look(browser, "community")
    await press(browser, "Sync from Kick")
    await browser.until("document.querySelector('[role=status]')")
    await look(browser, "community-synced")
    await browser.open(f"{visited.base}/c/night-harbour/sync")
    await browser.until("location.pathname === '/c/night-harbour'")
    await press(browser, "Make a code")
    await browser.until("document.querySelector('.code')")
    await look(browser, "community-guild")
    found = await checks(visited, "night-harbour")
    assert {name for name, one in found.items() if one["state"] == "FAILED"} == set()
    assert found["CHAT_SEND"]["state"] == "OK"
    assert not [one for one in browser.asked if not one.startswith((visited.base, visited.kick.url))]
    # A form that is answered with 409 is shown as it should be, and told as an error by the browser.
    assert [one for one in browser.troubles if "409" not in one] == []


async def test_texts_are_read_and_written_in_a_browser(visited: Visited, browser: Browser) -> None:
    await founded(visited)
    await browser.open(f"{visited.base}/c/harbour/privacy")
    await shown(browser, "Privacy policy")
    await look(browser, "text")
    await browser.open(f"{visited.base}/c/harbour/privacy/edit")
    await shown(browser, "Sign in to go on")
    await look(browser, "sign-in-first")
    await browser.value(PRESS)
    await allow(browser)
    await browser.until("document.querySelector('textarea')")
    await look(browser, "text-edit")
    assert (await browser.value("document.querySelector('textarea').value")).startswith("This says what is kept")
    await fill(browser, body="## Ours\n\nWe keep little.")
    await browser.value(PRESS)
    await browser.until("document.querySelector('h2') && document.querySelector('h2').innerText === 'Ours'")
    await look(browser, "text-own")
    assert browser.troubles == []


async def test_who_does_not_allow_it_reads_what_to_do(visited: Visited, browser: Browser) -> None:
    await browser.open(f"{visited.base}/start")
    await shown(browser, "Set up your community")
    await browser.value(PRESS)
    await allow(browser, answer="deny")
    await shown(browser, "That did not work")
    assert "You did not allow it" in await browser.value("document.body.innerText")


async def test_the_form_is_walked_with_the_keyboard_and_every_field_has_its_label(
    visited: Visited, browser: Browser
) -> None:
    await browser.open(f"{visited.base}/start")
    await shown(browser, "Set up your community")
    await browser.value(PRESS)
    await allow(browser)
    await shown(browser, "Make your community")
    seen: list[str] = []
    for _ in range(8):
        await browser.press("Tab", 9)
        seen.append(await browser.value("document.activeElement.id || document.activeElement.innerText"))
    assert seen == ["Skip to content", "Not you?", "code", "name", "slug", "timezone", "Make the community", seen[-1]]
    unlabelled = "[...document.querySelectorAll('input:not([type=hidden]), select')].filter(one => !one.labels.length)"
    assert await browser.value(f"{unlabelled}.length") == 0
