"""Signing in with Kick: who may come back, once, in the same browser, in time."""

from typing import Any

import pytest

from server.web.pages.browser import BROWSER, SESSION
from tests.web.pages.visiting import Browser, Visited

OTTER = 7_200_101
OTHER = 7_200_102
MISHAPS = [
    ("error", "/oauth/token"),
    ("garbage", "/oauth/token"),
    ("invalid_grant", "/oauth/token"),
    ("error", "/public/v1/users"),
]


async def callback_of(visited: Visited, browser: Browser, account: int = OTTER) -> str:
    """The address that Kick sends a browser back to, which has not gone there yet."""
    visited.kick.allow(account)
    page = await browser.get("/sign-in")
    _, to_kick = await browser.step("POST", f"{visited.base}/sign-in", page.form("/sign-in"), {"Origin": visited.base})
    assert to_kick is not None
    _, back = await browser.step("GET", to_kick)
    assert back is not None
    return back.replace("localhost", "127.0.0.1")


async def test_somebody_signs_in_and_out(visited: Visited) -> None:
    browser = await visited.signed_in(OTTER)
    page = await browser.get("/sign-in")
    assert "You are signed in" in page.text
    assert str(OTTER) in page.text
    page = await browser.send(page, "/sign-out")
    assert "Sign in with Kick" in page.text
    assert SESSION not in browser.cookies


async def test_somebody_signs_out_in_every_browser_and_nobody_else_is(visited: Visited) -> None:
    mine, lost, other = [await visited.signed_in(account) for account in (OTTER, OTTER, OTHER)]
    page = await mine.send(await mine.get("/sign-in"), "/sign-out-everywhere")
    assert "Sign in with Kick" in page.text
    assert SESSION not in mine.cookies
    assert "Sign in with Kick" in (await lost.get("/sign-in")).text
    assert "You are signed in" in (await other.get("/sign-in")).text
    page = await other.post("/sign-out-everywhere", {"form": "wrong"})
    assert page.status == 403
    assert "You are signed in" in (await other.get("/sign-in")).text


async def test_a_session_ends_by_itself(visited: Visited) -> None:
    browser = await visited.signed_in(OTTER)
    visited.clock.pass_time(seconds=7 * 86_400 - 1)
    assert "You are signed in" in (await browser.get("/sign-in")).text
    visited.clock.pass_time(seconds=2)
    assert "Sign in with Kick" in (await browser.get("/sign-in")).text


async def test_an_old_cookie_is_nothing_after_signing_out(visited: Visited) -> None:
    browser = await visited.signed_in(OTTER)
    kept = dict(browser.cookies)
    await browser.send(await browser.get("/sign-in"), "/sign-out")
    browser.cookies = kept
    assert "Sign in with Kick" in (await browser.get("/sign-in")).text


async def test_another_browser_cannot_come_back_in_the_first_ones_place(visited: Visited) -> None:
    mine, victim = visited.browser(), visited.browser()
    back = await callback_of(visited, mine)
    await victim.get("/sign-in")
    page = await victim.get(back)
    assert (page.status, page.code) == (403, "sign_in_other_browser")
    assert SESSION not in victim.cookies
    page = await mine.get(back)
    assert (page.status, page.code) == (403, "sign_in_state_unknown"), "a state that was tried is used up"


async def test_a_browser_comes_back_only_once(visited: Visited) -> None:
    browser = visited.browser()
    back = await callback_of(visited, browser)
    assert (await browser.get(back)).status == 200
    page = await browser.get(back)
    assert (page.status, page.code) == (403, "sign_in_state_unknown")


async def test_a_browser_comes_back_within_ten_minutes(visited: Visited) -> None:
    browser = visited.browser()
    back = await callback_of(visited, browser)
    visited.clock.pass_time(seconds=600)
    assert (await browser.get(back)).code == "sign_in_expired"


async def test_who_declines_is_told_that_nothing_happened(visited: Visited) -> None:
    visited.kick.deny(OTTER)
    browser = visited.browser()
    page = await browser.send(await browser.get("/sign-in"), "/sign-in")
    assert page.code == "sign_in_declined"
    assert SESSION not in browser.cookies


@pytest.mark.parametrize("query", ["", "state=&code=", "state=a&state=b&code=c", "state=" + "x" * 2_000, "code=only"])
async def test_an_odd_return_is_turned_away(visited: Visited, query: str) -> None:
    page = await visited.browser().get(f"/oauth/kick/callback?{query}")
    assert (page.status, page.code) == (403, "sign_in_state_unknown")


