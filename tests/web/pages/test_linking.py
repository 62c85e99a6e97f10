"""Linking an account of one's own, from a link that was made in Discord to the last confirmation."""

import asyncio
from urllib.parse import urlsplit

import pytest

from server.actions.proofs import LOGGED, TOLD
from tests.web.pages.houses import (
    CREATE,
    HERON,
    KNOWN,
    MALLORY,
    OFFERS,
    OTTER,
    TAKE,
    TYPE,
    UNLINK,
    VIOLET,
    House,
    code_on,
    house_named,
)
from tests.web.pages.visiting import Visited


@pytest.fixture
async def house(visited: Visited) -> House:
    return await house_named(visited, "harbour")


async def test_a_person_links_with_two_confirmations(house: House, visited: Visited) -> None:
    url = (await house.offer())["url"]
    browser = visited.browser()
    page = await browser.get(url)
    assert "violet" in page.text
    assert VIOLET in page.text
    assert "The Harbour" in page.text
    page = await house.confirmed(browser, url)
    assert await house.linked() == [], "the code has not been typed"
    code = code_on(page)
    assert code_on(await browser.get(page.url)) == code, "a reload shows the same code"
    told = await house.change(TYPE, house.person(VIOLET), code=code.lower())
    assert told["platformId"] == str(OTTER)
    assert await house.linked() == [("DISCORD", VIOLET), ("KICK", str(OTTER))]
    assert "Your accounts are linked" in (await browser.get(page.url)).text
    [job] = await house.jobs(TOLD)
    assert (job["discordId"], job["outcome"], job["problem"]) == (VIOLET, "linked", None)
    assert job["undoUntil"] > "2026"


async def test_without_a_code_the_browsers_confirmation_is_enough(house: House, visited: Visited) -> None:
    await house.rules(codeRequired=False)
    page = await house.confirmed(visited.browser(), (await house.offer())["url"])
    assert "Your accounts are linked" in page.text
    assert await house.linked() == [("DISCORD", VIOLET), ("KICK", str(OTTER))]


async def test_an_attacker_who_sends_his_own_link_gains_nothing(house: House, visited: Visited) -> None:
    """The victim goes all the way in his own browser; the code that he sees is of no use to anybody but the attacker,
    who does not see it; guesses end the link."""
    url = (await house.offer(MALLORY, "Prize Team"))["url"]
    victim = visited.browser()
    page = await victim.get(url)
    assert "Prize Team" in page.text
    assert MALLORY in page.text
    page = await house.confirmed(victim, url, OTTER)
    code = code_on(page)
    assert (await house.change(TYPE, house.person(VIOLET), code=code))["code"] == "link_code_unexpected"
    guesses = [
        (await house.change(TYPE, house.person(MALLORY), code=guess))["code"] for guess in ["AAAAAA"] * 5 + [code]
    ]
    assert guesses == ["link_code_wrong"] * 5 + ["link_code_exhausted"]
    for person in (MALLORY, VIOLET):
        assert await house.linked(person) == []


async def test_an_attacker_who_sends_what_kick_sent_him_gains_nothing(house: House, visited: Visited) -> None:
    """The attacker starts, and lets the victim's browser go the rest of the way."""
    await house.rules(codeRequired=False)
    url = (await house.offer(MALLORY, "Prize Team"))["url"]
    attacker, victim = visited.browser(), visited.browser()
    page = await attacker.get(url)
    path = urlsplit(url).path
    _, to_kick = await attacker.step("POST", url, page.form(path), {"Origin": visited.base})
    assert to_kick is not None
    visited.kick.allow(OTTER)
    page = await victim.get(to_kick)
    assert (page.status, page.code) == (403, "sign_in_other_browser")
    assert await house.linked(MALLORY) == []


