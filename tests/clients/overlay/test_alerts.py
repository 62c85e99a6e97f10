"""Alerts in a real browser: shown once with one sound, whatever is reloaded, copied, restarted or away."""

import asyncio
import shutil
from base64 import b64decode
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path

import pytest

from server.actions.streamalerts import steer
from server.domain.streamalerts import AlertKind
from tests.actions.alerting import follow, gift, kicks, sub
from tests.clients.overlay.stagehands import ALERT, OVERLAY, Theatre, theatre_on
from tests.clients.overlay.test_pictures import OVERFLOWING, PICTURES, SIZES, THEMES, WITHIN
from tests.database import FrozenClock
from tests.web.chromium import Browser, chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SAMPLES = ("usual", "follow", "resub", "gift", "kicks", "winner", "test", "hard", "arabic", "markup")


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
    hidden = "Object.defineProperty(document, 'visibilityState', { value: '%s', configurable: true }); "
    told = "document.dispatchEvent(new Event('visibilitychange'))"
    await browser.value(hidden % "hidden" + told)
    await house.happen(sub(1, house.now, 1))
    async with chromium() as other:
        await theatre.show(other)
        await seen(other, "viewer1")
        assert await other.value("window.sounds") == 1
        await theatre.until_ended("done", 1)
    assert await browser.value("window.sounds") == 0
    await browser.value(hidden % "visible" + told)
    await house.happen(sub(2, house.now, 2))
    await seen(browser, "viewer2")


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


@pytest.mark.timeout(300)
async def test_every_alert_fits_in_every_size_and_theme_and_names_are_plain_text(theatre: Theatre) -> None:
    async with chromium() as page:
        for sample in SAMPLES:
            for theme in THEMES:
                await page.open("about:blank")
                await page.open(
                    f"http://127.0.0.1:{theatre.port}/overlay/alerts#preview={sample}&theme={theme}&lang=en"
                )
                await page.until("document.querySelector('.card')")
                for size, (width, height) in SIZES.items():
                    await page.call(
                        "Emulation.setDeviceMetricsOverride",
                        width=width,
                        height=height,
                        deviceScaleFactor=1,
                        mobile=False,
                    )
                    assert await page.value(WITHIN), (sample, theme, size)
                    assert await page.value(OVERFLOWING) == [], (sample, theme, size)
                    if PICTURES:
                        taken = await page.call("Page.captureScreenshot")
                        name = f"overlay-alerts-{sample}-{theme}-{size}.png"
                        Path(PICTURES, name).write_bytes(b64decode(taken["data"]))
                if sample == "markup":
                    assert await page.value(ALERT) == "<img src=x onerror=alert(1)>"
                    assert await page.value("document.querySelectorAll('img').length") == 0
                if sample == "hard":
                    assert len(await page.value(ALERT)) <= 32
        assert page.troubles == []
        assert not [one for one in page.asked if "graphql" in one], "a preview asks nobody"
