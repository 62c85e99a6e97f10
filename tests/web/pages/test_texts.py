"""Terms of service and privacy policy: for everybody to read, with every version."""

import pytest

from server.domain.texts import TextKind
from server.store import texts
from tests.web.pages.test_connecting import founded
from tests.web.pages.visiting import Browser, Visited

OTTER, HERON = 7_200_101, 7_200_102
PLACE = "/c/harbour"
HISTORY = """query ($slug: String!) { community(slug: $slug) { text(kind: PRIVACY) { version body actor }
    textHistory(kind: PRIVACY, first: 1) { totalCount nodes { version actor at } pageInfo { endCursor } } } }"""


@pytest.fixture
async def browser(visited: Visited) -> Browser:
    """The owner's browser."""
    await founded(visited)
    return await visited.signed_in(OTTER)


@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("kind", ["terms", "privacy"])
async def test_everybody_reads_the_standard_text_with_its_date(visited: Visited, kind: str) -> None:
    stranger = visited.browser()
    for address in (f"/{kind}", f"{PLACE}/{kind}"):
        page = await stranger.get(address)
        assert page.status == 200
        assert "standard text of Regulars, 2026-11-21" in page.text
    assert (await stranger.get(f"/c/nowhere/{kind}")).code == "community_unknown"


async def test_pages_lead_to_the_texts_of_their_community(browser: Browser) -> None:
    for address, texts_of in ((PLACE, PLACE), ("/start", ""), ("/sign-in", "")):
        page = await browser.get(address)
        for kind in ("terms", "privacy"):
            assert f'href="{texts_of}/{kind}"' in page.html


async def test_staff_writes_versions_and_all_of_them_stay(visited: Visited, browser: Browser) -> None:
    for number in (1, 2):
        visited.clock.pass_time(seconds=86_400)
        page = await browser.get(f"{PLACE}/privacy/edit")
        assert f"Keep as version {number}" in page.text
        body = f"## Number {number}\r\n\r\nKept <b>here</b> & there.\r\n- one\r\n- two"
        page = await browser.send(page, f"{PLACE}/privacy/edit", body=body)
        assert page.url == f"{visited.base}{PLACE}/privacy"
        assert f"version {number}, 2026-08-0{number + 1}" in page.text
    assert "<h2>Number 2</h2>" in page.html
    assert "Kept &lt;b&gt;here&lt;/b&gt; &amp; there." in page.html
    stranger = visited.browser()
    first = await stranger.get(f"{PLACE}/privacy?version=1")
    assert "This is an older version." in first.text
    assert "Number 1" in first.text
    assert f"kick:{OTTER}" not in first.html, "who wrote it is for staff"
    assert f"person:kick:{OTTER}" in (await browser.get(f"{PLACE}/privacy/edit")).html
    for odd in ("99", "-1", "x", "1" * 50, "%D9%A1"):
        assert "Number 2" in (await stranger.get(f"{PLACE}/privacy?version={odd}")).text
    assert "standard text" in (await stranger.get(f"{PLACE}/terms")).text
    told = (await visited.ask(HISTORY, slug="harbour"))["community"]
    assert (told["text"]["version"], told["text"]["actor"]) == (2, f"person:kick:{OTTER}")
    assert told["text"]["body"].startswith("## Number 2\n\nKept <b>here</b>")
    assert told["textHistory"]["totalCount"] == 2
    assert told["textHistory"]["nodes"][0]["version"] == 2


async def test_what_is_wrong_with_a_text_is_told_beside_it(browser: Browser) -> None:
    page = await browser.get(f"{PLACE}/terms/edit")
    before = page.html
    page = await browser.send(page, f"{PLACE}/terms/edit", body="  ")
    assert (page.status, page.code) == (409, "text_length_out_of_range")
    page = await browser.send(await browser.get(f"{PLACE}/terms/edit"), f"{PLACE}/terms/edit", body="é" * 20_000)
    assert page.status == 200
    page = await browser.send(await browser.get(f"{PLACE}/terms/edit"), f"{PLACE}/terms/edit", body="é" * 20_000)
    assert page.code == "text_unchanged"
    assert before != page.html


async def test_only_who_may_change_settings_writes(visited: Visited, browser: Browser) -> None:
    page = await browser.get(f"{PLACE}/terms/edit")
    other, stranger = await visited.signed_in(HERON), visited.browser()
    assert (await other.get(f"{PLACE}/terms/edit")).code == "not_yours"
    assert "Sign in to go on" in (await stranger.get(f"{PLACE}/terms/edit")).text
    for one in (other, stranger):
        assert (await one.post(f"{PLACE}/terms/edit", page.form(f"{PLACE}/terms/edit"))).code == "form_not_ours"
    visited.kick.allow(OTTER)
    back = await stranger.send(await stranger.get(f"{PLACE}/terms/edit"), f"{PLACE}/terms/edit/sign-in")
    assert back.url == f"{visited.base}{PLACE}/terms/edit"
    assert (await texts.newest(visited.server.database.reader(), 1, TextKind.TERMS)).version == 0
