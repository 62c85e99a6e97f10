"""One address shows whichever widget staff chose, and another one as soon as they choose it."""

import pytest

from server.schema.ids import id_of
from tests.clients.overlay.conftest import Stream

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SHOW = """mutation ($input: ShowSceneInput!) { showScene(input: $input) {
    ... on SceneShown { scene { overlay widget } } ... on Problem { code } } }"""
WIDE = "getComputedStyle(document.documentElement).getPropertyValue('--w')"


async def choose(stream: Stream, widget: str, key: str = "") -> None:
    given = {
        "communityId": id_of("community", stream.community),
        "overlay": "main-scene",
        "widget": widget,
        "idempotencyKey": key or widget,
    }
    told = (await stream.graph.data(SHOW, input=given))["showScene"]
    assert told == {"scene": {"overlay": "main-scene", "widget": widget}}


async def test_a_scene_follows_what_staff_chooses(stream: Stream) -> None:
    await stream.show("scene", shows="goal", to="10", lang="en")
    await stream.browser.until("document.querySelector('.goal')")
    assert await stream.browser.value(WIDE) == "640"
    await choose(stream, "leaderboard")
    await stream.browser.until(
        "document.querySelectorAll('.board li').length === 3 && !document.querySelector('.goal')"
    )
    assert await stream.browser.value(WIDE) == "480"
    await choose(stream, "none")
    await stream.browser.until("document.body.innerText === ''")
    await stream.browser.call("Page.reload")
    await choose(stream, "slots")
    await stream.browser.until("document.querySelector('.slots')")
    await stream.revoke()
    await stream.browser.until("document.body.innerText === ''")
    assert stream.browser.troubles == []


async def test_a_scene_of_another_overlay_changes_nothing_here(stream: Stream) -> None:
    await stream.show("scene", lang="en")
    await stream.browser.until("document.querySelectorAll('.board li').length === 3")
    other = await stream.graph.live.community("den", "100002")
    given = {"communityId": id_of("community", other), "overlay": "main-scene", "idempotencyKey": "key"}
    await stream.graph.data(
        "mutation ($input: CreateOverlayKeyInput!) { createOverlayKey(input: $input) { __typename } }", input=given
    )
    told = await stream.graph.data(SHOW, input=given | {"widget": "slots", "idempotencyKey": "den"})
    assert told["showScene"]["scene"]["widget"] == "slots"
    shown = 'query ($slug: String!) { community(slug: $slug) { scene(overlay: "main-scene") { widget } } }'
    assert (await stream.graph.data(shown, slug="den"))["community"]["scene"] == {"widget": "slots"}
    assert (await stream.graph.data(shown, slug="house"))["community"]["scene"] == {"widget": None}
    assert await stream.browser.value("document.querySelectorAll('.board li').length") == 3


async def test_a_scene_is_tried_without_a_key(stream: Stream) -> None:
    await stream.browser.open(stream.address("scene", preview="usual", shows="slots", lang="en"))
    await stream.browser.until("document.querySelector('.slots li')")
    assert stream.browser.troubles == []
