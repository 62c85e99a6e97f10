"""The studio: previews, links for OBS that are shown once, and which overlays are on air."""

import re
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from server.actions.tokens import overlay_keys
from server.effects.tokens import note
from server.schema.ids import id_of
from server.web.overlay.widgets import LANGUAGES, THEMES, WIDGETS
from tests.web.pages.test_connecting import founded
from tests.web.pages.visiting import Browser, Page, Visited

OTTER, HERON = 7_200_101, 7_200_102
STUDIO, KEYS, REVOKE = "/c/harbour/overlays", "/c/harbour/overlays/keys", "/c/harbour/overlays/keys/revoke"
TRY = "/c/harbour/overlays/try"
OVERLAY = Path("clients/overlay/source")
WHO = "{ me { community { name } } }"


@pytest.fixture
async def browser(visited: Visited) -> Browser:
    """The owner's browser."""
    await founded(visited)
    return await visited.signed_in(OTTER)


async def made(browser: Browser, widget: str = "draw", **more: str) -> Page:
    """The page with a link that was just made."""
    page = await browser.get(STUDIO)
    [form] = [one for one in page.forms(KEYS) if one["widget"] == widget]
    return await browser.post(KEYS, form | more)


def link_of(page: Page) -> str:
    """The link that is there to be copied."""
    [found] = re.findall(r'readonly value="([^"]+)"', page.html)
    return found.replace("&amp;", "&")


def key_of(link: str) -> str:
    return parse_qs(urlsplit(link).fragment)["k"][0]


async def shown_with(visited: Visited, key: str) -> tuple[int, object]:
    """How the graph answers to a key: the status, and which community it shows."""
    headers, body = {"Authorization": f"Bearer {key}"}, {"query": WHO}
    async with visited.session.post(f"{visited.base}/graphql", json=body, headers=headers) as answer:
        return answer.status, await answer.json()


def test_the_studio_offers_every_widget_that_there_is() -> None:
    drawn = {}
    for path in (OVERLAY / "widgets").glob("*/*.tsx"):
        text = path.read_text(encoding="utf-8")
        for name, width, height in re.findall(r'name: "([a-z-]+)",\s+size: \[(\d+), (\d+)\]', text):
            drawn[name] = (int(width), int(height))
    assert {one.name: (one.width, one.height) for one in WIDGETS} == drawn
    main = (OVERLAY / "main.tsx").read_text(encoding="utf-8")
    [themes] = re.findall(r"const THEMES = \[(.+)\]", main)
    assert tuple(re.findall(r'"([a-z-]+)"', themes)) == THEMES
    assert {path.stem for path in (OVERLAY / "words").glob("??.ts")} == set(LANGUAGES)


async def test_a_link_has_a_key_of_its_own_and_is_shown_once(visited: Visited, browser: Browser) -> None:
    page = await made(browser, overlay="big-scene", theme="neon", lang="de")
    link = urlsplit(link_of(page))
    options = parse_qs(link.fragment)
    assert (link.path, options["theme"], options["lang"]) == ("/overlay/draw", ["neon"], ["de"])
    assert "layer-width=640&amp;layer-height=500" in page.html
    status, told = await shown_with(visited, options["k"][0])
    assert status in {200, 400}, "a key is good, whatever it may ask"
    assert "revoked" not in str(told)
    again = await browser.get(KEYS)
    assert again.url == f"{visited.base}{STUDIO}", "a reload makes no other key"
    assert options["k"][0] not in again.html
    assert again.text.count("big-scene") == 5, "the key stands in the list, with buttons that name it"


async def test_an_overlay_is_on_air_until_it_is_gone_and_dark_once_revoked(visited: Visited, browser: Browser) -> None:
    page = await made(browser)
    assert "never used" in page.text
    await shown_with(visited, key_of(link_of(page)))
    await note(visited.server.units, visited.server.door.uses)
    assert "On air" in (await browser.get(STUDIO)).text
    visited.clock.pass_time(minutes=30)
    page = await browser.get(STUDIO)
    assert "last seen 30 minutes ago" in page.text
    page = await browser.send(page, REVOKE)
    assert "None yet. Make one above." in page.text


async def test_an_alert_is_tried_on_an_overlay_and_marked_as_a_test(visited: Visited, browser: Browser) -> None:
    await made(browser, "alerts")
    page = await browser.get(STUDIO)
    page = await browser.send(page, TRY, kind="gift")
    assert page.url == f"{visited.base}{STUDIO}#keys"
    [row] = await visited.server.database.reader().fetch("SELECT audience, payload FROM job")
    assert row["audience"] == "overlay"
    assert "test" in str(row["payload"]).lower()
    assert (await browser.send(page, TRY, kind="nothing")).code == "stream_alert_kind_unknown"
    assert (await browser.send(page, TRY, kind="gift", overlay="den")).code == "stream_alert_overlay_unknown"


async def test_only_staff_that_may_looks_and_only_at_its_own(visited: Visited, browser: Browser) -> None:
    link = link_of(await made(browser))
    stranger = await visited.signed_in(HERON)
    assert (await stranger.get(STUDIO)).code == "not_yours"
    proof = (await browser.get(STUDIO)).forms(KEYS)[0]
    assert (await stranger.post(KEYS, proof)).code == "form_not_ours"
    assert "Sign in to go on" in (await visited.browser().get(STUDIO)).text
    create = partial(overlay_keys.create, overlay="den", digest="0" * 64)
    theirs = await visited.server.units.run(await another(visited), create)
    page = await browser.get(STUDIO)
    assert "den" not in page.text.split()
    refused = await browser.send(page, REVOKE, key=id_of("overlay_key", theirs.id))
    assert refused.code == "overlay_key_unknown"
    assert (await browser.send(page, REVOKE, key="nonsense")).code == "overlay_key_unknown"
    status, told = await shown_with(visited, key_of(link))
    assert "revoked" not in str((status, told))


async def another(visited: Visited) -> int:
    """Another community."""
    create = """mutation { createCommunity(input: {slug: "den", name: "Den", timezone: "UTC", idempotencyKey: "d"}) {
        ... on CommunityCreated { community { id } } } }"""
    await visited.ask(create)
    [row] = await visited.server.database.reader().fetch("SELECT id FROM community WHERE slug = 'den'")
    return int(row["id"])


async def test_what_was_typed_wrong_is_refused_and_changes_nothing(browser: Browser) -> None:
    assert (await made(browser, overlay="../secret")).code == "key_name_invalid"
    page = await browser.get(STUDIO)
    assert "None yet. Make one above." in page.text
    [form] = [one for one in page.forms(KEYS) if one["widget"] == "draw"]
    assert (await browser.post(KEYS, form | {"widget": "nothing"})).code == "widget_unknown"
    odd = await browser.get(f"{STUDIO}?theme=%22%3E%3Cscript%3E&lang=xx")
    assert "<script" not in odd.html
    assert "theme=night" in odd.html