async def test_only_the_browser_that_proved_an_account_confirms_it(house: House, visited: Visited) -> None:
    url = (await house.offer())["url"]
    mine, other = visited.browser(), visited.browser()
    await house.proven(mine, url)
    for path in (url, f"{url}/confirm", f"{url}/done"):
        assert (await other.get(path)).code == "link_other_browser"
    page = await other.post(f"{urlsplit(url).path}/confirm", {"form": "0" * 64})
    assert page.code == "form_not_ours"
    assert (await mine.get(f"{url}/confirm")).status == 200


async def test_looking_changes_nothing_and_head_is_not_served(house: House, visited: Visited) -> None:
    url = (await house.offer())["url"]
    for _ in range(3):
        await visited.browser().get(url)
    async with visited.session.head(url) as answer:
        assert answer.status == 405
    found = await house.ask(OFFERS, visited.server.tokens.mint("admin"), slug=house.slug)
    [offer] = found["community"]["linkOffers"]["nodes"]
    assert offer["state"] == "OFFERED"


async def test_a_changed_address_is_no_link(house: House, visited: Visited) -> None:
    url = (await house.offer())["url"]
    number, expires, signature = url.rsplit("/", 1)[1].split(".")
    base = url.rsplit("/", 1)[0]
    for token in (
        f"{int(number) + 1}.{expires}.{signature}",
        f"{number}.{int(expires) + 999}.{signature}",
        f"{number}.{expires}.{signature[::-1]}",
        f"{number}.{expires}",
        "x",
        "%00",
    ):
        page = await visited.browser().get(f"{base}/{token}")
        assert (page.status, page.code) == (404, "link_unknown")


@pytest.mark.parametrize("steps", [0, 1, 2])
async def test_a_link_ends_after_ten_minutes_at_every_step_and_the_person_is_told(
    house: House, visited: Visited, steps: int
) -> None:
    url = (await house.offer())["url"]
    browser = visited.browser()
    pages = [url, f"{url}/confirm", f"{url}/done"]
    if steps == 1:
        await house.proven(browser, url)
    code = code_on(await house.confirmed(browser, url)) if steps == 2 else "AAAAAA"
    visited.clock.pass_time(seconds=600)
    assert (await browser.get(pages[steps])).code == "link_expired"
    told = await house.change(TYPE, house.person(VIOLET), code=code)
    assert told["code"] == ("link_expired" if steps == 2 else "link_code_unexpected")
    await visited.ended_links()
    [job] = await house.jobs(TOLD)
    assert (job["outcome"], job["problem"]) == ("failed", "link_expired")
    await visited.ended_links()
    assert len(await house.jobs(TOLD)) == 1


async def test_a_newer_link_ends_the_older_one(house: House, visited: Visited) -> None:
    old, new = [(await house.offer())["url"] for _ in range(2)]
    assert (await visited.browser().get(old)).code == "link_superseded"
    assert (await visited.browser().get(new)).status == 200


async def test_a_used_link_is_good_no_more(house: House, visited: Visited) -> None:
    await house.rules(codeRequired=False)
    url = (await house.offer())["url"]
    browser = visited.browser()
    await house.confirmed(browser, url)
    assert (await browser.get(url)).code == "link_used"
    assert (await visited.browser().get(f"{url}/done")).code == "link_other_browser"


async def test_nobody_asks_for_link_after_link(house: House) -> None:
    told = [await house.offer() for _ in range(6)]
    assert [("url" in one) for one in told] == [True] * 5 + [False]
    assert told[5]["code"] == "link_offers_limited"
    assert "url" in await house.offer(MALLORY)


async def test_a_repeated_request_for_a_link_gives_the_same_link(house: House) -> None:
    given = {"discordName": "violet", "guildName": "The Harbour", "idempotencyKey": "same"}
    first, again = [await house.change(CREATE, house.person(VIOLET), **given) for _ in range(2)]
    assert first == again


async def test_only_a_discord_user_asks_for_a_link(house: House, visited: Visited) -> None:
    kick_user = visited.server.tokens.mint_person(frozenset({("kick", str(OTTER))}))
    told = await house.change(CREATE, kick_user, discordName="x", guildName="y")
    assert told["code"] == "discord_user_needed"