async def test_a_code_of_another_sign_in_is_refused(visited: Visited) -> None:
    one, other = visited.browser(), visited.browser()
    back_of_one, back_of_other = [await callback_of(visited, browser) for browser in (one, other)]
    code = back_of_other.split("code=")[1].split("&")[0]
    own = back_of_one.split("code=")[1].split("&")[0]
    page = await one.get(back_of_one.replace(own, code))
    assert page.code == "sign_in_code_refused"
    assert SESSION not in one.cookies


@pytest.mark.parametrize("fields", [{"form": "0" * 64}, {}, {"form": ""}])
async def test_a_form_without_its_proof_is_refused(visited: Visited, fields: dict[str, str]) -> None:
    browser = visited.browser()
    await browser.get("/sign-in")
    page = await browser.post("/sign-in", fields)
    assert (page.status, page.code) == (403, "form_not_ours")


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_a_form_from_elsewhere_is_refused(visited: Visited, headers: dict[str, str]) -> None:
    browser = visited.browser()
    page = await browser.get("/sign-in")
    answered = await browser.post("/sign-in", page.form("/sign-in"), **headers)
    assert (answered.status, answered.code) == (403, "form_not_ours")


async def test_a_form_of_another_browser_or_another_page_is_refused(visited: Visited) -> None:
    mine, other = await visited.signed_in(OTTER), visited.browser()
    foreign = (await other.get("/sign-in")).form("/sign-in")
    page = await mine.post("/sign-out", foreign)
    assert page.code == "form_not_ours"
    assert "You are signed in" in (await mine.get("/sign-in")).text


async def test_two_tabs_of_one_browser_sign_in_side_by_side(visited: Visited) -> None:
    browser = visited.browser()
    first, second = [await callback_of(visited, browser) for _ in range(2)]
    for back in (second, first):
        assert "You are signed in" in (await browser.get(back)).text


@pytest.mark.parametrize(("mishap", "path"), MISHAPS)
async def test_a_kick_that_fails_leaves_nobody_signed_in(visited: Visited, mishap: str, path: str) -> None:
    browser = visited.browser()
    back = await callback_of(visited, browser)
    visited.kick.stumble(mishap, path)
    page = await browser.get(back)
    assert (page.status, page.code) in {(502, "sign_in_unfinished"), (403, "sign_in_code_refused")}
    assert SESSION not in browser.cookies


async def test_every_page_lets_nothing_foreign_in(visited: Visited) -> None:
    for path in ("/sign-in", "/oauth/kick/callback"):
        page = await visited.browser().get(path)
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; form-action 'self' ")
        assert "frame-ancestors 'none'" in policy
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert page.headers["X-Frame-Options"] == "DENY"
        assert "<script" not in page.html
        assert "http" not in page.html.replace("http-equiv", "")


async def test_nothing_that_opens_a_door_is_stored_or_logged(visited: Visited, capsys: Any) -> None:
    browser = await visited.signed_in(OTTER)
    reader = visited.server.database.reader()
    rows = [
        str(tuple(row))
        for table in ("sign_in_attempt", "web_session")
        for row in await reader.fetch(f"SELECT * FROM {table}")
    ]
    said = capsys.readouterr()
    for secret in browser.cookies.values():
        assert secret not in "".join(rows)
        assert secret not in said.out + said.err
    assert set(browser.cookies) == {BROWSER, SESSION}


async def test_who_comes_back_too_often_waits_and_is_told_how_long(visited: Visited) -> None:
    browser = visited.browser()
    pages = [await browser.get("/oauth/kick/callback?state=a&code=b") for _ in range(21)]
    assert {page.status for page in pages[:20]} == {403}
    assert (pages[20].status, pages[20].code) == (429, "rate_limited")
    visited.clock.pass_time(seconds=int(pages[20].headers["Retry-After"]))
    assert (await browser.get("/oauth/kick/callback?state=a&code=b")).status == 403


async def test_who_begins_too_often_waits(visited: Visited) -> None:
    browser = visited.browser()
    visited.kick.deny(OTTER)
    page = await browser.get("/sign-in")
    codes = []
    for _ in range(25):
        visited.clock.pass_time(seconds=4)
        codes.append((await browser.send(page, "/sign-in")).code)
    assert codes[:20] == ["sign_in_declined"] * 20
    assert codes[-1] == "rate_limited"
