"""Linking in a real browser: cookies of the kind __Host-, redirects, phone and desktop, light and dark."""

import pytest

from tests.web.chromium import Browser
from tests.web.pages.houses import MALLORY, OTTER, TYPE, VIOLET, House, house_named
from tests.web.pages.looking import PRESS, look, shown
from tests.web.pages.visiting import Visited

pytestmark = pytest.mark.browser


@pytest.fixture
async def house(visited: Visited) -> House:
    return await house_named(visited, "harbour")


async def test_a_person_links_in_a_real_browser(house: House, visited: Visited, browser: Browser) -> None:
    url = (await house.offer(name="violet_the_quiet_reader"))["url"]
    await browser.open(url)
    await shown(browser, "Link your Kick account")
    await look(browser, "link-start")
    await browser.value(PRESS)
    await browser.until("location.port !== '" + visited.base.rsplit(":", 1)[1] + "'")
    await browser.until("document.querySelector('form')")
    await look(browser, "link-kick")
    await browser.value(f"document.querySelector('select').value = '{OTTER}'")
    await browser.value("document.querySelector('button[value=allow]').click()")
    await shown(browser, "Are these both yours?")
    await look(browser, "link-confirm")
    assert await house.linked() == []
    await browser.value(PRESS)
    await shown(browser, "One last step, in Discord")
    await look(browser, "link-code")
    code = await browser.value("document.querySelector('.code').innerText.trim().split(/\\s+/).pop()")
    assert (await house.change(TYPE, house.person(VIOLET), code=code))["platformId"] == str(OTTER)
    await browser.call("Page.reload")
    await shown(browser, "Your accounts are linked")
    await look(browser, "link-done")
    assert await house.linked() == [("DISCORD", VIOLET), ("KICK", str(OTTER))]
    assert not [one for one in browser.asked if not one.startswith((visited.base, visited.kick.url))]
    assert not browser.troubles


async def test_a_victim_who_confirms_an_attackers_link_has_given_nothing_away(
    house: House, visited: Visited, browser: Browser
) -> None:
    visited.kick.allow(OTTER)
    await browser.open((await house.offer(MALLORY, "Prize Team"))["url"])
    await shown(browser, "Link your Kick account")
    assert MALLORY in await browser.value("document.body.innerText")
    await browser.value(PRESS)
    await shown(browser, "Are these both yours?")
    await browser.value(PRESS)
    await shown(browser, "One last step, in Discord")
    guess = await house.change(TYPE, house.person(MALLORY), code="AAAAAA")
    assert guess["code"] == "link_code_wrong"
    assert await house.linked(MALLORY) == []


async def test_a_refusal_is_a_page_that_says_what_to_do(house: House, visited: Visited, browser: Browser) -> None:
    url = (await house.offer())["url"]
    visited.clock.pass_time(seconds=601)
    await browser.open(url)
    await shown(browser, "That did not work")
    assert "Ask for a new link in Discord with /link." in await browser.value("document.body.innerText")
    await look(browser, "link-refused")


async def test_pages_are_walked_with_the_keyboard_and_named_for_readers(house: House, browser: Browser) -> None:
    await browser.open((await house.offer())["url"])
    await shown(browser, "Link your Kick account")
    await browser.press("Tab", 9)
    assert await browser.value("document.activeElement.innerText") == "Skip to content"
    await browser.press("Tab", 9)
    assert await browser.value("document.activeElement.tagName") == "BUTTON"
    assert await browser.value("document.documentElement.lang") == "en"
    assert await browser.value("document.querySelectorAll('h1').length") == 1
    assert await browser.value("[...document.querySelectorAll('main, header, footer')].length") == 3
