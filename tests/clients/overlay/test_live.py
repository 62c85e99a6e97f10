"""What viewers see follows the server, survives its absence, and shows nothing of the key."""

import pytest

from server.auth.door import Door
from server.schema.ids import id_of
from server.web.graphql.holders import SOCKETS_PER_OVERLAY_MAX
from server.web.overlay.build import VENDOR
from tests.clients.overlay.conftest import Stream
from tests.clients.overlay.test_answers import SOON, TOLD
from tests.graph import Socket

pytestmark = pytest.mark.browser

ADJUST = "mutation ($input: AdjustWatchTimeInput!) { adjustWatchTime(input: $input) { __typename } }"

CSS = ":root { --rg-accent: hotpink }"
ADDED = {
    "style": f"document.head.appendChild(document.createElement('style')).innerHTML = {CSS!r}",
    "link": f"""Object.assign(document.head.appendChild(document.createElement('link')),
        {{ rel: 'stylesheet', href: 'data:text/css;base64,' + btoa({CSS!r}) }}) && null""",
}
"""How OBS puts Custom CSS into a page, newer and older versions of it."""

ENDS = """window.ends = []; window.sockets = []; window.WebSocket = class extends WebSocket {
    constructor(address, ...given) {
        super(window.away ?? address, ...given);
        window.sockets.push(this);
        this.addEventListener('close', (event) => window.ends.push(event.code));
    } }"""
"""With which codes the page's sockets ended; new ones go to `away`, where that is set, instead of the server."""


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


async def fault(*_: object) -> None:
    raise OSError("the database is away")


async def test_a_page_without_a_place_comes_when_one_is_free(stream: Stream) -> None:
    others = [await Socket(stream.graph).open(stream.key) for _ in range(SOCKETS_PER_OVERLAY_MAX)]
    for other in others:
        await other.heard()
    await stream.browser.call("Page.addScriptToEvaluateOnNewDocument", source=ENDS)
    await stream.show("leaderboard")
    await stream.browser.until("window.ends.includes(4429)")
    for other in others:
        await other.frames.close()
    await stream.browser.until("document.querySelector('.board li')")


async def test_a_page_that_was_loaded_while_the_server_had_a_fault_comes_when_it_is_over(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stream.browser.call("Page.addScriptToEvaluateOnNewDocument", source=ENDS)
    with monkeypatch.context() as broken:
        broken.setattr(Door, "holder", fault)
        await stream.show("leaderboard")
        await stream.browser.until("window.ends.includes(4500)")
        assert await stream.text() == ""
    await stream.browser.until("document.querySelector('.board li')")


async def test_whoever_looks_for_a_fault_is_told_of_it_without_the_key(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Door, "holder", fault)
    await stream.show("leaderboard", debug="1")
    await stream.browser.until("document.querySelector('.faults')?.innerText.includes('closed: 4500')")
    assert stream.key not in await stream.text()


async def test_no_questions_gather_while_the_server_is_away(stream: Stream) -> None:
    for source in (ENDS, SOON, TOLD):
        await stream.browser.call("Page.addScriptToEvaluateOnNewDocument", source=source)
    await stream.show("goal", of="tickets", lang="en")
    await stream.browser.until("document.querySelector('.goal strong')")
    await stream.browser.value("window.away = location.origin.replace('http', 'ws') + '/away'")
    await stream.browser.value("window.sockets.at(-1).close()")
    await stream.browser.until("window.ends.includes(1006)")
    await stream.browser.value("window.waits = []")
    await stream.browser.until("window.waits.length > 100")
    await stream.browser.value("[window.told, window.away] = [[], undefined]")
    await stream.browser.until("window.told.includes('< next')")
    told = await stream.browser.value("window.told")
    at_once = told[told.index("< connection_ack") + 1 : told.index("< next")]
    assert len(at_once) < 10, at_once
