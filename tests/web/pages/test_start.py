"""The first page: from a code to a community with an owner."""

import asyncio
from functools import partial

import pytest

from server.actions import invitations
from server.app import welcome
from server.domain.invitations import SETUP_LIFETIME
from server.domain.staff import Holder
from server.store import communities, staff
from tests.web.pages.visiting import Browser, Page, Visited

OTTER, HERON = 7_200_101, 7_200_102
WEEK = 7 * SETUP_LIFETIME
FILLED = {"name": "Night Harbour", "slug": "night-harbour", "timezone": "Europe/Stockholm"}


async def setup_code(visited: Visited) -> str:
    """The code that a new server tells."""
    told: list[str] = []
    await welcome(visited.server, told.append)
    [text] = told
    assert f"{visited.base}/start" in text
    return next(word for word in text.split() if len(word) == 14 and word.count("-") == 2)


async def invited(visited: Visited, salt: str = "salt", holder: Holder | None = None) -> str:
    await visited.server.units.run(0, partial(invitations.invite, salt=salt, holder=holder, lifetime=WEEK))
    return visited.server.services.codes.code("invitation", salt)


async def make(browser: Browser, code: str, **fields: str) -> Page:
    page = await browser.get("/start")
    return await browser.send(page, "/start", code=code, **(FILLED | fields))


async def slugs(visited: Visited) -> list[str]:
    return [one.slug for one in await communities.page(visited.server.database.reader(), "", 50)]


async def test_a_stranger_is_led_through_kick_back_to_the_form(visited: Visited) -> None:
    visited.kick.allow(OTTER)
    browser = visited.browser()
    page = await browser.get("/start")
    assert "one-time code" in page.text
    page = await browser.send(page, "/start/sign-in")
    assert page.url == f"{visited.base}/start"
    assert "QuietOtter" in page.text
    assert "slug" in page.form("/start")


async def test_the_code_of_a_new_server_makes_the_first_owner_once(visited: Visited) -> None:
    code = await setup_code(visited)
    browser = await visited.signed_in(OTTER)
    page = await make(browser, code.lower())
    assert page.url == f"{visited.base}/c/night-harbour"
    reader = visited.server.database.reader()
    made = await communities.by_slug(reader, "night-harbour")
    assert made is not None
    assert (made.name, made.timezone) == ("Night Harbour", "Europe/Stockholm")
    grant = await staff.find(reader, made.id, ("kick", str(OTTER)))
    assert grant is not None
    assert (grant.grant.role, grant.granted_by) == ("owner", f"person:kick:{OTTER}")
    assert "Night Harbour" in (await browser.get("/start")).text
    other = await visited.signed_in(HERON)
    page = await make(other, code, slug="den")
    assert (page.status, page.code) == (409, "code_used")
    assert page.form("/start")["slug"] == "den", "what was typed stays"
    assert await slugs(visited) == ["night-harbour"]


async def test_a_new_server_tells_its_code_once_and_none_when_there_is_a_community(visited: Visited) -> None:
    told: list[str] = []
    await setup_code(visited)
    await welcome(visited.server, told.append)
    assert told == []
    visited.clock.pass_time(seconds=SETUP_LIFETIME.total_seconds())
    code = await setup_code(visited)
    await make(await visited.signed_in(OTTER), code)
    visited.clock.pass_time(seconds=SETUP_LIFETIME.total_seconds())
    await welcome(visited.server, told.append)
    assert told == []


async def test_a_code_that_is_wrong_or_late_makes_nothing(visited: Visited) -> None:
    code = await setup_code(visited)
    browser = await visited.signed_in(OTTER)
    for wrong in ("", "ABCD-EFGH-JKLM", code[:-1]):
        page = await make(browser, wrong)
        assert (page.status, page.code) == (409, "code_wrong")
        assert "not one of ours" in page.text
    visited.clock.pass_time(seconds=SETUP_LIFETIME.total_seconds())
    page = await make(browser, code)
    assert page.code == "code_expired"
    assert await slugs(visited) == []


