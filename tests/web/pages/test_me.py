"""The page of one's own data: see it, take it along, be forgotten, think better of it."""

import asyncio
from pathlib import Path

import orjson
import pytest

from server.domain.staff import Grant, StaffRole
from server.effects.privacy import Forgetter
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store.staff import put
from tests.web.chromium import Browser
from tests.web.pages.houses import HERON, OTTER, VIOLET, House, house_named
from tests.web.pages.looking import look, shown
from tests.web.pages.visiting import Visited

EXPORT, FORGET, KEEP = "/me/export", "/me/forget", "/me/keep"


@pytest.fixture
async def house(visited: Visited) -> House:
    """A community in which a person linked his accounts."""
    house = await house_named(visited, "harbour")
    await house.rules(codeRequired=False)
    await house.confirmed(visited.browser(), (await house.offer())["url"])
    assert await house.linked() == [("DISCORD", VIOLET), ("KICK", str(OTTER))]
    return house


async def forgotten(visited: Visited) -> int:
    """Forget whoever is due, as the schedule does."""
    server = visited.server
    return await Forgetter(server.database, server.units, server.ids.token).sweep()


async def test_a_stranger_is_asked_to_sign_in_and_comes_back(visited: Visited) -> None:
    browser = visited.browser()
    page = await browser.get("/me")
    assert "Sign in" in page.text
    visited.kick.allow(OTTER)
    page = await browser.send(page, "/me/sign-in")
    assert page.url.endswith("/me")
    assert "Nobody of the staff has looked you up." in page.text


@pytest.mark.usefixtures("house")
async def test_everything_held_comes_as_one_file(visited: Visited) -> None:
    browser = await visited.signed_in(OTTER)
    page = await browser.get("/me")
    assert "Harbour" in page.text
    assert "violet on Discord" in page.text
    told = await browser.send(page, EXPORT)
    assert told.headers["Content-Disposition"] == 'attachment; filename="regulars-my-data.json"'
    assert told.headers["Cache-Control"] == "no-store"
    found = orjson.loads(told.html)
    assert (found["format"], found["version"]) == ("regulars.my-data", 1)
    assert sorted(found["accounts"]) == [f"discord:{VIOLET}", f"kick:{OTTER}"]
    assert len(found["sections"]["links"]) == 2
    assert {one["by"] for one in found["sections"]["log"]} <= {"you", "system"}
    assert found["sections"]["signIns"][0]["platform"] == "kick"


@pytest.mark.usefixtures("house")
async def test_nobody_takes_along_what_is_not_his_and_not_without_end(visited: Visited) -> None:
    stranger = await visited.signed_in(HERON)
    page = await stranger.get("/me")
    told = await stranger.send(page, EXPORT)
    assert str(OTTER) not in told.html
    assert VIOLET not in told.html
    assert (await stranger.post(EXPORT, {"form": "0" * 64})).code == "form_not_ours"
    assert (await visited.browser().post(EXPORT, {"form": "0" * 64})).code == "form_not_ours"
    for _ in range(9):
        await stranger.send(page, EXPORT)
    assert (await stranger.send(page, EXPORT)).code == "rate_limited"


async def test_being_forgotten_is_asked_for_confirmed_and_taken_back(visited: Visited, house: House) -> None:
    browser = await visited.signed_in(OTTER)
    page = await browser.get(FORGET)
    assert "Be forgotten everywhere?" in page.text
    assert (await browser.post(FORGET, page.form(FORGET))).code == "forgetting_not_confirmed"
    page = await browser.get(FORGET)
    page = await browser.send(page, FORGET, sure="yes")
    assert "Every community will forget you on 2026-08-08 at 18:00 UTC." in page.text
    again = await browser.send(await browser.get(FORGET), FORGET, sure="yes")
    assert again.code == "forgetting_asked"
    page = await browser.send(await browser.get("/me"), KEEP)
    assert "will forget you" not in page.text
    visited.clock.pass_time(days=8)
    assert await forgotten(visited) == 0
    assert await house.linked() == [("DISCORD", VIOLET), ("KICK", str(OTTER))]


