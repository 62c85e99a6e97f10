"""Alerts in a real browser: shown once with one sound, whatever is reloaded, copied, restarted or away."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path

import pytest

from server.actions import scenes
from server.actions.streamalerts import steer
from server.domain.streamalerts import AlertKind
from tests.actions.alerting import House, follow, gift, kicks, sub
from tests.clients.overlay.stagehands import ALERT, OVERLAY, Theatre, theatre_on
from tests.database import FrozenClock
from tests.web.chromium import Browser, chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


WINDOW = """Object.defineProperty(document, 'visibilityState', { value: '%s', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'))"""
OBS = "dispatchEvent(new CustomEvent('obsSourceVisibleChanged', {detail: {visible: %s}}))"
AT_ALERT = """new MutationObserver((_, watching) => {
    if (document.querySelector('.alert')) { watching.disconnect(); %s } })
    .observe(document.body, {childList: true, subtree: true})"""
TAKEN_LATE = """const go = window.fetch; const told = new Promise((tell) => { window.told = tell });
    window.fetch = async (...given) => {
        const answer = await go(...given);
        if ((await answer.clone().text()).includes('isYours')) await told;
        return answer }"""
"""What the server says of taking is held back until somebody calls `told`."""


@pytest.fixture
async def theatre(database_url: str, clock: FrozenClock, tmp_path: Path) -> AsyncGenerator[Theatre, None]:
    if shutil.which("chromium") is None:
        pytest.skip("there is no chromium; apt-get install chromium installs it")
    async with theatre_on(database_url, clock, tmp_path) as ready:
        yield ready


@pytest.fixture
async def browser(theatre: Theatre) -> AsyncGenerator[Browser, None]:
    async with chromium() as ready:
        await theatre.show(ready)
        yield ready


async def seen(browser: Browser, who: str) -> None:
    await browser.until(f"({ALERT}) === '{who}'")


async def gone(browser: Browser) -> None:
    await browser.until(f"({ALERT}) === null")


async def test_what_happens_is_shown_with_a_sound_and_then_over(theatre: Theatre, browser: Browser) -> None:
    house = theatre.at_home
    await house.happen(kicks(2, 500, house.now, 2), sub(1, house.now, 1))
    await seen(browser, "viewer1")
    assert "subscribed" in await browser.value("document.body.innerText")
    await seen(browser, "viewer2")
    assert "sent 500 KICKs" in await browser.value("document.body.innerText")
    await gone(browser)
    await theatre.until_ended("done", 2)
    assert await browser.value("window.sounds") == 2
    assert browser.troubles == []


async def test_two_copies_show_the_same_and_make_one_sound(theatre: Theatre, browser: Browser) -> None:
    house = theatre.at_home
    async with chromium() as other:
        await theatre.show(other)
        for number in (1, 2):
            await house.happen(sub(number, house.now, number))
            await asyncio.gather(*(seen(one, f"viewer{number}") for one in (browser, other)))
            await theatre.until_ended("done", number)
        await asyncio.gather(gone(browser), gone(other))
        assert sum([await one.value("window.sounds") for one in (browser, other)]) == 2
    assert await theatre.ended() == {"done": ["happening:1", "happening:2"]}


async def test_a_reload_in_the_middle_shows_the_rest_in_silence(theatre: Theatre, browser: Browser) -> None:
    house = theatre.at_home
    await house.happen(sub(1, house.now, 1))
    await seen(browser, "viewer1")
    assert await browser.value("window.sounds") == 1
    await browser.call("Page.reload")
    await seen(browser, "viewer1")
    await theatre.until_ended("done", 1)
    await gone(browser)
    assert await browser.value("window.sounds") == 0
    [row] = await house.pipeline.read("SELECT attempts, lease FROM job WHERE kind = 'stream_alert'")
    assert (row["attempts"], row["lease"]) == (1, 1)


async def test_a_server_that_restarts_in_the_middle_shows_nothing_twice(theatre: Theatre, browser: Browser) -> None:
    house = theatre.at_home
    await house.happen(sub(1, house.now, 1), kicks(2, 5, house.now, 2))
    await seen(browser, "viewer1")
    await theatre.close()
    await seen(browser, "viewer1")
    await gone(browser)
    await theatre.open()
    await seen(browser, "viewer2")
    await theatre.until_ended("done", 2)
    assert await browser.value("window.sounds") == 2


async def test_after_ten_minutes_away_what_is_fresh_is_shown_in_order(theatre: Theatre, browser: Browser) -> None:
    house = theatre.at_home
    rules = partial(steer.set_rules, overlay=OVERLAY, kind=AlertKind.FOLLOW, wanted={"fresh_s": 300})
    await house.pipeline.server.units.run(house.community, rules)
    await house.happen(kicks(3, 9, house.now, 3), follow(2, house.now), sub(1, house.now, 1))
    await theatre.close()
    theatre.clock.pass_time(minutes=10)
    await theatre.open()
    await seen(browser, "viewer1")
    await seen(browser, "viewer3")
    await theatre.until_ended("done", 2)
    assert await theatre.ended() == {
        "done": ["happening:3", "happening:1"],
        "stale": ["follow:kick:900001:2"],
    }


async def test_a_bomb_of_gifts_grows_while_it_is_shown_and_staff_ends_it(theatre: Theatre, browser: Browser) -> None:
    house = theatre.at_home
    longer = partial(steer.set_rules, overlay=OVERLAY, kind=AlertKind.GIFT, wanted={"duration_s": 20})
    await house.pipeline.server.units.run(house.community, longer)
    await house.happen(*(gift(9, 10, house.now, number) for number in range(1, 4)))
    await seen(browser, "viewer9")
    assert "gave 30 subscriptions" in await browser.value("document.body.innerText")
    await house.happen(gift(9, 20, house.now, 4))
    await browser.until("document.body.innerText.includes('gave 50 subscriptions')")
    [shown] = await house.waiting(OVERLAY)
    skip = partial(steer.skip, overlay=OVERLAY, alert_id=shown.id)
    await house.pipeline.server.units.run(house.community, skip)
    await gone(browser)
    assert "skipped" in await theatre.ended()


async def test_what_was_shown_is_shown_again_when_staff_wants_it(theatre: Theatre, browser: Browser) -> None:
    house = theatre.at_home
    await house.happen(sub(1, house.now, 1))
    await seen(browser, "viewer1")
    [shown] = await house.waiting(OVERLAY)
    await theatre.until_ended("done", 1)
    await gone(browser)
    again = partial(steer.replay, overlay=OVERLAY, alert_id=shown.id)
    await house.pipeline.server.units.run(house.community, again)
    await seen(browser, "viewer1")
    await theatre.until_ended("done", 1)
    assert await browser.value("window.sounds") == 2


async def test_a_page_that_nobody_sees_takes_no_alert(theatre: Theatre, browser: Browser) -> None:
    house = theatre.at_home
    await browser.value(WINDOW % "hidden")
    await house.happen(sub(1, house.now, 1))
    async with chromium() as other:
        await theatre.show(other)
        await seen(other, "viewer1")
        assert await other.value("window.sounds") == 1
        await theatre.until_ended("done", 1)
    assert await browser.value("window.sounds") == 0
    await browser.value(WINDOW % "visible")
    await house.happen(sub(2, house.now, 2))
    await seen(browser, "viewer2")


async def lasting(theatre: Theatre, seconds: int) -> House:
    """A house where subscriptions are shown for so many seconds."""
    house = theatre.at_home
    rules = partial(steer.set_rules, overlay=OVERLAY, kind=AlertKind.SUB, wanted={"duration_s": seconds})
    await house.pipeline.server.units.run(house.community, rules)
    return house


async def attempts(house: House) -> list[int]:
    """How many times each alert was shown."""
    found = await house.pipeline.read("SELECT attempts FROM job WHERE kind = 'stream_alert' ORDER BY id")
    return [row["attempts"] for row in found]


async def test_an_alert_that_is_hidden_after_half_of_it_is_over_at_its_end(theatre: Theatre, browser: Browser) -> None:
    house = await lasting(theatre, 10)
    await house.happen(sub(1, house.now, 1))
    await seen(browser, "viewer1")
    await theatre.half_seen()
    await browser.value(WINDOW % "hidden")
    await theatre.until_ended("done", 1)
    await browser.value(WINDOW % "visible")
    await house.happen(sub(2, house.now, 2))
    await seen(browser, "viewer2")
    assert (await attempts(house), await browser.value("window.sounds")) == ([1, 1], 2)


async def test_an_alert_that_obs_hides_before_half_of_it_comes_again(theatre: Theatre, browser: Browser) -> None:
    house = await lasting(theatre, 16)
    await browser.value(AT_ALERT % (OBS % "false"))
    await house.happen(sub(1, house.now, 1))
    await seen(browser, "viewer1")
    await gone(browser)
    await browser.value(OBS % "true")
    await theatre.until_ended("done", 1)
    assert (await attempts(house), await browser.value("window.sounds")) == ([2], 2)


async def test_a_source_that_obs_hid_before_its_scene_was_alerts_takes_none(theatre: Theatre) -> None:
    house = theatre.at_home
    run = house.pipeline.server.units.run
    async with chromium() as browser:
        await theatre.show(browser, "scene", shows="slots")
        await browser.until("document.querySelector('.slots')")
        await browser.value(OBS % "false")
        await run(house.community, partial(scenes.show, overlay=OVERLAY, widget="alerts"))
        await browser.until("!document.querySelector('.slots')")
        await house.happen(sub(1, house.now, 1))
        await browser.value("new Promise((go) => setTimeout(go, 4000))")
        assert await attempts(house) == [0]
        await browser.value(OBS % "true")
        await seen(browser, "viewer1")


async def test_an_alert_whose_scene_goes_after_half_of_it_is_over_at_its_end(theatre: Theatre) -> None:
    house = await lasting(theatre, 10)
    run = house.pipeline.server.units.run
    async with chromium() as browser:
        await theatre.show(browser, "scene", shows="alerts")
        await house.happen(sub(1, house.now, 1))
        await seen(browser, "viewer1")
        await theatre.half_seen()
        await run(house.community, partial(scenes.show, overlay=OVERLAY, widget="slots"))
        await browser.until("document.querySelector('.slots')")
        await theatre.until_ended("done", 1)
        await run(house.community, partial(scenes.show, overlay=OVERLAY, widget="alerts"))
        await house.happen(sub(2, house.now, 2))
        await seen(browser, "viewer2")
        assert (await attempts(house), await browser.value("window.sounds")) == ([1, 1], 2)
        assert browser.troubles == []


async def test_a_sound_is_made_though_the_page_hears_late_that_it_is_its_own(theatre: Theatre) -> None:
    house = theatre.at_home
    async with chromium() as browser:
        await browser.call("Page.addScriptToEvaluateOnNewDocument", source=TAKEN_LATE)
        await theatre.show(browser)
        await browser.value(AT_ALERT % "setTimeout(() => window.told())")
        await house.happen(sub(1, house.now, 1))
        await browser.until("window.sounds === 1")
        await theatre.until_ended("done", 1)
        assert await browser.value("window.sounds") == 1


async def test_a_test_says_that_it_is_one_and_muted_alerts_are_silent(theatre: Theatre, browser: Browser) -> None:
    house = theatre.at_home
    units = house.pipeline.server.units
    await units.run(house.community, partial(steer.steer, overlay=OVERLAY, is_muted=True))
    tried = partial(steer.try_out, overlay=OVERLAY, kind=AlertKind.WINNER, name="Ada", amount=1, token="t")
    await units.run(house.community, tried)
    await seen(browser, "Ada")
    assert "Test: this did not happen" in await browser.value("document.body.innerText")
    await theatre.until_ended("done", 1)
    assert await browser.value("window.sounds") == 0


async def test_markup_in_a_name_is_plain_text(theatre: Theatre) -> None:
    async with chromium() as page:
        await page.open(f"http://127.0.0.1:{theatre.port}/overlay/alerts#preview=markup&lang=en")
        await page.until("document.querySelector('.card')")
        assert await page.value(ALERT) == "<img src=x onerror=alert(1)>"
        assert await page.value("document.querySelectorAll('img').length") == 0
        assert page.troubles == []
