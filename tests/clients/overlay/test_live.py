"""What viewers see follows the server, survives its absence, and shows nothing of the key."""

import pytest

from server.schema.ids import id_of
from server.web.overlay.build import VENDOR
from tests.clients.overlay.conftest import Stream

pytestmark = pytest.mark.browser

ADJUST = "mutation ($input: AdjustWatchTimeInput!) { adjustWatchTime(input: $input) { __typename } }"

CSS = ":root { --rg-accent: hotpink }"
ADDED = {
    "style": f"document.head.appendChild(document.createElement('style')).innerHTML = {CSS!r}",
    "link": f"""Object.assign(document.head.appendChild(document.createElement('link')),
        {{ rel: 'stylesheet', href: 'data:text/css;base64,' + btoa({CSS!r}) }}) && null""",
}
"""How OBS puts Custom CSS into a page, newer and older versions of it."""


async def test_the_leaderboard_is_there_and_follows_what_happens(stream: Stream) -> None:
    await stream.show("leaderboard", lang="en")
    await stream.browser.until("document.querySelectorAll('.board li').length === 3")
    assert "Most watched" in await stream.text()
    given = {
        "communityId": id_of("community", stream.community),
        "viewerId": (await stream.graph.accounts(stream.community))["1"],
        "seconds": 36_000,
        "reason": "Made the tea.",
        "idempotencyKey": "tea",
    }
    await stream.graph.data(ADJUST, input=given)
    await stream.browser.until("document.querySelector('.place-1 .value').textContent.startsWith('10 h')")
    assert stream.browser.troubles == []


async def test_the_key_leaves_the_address_at_once_and_a_reload_still_has_it(stream: Stream) -> None:
    await stream.show("leaderboard", theme="day")
    await stream.browser.until("document.querySelector('.board li')")
    address = await stream.browser.value("location.href")
    assert stream.key not in address
    assert address.endswith("/overlay/leaderboard#theme=day")
    assert not any(stream.key in one for one in stream.browser.asked), "no request names it"
    await stream.browser.call("Page.reload")
    await stream.browser.until("document.querySelector('.board li')")
    assert await stream.browser.value("document.documentElement.dataset.theme") == "day"


async def test_a_key_that_is_taken_back_shows_nothing_on_stream(stream: Stream) -> None:
    await stream.show("leaderboard")
    await stream.browser.until("document.querySelector('.board li')")
    await stream.revoke()
    await stream.browser.until("document.body.innerText === ''")
    assert not any(stream.key in one for one in stream.browser.troubles)


async def test_a_page_that_nothing_is_wrong_with_is_kept_by_the_browser(stream: Stream) -> None:
    async with stream.graph.live.http.get("/overlay/leaderboard") as page:
        assert page.status == 200
        assert "stale-while-revalidate" in page.headers["Cache-Control"]
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
        assert "unsafe-eval" not in page.headers["Content-Security-Policy"]
        assert page.headers["Content-Security-Policy"].count("unsafe") == 1, "Custom CSS of OBS, and no script"
        text = await page.text()
    [script] = [part.split('"')[0] for part in text.split('src="')[1:]]
    async with stream.graph.live.http.get(script, headers={"Accept-Encoding": "gzip"}) as found:
        assert found.status == 200
        assert "immutable" in found.headers["Cache-Control"]


@pytest.mark.parametrize("way", ["style", "link"])
async def test_custom_css_of_obs_changes_what_is_shown(stream: Stream, way: str) -> None:
    await stream.browser.open(stream.address("goal", preview="usual", theme="neon"))
    await stream.browser.until("document.querySelector('.fill')")
    await stream.browser.value(ADDED[way])
    await stream.browser.until(
        "getComputedStyle(document.querySelector('.fill')).backgroundColor === 'rgb(255, 105, 180)'"
    )
    assert stream.browser.troubles == []


async def test_nothing_moves_where_that_is_wanted_and_digits_are_of_one_width(stream: Stream) -> None:
    await stream.browser.open(stream.address("giveaway", preview="drawing"))
    await stream.browser.until("document.querySelector('.pulse')")
    assert await stream.browser.value("document.getAnimations().length") == 1
    calm = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    await stream.browser.call("Emulation.setEmulatedMedia", features=calm)
    assert await stream.browser.value("document.getAnimations().length") == 0
    digits = "getComputedStyle(document.querySelector('.clock')).fontVariantNumeric"
    assert await stream.browser.value(digits) == "tabular-nums"


async def test_the_whole_overlay_is_small() -> None:
    assert sum(path.stat().st_size for path in VENDOR.rglob("*.gz")) < 60_000