async def test_one_community_alone_can_forget_somebody(visited: Visited, house: House) -> None:
    browser = await visited.signed_in(OTTER)
    page = await browser.get(f"{FORGET}?in=harbour")
    assert "Be forgotten in Harbour?" in page.text
    page = await browser.send(page, FORGET, sure="yes")
    assert "Harbour will forget you on" in page.text
    assert (await browser.get(f"{FORGET}?in=nowhere")).url.endswith("/me")
    visited.clock.pass_time(days=6, hours=23)
    page = await (await visited.signed_in(OTTER)).get("/me")
    visited.clock.pass_time(hours=2)
    assert await forgotten(visited) == 1
    assert await house.linked() == []


async def test_the_last_owner_is_told_to_hand_over_first(visited: Visited, house: House) -> None:
    async def own(tx: Tx, scope: Scope) -> Done[int]:
        holder = ("kick", str(OTTER))
        return Done(await put(tx, scope.community_id, holder, Grant(StaffRole.OWNER), "operator:x", scope.now))

    await visited.server.units.run(house.number, own)
    browser = await visited.signed_in(OTTER)
    page = await browser.send(await browser.get(FORGET), FORGET, sure="yes")
    assert page.code == "forgetting_last_owner"
    assert "Make somebody else an owner first." in page.text


async def sign_in(browser: Browser, visited: Visited, account: int) -> None:
    """Sign in through the page of one's own data."""
    visited.kick.allow(account)
    await browser.open(f"{visited.base}/me")
    await browser.until("document.readyState === 'complete' && document.querySelector('main form button')")
    await browser.value("document.querySelector('main form button').click()")


async def press(browser: Browser, action: str) -> None:
    await browser.value(f"document.querySelector(`form[action='{action}'] button`).click()")


@pytest.mark.browser
async def test_a_person_takes_his_data_along_and_is_forgotten_in_a_real_browser(
    visited: Visited, house: House, browser: Browser, tmp_path: Path
) -> None:
    await sign_in(browser, visited, OTTER)
    await shown(browser, "Your data")
    said = await browser.value("document.querySelector('main').innerText")
    assert "Harbour\n2026-08-01, in the hour from 18:00 UTC: whoever runs this server looked at your page" in said
    await look(browser, "me")
    await browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    await press(browser, EXPORT)
    file = tmp_path / "regulars-my-data.json"
    async with asyncio.timeout(20):
        while not file.exists():
            await asyncio.sleep(0.05)
    assert len(orjson.loads(file.read_bytes())["sections"]["links"]) == 2
    for is_meant in (False, True):
        await browser.open(f"{visited.base}/me")
        await shown(browser, "Your data")
        await browser.value("document.querySelector(`form[action='/me/forget'] button`).click()")
        await shown(browser, "Be forgotten everywhere?")
        await look(browser, "me-forget")
        await browser.value("document.querySelector('main input[type=checkbox]').click()")
        await press(browser, FORGET)
        await browser.until("document.querySelector('[role=status]')")
        await look(browser, "me-asked")
        if not is_meant:
            await press(browser, KEEP)
            await browser.until("!document.querySelector('[role=status]') && document.querySelector('h1')")
    visited.clock.pass_time(days=6, hours=23)
    assert await forgotten(visited) == 0
    visited.clock.pass_time(hours=2)
    assert await forgotten(visited) == 1
    assert await house.linked() == []
    await browser.open(f"{visited.base}/me")
    await browser.until("document.readyState === 'complete' && document.querySelector('h1')")
    assert "Your data" not in await browser.value("document.querySelector('h1').innerText")
    await sign_in(browser, visited, OTTER)
    await shown(browser, "Your data")
    assert "Harbour" not in await browser.value("document.querySelector('main').innerText")
    assert not [one for one in browser.asked if not one.startswith((visited.base, visited.kick.url))]
    assert not browser.troubles
