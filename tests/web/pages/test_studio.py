"""The studio: previews, links for OBS that are shown once, and which overlays are on air."""

import html
import re
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from server.actions.tokens import overlay_keys
from server.effects.tokens import note
from server.schema.ids import id_of
from server.web.overlay.widgets import LANGUAGES, THEMES, WIDGETS
from server.web.pages.looks import BY_NAME
from tests.web.pages.test_connecting import founded
from tests.web.pages.visiting import Browser, Page, Visited

OTTER, HERON = 7_200_101, 7_200_102
STUDIO, KEYS, REVOKE = "/c/harbour/overlays", "/c/harbour/overlays/keys", "/c/harbour/overlays/keys/revoke"
TRY, TEST_DRAW = "/c/harbour/overlays/try", "/c/harbour/overlays/draw"
BEGIN = """mutation ($id: ID!) { startRaffle(input: {communityId: $id, title: "Summer", idempotencyKey: "s"}) {
    ... on RaffleStarted { raffle { id } } } }"""
GRANT = "mutation ($input: GrantStaffRoleInput!) { grantStaffRole(input: $input) { __typename } }"
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


def test_the_studio_offers_every_option_that_a_widget_reads() -> None:
    reads = (
        r'options\.get\("([a-z]+)"\)',
        r'whole\(options, "([a-z]+)"',
        r"\b(rows)\(options\)",
        r"\b(useFacts)\(world, options",
    )
    meant = {"rows": "first", "useFacts": "since"}
    for one in WIDGETS:
        text = "".join(path.read_text(encoding="utf-8") for path in (OVERLAY / "widgets" / one.name).glob("*.ts*"))
        read = {meant.get(name, name) for pattern in reads for name in re.findall(pattern, text)}
        assert {option.name for option in one.options} == read, one.name
    goal = (OVERLAY / "widgets" / "goal" / "goal.tsx").read_text(encoding="utf-8")
    [of] = [option for option in BY_NAME["goal"].options if option.name == "of"]
    assert set(of.choices) == set(re.findall(r'\b([a-z]+): words\.say\("goal_[a-z]+"\)', goal))


def previews(page: Page) -> dict[str, dict[str, list[str]]]:
    """The options of every preview, by widget."""
    addresses = [urlsplit(html.unescape(one)) for one in re.findall(r'<iframe [^>]*src="([^"]+)"', page.html)]
    return {one.path.removeprefix("/overlay/"): parse_qs(one.fragment) for one in addresses}


async def test_what_is_chosen_for_a_widget_is_in_its_preview_and_in_its_link(visited: Visited) -> None:
    await founded(visited)
    await visited.server.database.writer().execute("UPDATE community SET timezone = 'Europe/Oslo'")
    browser = await visited.signed_in(OTTER)
    wanted = {"of": "subs", "to": "250", "title": "More tea & <b>biscuits</b>", "since": "2026-08-01T20:00"}
    page = await made(browser, "goal", **wanted, theme="neon", do="look")
    assert page.url.endswith("#widget-goal")
    assert "None yet. Make one above." in page.text, "to look at it makes no key"
    own = {"of": ["subs"], "to": ["250"], "title": [wanted["title"]], "since": ["2026-08-01T18:00:00Z"]}
    shown = previews(page)
    assert shown["goal"] == {"preview": ["usual"], "theme": ["neon"], **own}
    assert shown["text"] == {"preview": ["usual"], "theme": ["neon"]}
    assert "<b>" not in page.html
    [form] = [one for one in page.forms(KEYS) if one["widget"] == "goal"]
    assert (form["to"], form["since"], form["theme"]) == ("250", wanted["since"], "neon")
    page = await browser.post(KEYS, form | {"of": "subs"})
    link = parse_qs(urlsplit(link_of(page)).fragment)
    del link["k"]
    assert link == {"theme": ["neon"], **own}
    assert "+" not in urlsplit(link_of(page)).fragment
    again = await browser.get(f"{STUDIO}?widget=goal&of=subs&theme=day")
    assert previews(again)["goal"]["of"] == ["subs"]
    assert "widget=goal" not in again.html
    assert again.form(STUDIO)["of"] == "subs", "another theme keeps what was chosen"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("widget=goal&of=everything&to=0&since=soon", {"to": ["1"]}),
        ("widget=goal&of=tickets&to=1000&since=2026-08-01T20:00:00Z", {}),
        ("widget=goal&to=99999999999&since=0001-01-01T00:00&first=3", {"to": ["1000000000"]}),
        (f"widget=goal&to=%C2%B2&title={'x' * 100}", {"title": ["x" * 48]}),
        ("widget=nothing&of=subs", {}),
    ],
)
async def test_what_cannot_be_chosen_is_as_usual(browser: Browser, given: str, kept: dict[str, list[str]]) -> None:
    page = await browser.get(f"{STUDIO}?{given}")
    assert previews(page)["goal"] == {"preview": ["usual"], "theme": ["night"], **kept}