async def test_an_invitation_is_good_for_its_own_account_only(visited: Visited) -> None:
    code = await invited(visited, holder=("kick", str(HERON)))
    page = await make(await visited.signed_in(OTTER), code)
    assert page.code == "code_not_yours"
    page = await make(await visited.signed_in(HERON), code)
    assert page.url == f"{visited.base}/c/night-harbour"


async def test_a_set_up_code_is_for_the_first_community_only(visited: Visited) -> None:
    code = await setup_code(visited)
    assert (await make(await visited.signed_in(OTTER), await invited(visited))).status == 200
    page = await make(await visited.signed_in(HERON), code, slug="den")
    assert page.code == "setup_over"
    assert await slugs(visited) == ["night-harbour"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"slug": "No Slug"}, "slug_invalid"),
        ({"name": " "}, "name_invalid"),
        ({"timezone": "Mars/Olympus"}, "timezone_unknown"),
    ],
)
async def test_a_mistake_in_the_form_uses_no_code_up(visited: Visited, fields: dict[str, str], code: str) -> None:
    good = await setup_code(visited)
    browser = await visited.signed_in(OTTER)
    for _ in range(6):
        page = await make(browser, good, **fields)
        assert page.code == code, "and it does not count as a try"
    assert (await make(browser, good)).status == 200


async def test_a_slug_that_is_taken_leaves_the_code_good(visited: Visited) -> None:
    assert (await make(await visited.signed_in(OTTER), await invited(visited))).status == 200
    code = await invited(visited, "another")
    browser = await visited.signed_in(HERON)
    assert (await make(browser, code)).code == "slug_taken"
    assert (await make(browser, code, slug="den")).status == 200


async def test_one_code_used_twice_at_once_makes_one_community(visited: Visited) -> None:
    code = await setup_code(visited)
    browsers = [await visited.signed_in(account) for account in (OTTER, HERON)]
    pages = await asyncio.gather(*(make(one, code, slug=f"den{n}") for n, one in enumerate(browsers)))
    assert sorted(page.code for page in pages) == ["", "code_used"]
    assert len(await slugs(visited)) == 1


async def test_codes_cannot_be_guessed_for_long(visited: Visited) -> None:
    code = await setup_code(visited)
    browser = await visited.signed_in(OTTER)
    for _ in range(5):
        assert (await make(browser, "ABCD-EFGH-JKLM")).code == "code_wrong"
    page = await make(browser, code)
    assert (page.status, page.code) == (429, "rate_limited")
    assert int(page.headers["Retry-After"]) > 0
    assert await slugs(visited) == []


async def test_a_form_from_elsewhere_or_without_a_session_makes_nothing(visited: Visited) -> None:
    code = await setup_code(visited)
    browser, stranger = await visited.signed_in(OTTER), visited.browser()
    fields = (await browser.get("/start")).form("/start") | FILLED | {"code": code}
    page = await browser.post("/start", fields, Origin="https://evil.example")
    assert page.code == "form_not_ours"
    await stranger.get("/start")
    assert (await stranger.post("/start", fields)).code == "form_not_ours"
    await browser.send(await browser.get("/sign-in"), "/sign-out")
    assert (await browser.post("/start", fields)).code == "signed_out"
    assert await slugs(visited) == []


async def test_where_sign_up_is_open_a_person_makes_five_communities_without_a_code(visited_open: Visited) -> None:
    visited = visited_open
    browser = await visited.signed_in(OTTER)
    for number in range(5):
        assert (await make(browser, "", slug=f"den{number}")).status == 200
        visited.clock.pass_time(seconds=300)
    page = await make(browser, "", slug="one-more")
    assert page.code == "communities_too_many"
    assert (await make(browser, await invited(visited), slug="one-more")).status == 200
