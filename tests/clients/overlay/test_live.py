"""What viewers see follows the server, survives its absence, and shows nothing of the key."""

import pytest

from server.schema.ids import id_of
from server.web.overlay.build import VENDOR
from tests.clients.overlay.conftest import Stream

pytestmark = pytest.mark.browser

ADJUST = "mutation ($input: AdjustWatchTimeInput!) { adjustWatchTime(input: $input) { __typename } }"


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
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        text = await page.text()
    [script] = [part.split('"')[0] for part in text.split('src="')[1:]]
    async with stream.graph.live.http.get(script, headers={"Accept-Encoding": "gzip"}) as found:
        assert found.status == 200
        assert "immutable" in found.headers["Cache-Control"]


async def test_the_whole_overlay_is_small() -> None:
    assert sum(path.stat().st_size for path in VENDOR.rglob("*.gz")) < 60_000