async def test_a_test_draw_is_made_and_nothing_is_won(visited: Visited, browser: Browser) -> None:
    assert "while there is a raffle that is not drawn yet" in (await browser.get(STUDIO)).text
    [row] = await visited.server.database.reader().fetch("SELECT id FROM community")
    await visited.ask(BEGIN, id=id_of("community", row["id"]))
    page = await browser.get(STUDIO)
    assert "the draw of “Summer”" in page.text
    page = await browser.send(page, TEST_DRAW)
    assert page.url.endswith("tested=draw#widget-draw")
    assert "A test draw is on its way" in page.text
    rows = await visited.server.database.reader().fetch("SELECT env, state, actor FROM draw WHERE env = 'test'")
    assert [(one["state"], one["actor"]) for one in rows] == [("asked", f"person:kick:{OTTER}")]
    for _ in range(2):
        page = await browser.send(page, TEST_DRAW)
    assert (await browser.send(page, TEST_DRAW)).code == "draw_tests_many"


async def test_whoever_may_not_draw_makes_no_test_draw(visited: Visited, browser: Browser) -> None:
    [row] = await visited.server.database.reader().fetch("SELECT id FROM community")
    community = id_of("community", row["id"])
    await visited.ask(BEGIN, id=community)
    holder = {"kind": "KICK", "platformId": str(HERON)}
    given = {"communityId": community, "holder": holder, "role": "MODERATOR", "extra": ["OVERLAYS_MANAGE"]}
    await visited.ask(GRANT, input=given | {"idempotencyKey": "g"})
    helper = await visited.signed_in(HERON)
    page = await helper.get(STUDIO)
    assert "Whoever may draw the raffle can make a test draw here." in page.text
    assert page.forms(TEST_DRAW) == []
    proof = (await browser.get(STUDIO)).form(TEST_DRAW)
    assert (await helper.post(TEST_DRAW, proof)).code == "form_not_ours"
    assert await visited.server.database.reader().fetch("SELECT 1 FROM draw WHERE env = 'test'") == []


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


async def revoked_after(visited: Visited, browser: Browser, overlay: str) -> str:
    """A key that was used, and then revoked in the studio."""
    key = key_of(link_of(await made(browser, overlay=overlay)))
    await shown_with(visited, key)
    await browser.send(await browser.get(STUDIO), REVOKE)
    return key


def revoked_in(page: Page) -> str:
    """What the page says of revoked links."""
    return page.text.partition("Links that were revoked")[2]


async def test_a_revoked_link_is_listed_and_staff_is_told_where_a_source_still_tries_it(
    visited: Visited, browser: Browser
) -> None:
    assert "Links that were revoked" not in (await browser.get(STUDIO)).text
    key = await revoked_after(visited, browser, "big-scene")
    await note(visited.server.units, visited.server.door.uses)
    shown = revoked_in(await browser.get(STUDIO))
    assert "big-scene revoked 20" in shown
    assert "tried" not in shown.partition("big-scene")[2], "what was used until it was revoked is tried by nobody"
    visited.clock.pass_time(minutes=3)
    assert "token_revoked" in str(await shown_with(visited, key))
    await note(visited.server.units, visited.server.door.uses)
    visited.clock.pass_time(minutes=7)
    page = await browser.get(STUDIO)
    assert "Still tried 7 minutes ago: replace the address in OBS." in revoked_in(page)
    assert key not in page.html
    assert "None yet. Make one above." in page.text


async def test_a_revoked_link_is_listed_for_a_month_and_in_its_own_studio(visited: Visited, browser: Browser) -> None:
    create = partial(overlay_keys.create, overlay="heron-den", digest="0" * 64)
    other = await another(visited)
    theirs = await visited.server.units.run(other, create)
    await visited.server.units.run(other, partial(overlay_keys.revoke, key_id=theirs.id))
    assert "heron-den" not in (await browser.get(STUDIO)).text
    for overlay in ("first", "second"):
        await revoked_after(visited, browser, overlay)
        visited.clock.pass_time(days=20)
        browser = await visited.signed_in(OTTER)
    shown = revoked_in(await browser.get(STUDIO))
    assert "second" in shown
    assert "first" not in shown


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