async def test_an_account_that_somebody_else_linked_is_not_taken_from_him(house: House, visited: Visited) -> None:
    await house.rules(codeRequired=False)
    await house.confirmed(visited.browser(), (await house.offer())["url"])
    url = (await house.offer(MALLORY, "mallory"))["url"]
    browser = visited.browser()
    page = await house.confirmed(browser, url)
    assert page.code == "account_linked_elsewhere"
    assert await house.linked(MALLORY) == []
    assert await house.linked() == [("DISCORD", VIOLET), ("KICK", str(OTTER))]
    assert [job["problem"] for job in await house.jobs(TOLD)] == [None, "account_linked_elsewhere"]
    assert (await browser.get(url)).code == "link_failed"


async def test_moving_an_account_needs_both_sides(house: House, visited: Visited) -> None:
    await house.rules(codeRequired=False, cooldown=0)
    await house.confirmed(visited.browser(), (await house.offer())["url"])
    account = {"platform": "KICK", "platformId": str(OTTER)}
    told = await house.change(UNLINK, house.person(MALLORY), account=account)
    assert told["code"] == "account_not_yours"
    assert (await house.change(UNLINK, house.person(VIOLET), account=account))["platformId"] == str(OTTER)
    page = await house.confirmed(visited.browser(), (await house.offer(MALLORY, "mallory"))["url"])
    assert "Your accounts are linked" in page.text
    assert await house.linked(MALLORY) == [("DISCORD", MALLORY), ("KICK", str(OTTER))]


@pytest.mark.parametrize(("hours", "problem"), [(23, None), (25, "link_cooling_down")])
async def test_undoing_within_a_day_costs_no_waiting(
    house: House, visited: Visited, hours: int, problem: str | None
) -> None:
    await house.rules(codeRequired=False)
    await house.confirmed(visited.browser(), (await house.offer())["url"])
    visited.clock.pass_time(seconds=hours * 3600)
    account = {"platform": "KICK", "platformId": str(OTTER)}
    assert "platformId" in await house.change(UNLINK, house.person(VIOLET), account=account)
    assert await house.linked() == []
    page = await house.confirmed(visited.browser(), (await house.offer())["url"])
    assert (page.code or None) == problem


async def test_another_account_may_be_chosen_until_it_is_confirmed(house: House, visited: Visited) -> None:
    await house.rules(codeRequired=False)
    url = (await house.offer())["url"]
    browser = visited.browser()
    page = await house.proven(browser, url, HERON)
    assert str(HERON) in page.text
    page = await house.confirmed(browser, url, OTTER)
    assert await house.linked() == [("DISCORD", VIOLET), ("KICK", str(OTTER))]


async def test_a_rename_keeps_the_person_and_the_old_name_brings_nothing(house: House, visited: Visited) -> None:
    await house.rules(codeRequired=False)
    name = visited.kick.people[OTTER].name
    await house.confirmed(visited.browser(), (await house.offer())["url"])
    visited.kick.person(OTTER, "brand_new_name")
    visited.kick.person(7_299_999, name)
    account = {"platform": "KICK", "platformId": str(OTTER)}
    assert "platformId" in await house.change(UNLINK, house.person(VIOLET), account=account)
    page = await house.confirmed(visited.browser(), (await house.offer())["url"])
    assert "brand_new_name" in page.text
    assert await house.linked() == [("DISCORD", VIOLET), ("KICK", str(OTTER))]
    page = await house.confirmed(visited.browser(), (await house.offer(MALLORY, "m"))["url"], 7_299_999)
    assert await house.linked(MALLORY) == [("DISCORD", MALLORY), ("KICK", "7299999")]
    assert await house.linked() == [("DISCORD", VIOLET), ("KICK", str(OTTER))]


async def test_a_proof_is_taken_into_another_community_by_the_person_alone(house: House, visited: Visited) -> None:
    den = await house_named(visited, "den")
    await house.rules(codeRequired=False)
    await house.confirmed(visited.browser(), (await house.offer())["url"])
    assert await den.linked() == []
    known = (await den.ask(KNOWN, den.person(VIOLET), id=den.id))["knownAccounts"]
    assert [one["platformId"] for one in known] == [str(OTTER)]
    assert (await den.ask(KNOWN, den.person(MALLORY), id=den.id))["knownAccounts"] == []
    account = {"platform": "KICK", "platformId": str(OTTER)}
    assert (await den.change(TAKE, den.person(MALLORY), account=account))["code"] == "account_not_proven"
    assert (await den.change(TAKE, den.person(VIOLET), account=account))["platformId"] == str(OTTER)
    assert await den.linked() == [("DISCORD", VIOLET), ("KICK", str(OTTER))]
    assert (await den.ask(KNOWN, den.person(VIOLET), id=den.id))["knownAccounts"] == []


async def test_two_communities_never_touch(house: House, visited: Visited) -> None:
    den = await house_named(visited, "den")
    url = (await house.offer())["url"]
    code = code_on(await house.confirmed(visited.browser(), url))
    assert (await den.change(TYPE, den.person(VIOLET), code=code))["code"] == "link_code_unexpected"
    assert (await house.change(TYPE, house.person(VIOLET), code=code))["platformId"] == str(OTTER)
    assert await den.linked() == []
    found = await den.ask(OFFERS, visited.server.tokens.mint("admin"), slug="den")
    assert found["community"]["linkOffers"]["totalCount"] == 0


async def test_staff_sees_attempts_and_the_log_is_switched_on_for_a_community(house: House, visited: Visited) -> None:
    await house.rules(codeRequired=False, logLinks=True)
    await house.confirmed(visited.browser(), (await house.offer())["url"])
    visited.kick.deny(OTTER)
    url = (await house.offer(MALLORY, "mallory"))["url"]
    browser = visited.browser()
    page = await browser.send(await browser.get(url), urlsplit(url).path)
    assert page.code == "sign_in_declined"
    found = await house.ask(OFFERS, visited.server.tokens.mint("admin"), slug=house.slug)
    newest, first = found["community"]["linkOffers"]["nodes"]
    assert (first["state"], first["platformId"], first["problem"]) == ("LINKED", str(OTTER), None)
    assert (newest["state"], newest["problem"]) == ("OFFERED", "sign_in_declined")
    assert [job["outcome"] for job in await house.jobs(LOGGED)] == ["linked"]


async def test_two_confirmations_at_once_link_once(house: House, visited: Visited) -> None:
    await house.rules(codeRequired=False)
    url = (await house.offer())["url"]
    browser = visited.browser()
    page = await house.proven(browser, url)
    path = f"{urlsplit(url).path}/confirm"
    pages = await asyncio.gather(*(browser.post(path, page.form(path)) for _ in range(5)))
    assert {one.code for one in pages} <= {"", "link_used"}
    assert await house.linked() == [("DISCORD", VIOLET), ("KICK", str(OTTER))]
    assert len(await house.jobs(TOLD)) == 1


async def test_a_code_counts_once_and_an_account_is_linked_once(house: House, visited: Visited) -> None:
    page = await house.confirmed(visited.browser(), (await house.offer())["url"])
    code = code_on(page)
    assert "platformId" in await house.change(TYPE, house.person(VIOLET), code=code)
    again = await house.change(TYPE, house.person(VIOLET), code=code)
    page = await house.confirmed(visited.browser(), (await house.offer())["url"])
    twice = {"code": page.code} if page.code else await house.change(TYPE, house.person(VIOLET), code=code_on(page))
    assert (again["code"], twice["code"]) == ("link_code_unexpected", "already_linked")
    assert await house.linked() == [("DISCORD", VIOLET), ("KICK", str(OTTER))]
