"""Connecting a Kick channel: only what is ticked is asked for, and what is missing is said."""

from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from clients.simulator.stage import Broadcast
from server.actions import communities as actions
from server.actions.communities import Plan
from server.schema.ids import id_of
from server.store import communities, credentials, setup
from server.store.credentials import Owner
from tests.canaries import database_dump
from tests.database import START
from tests.web.pages.visiting import Browser, Page, Visited

OTTER, HERON = 7_200_101, 7_200_102
PLACE = "/c/harbour"
SETUP = """query ($slug: String!) { community(slug: $slug) { kickSetup { isReady checks {
    name platformId state detail remedy } } } }"""

GRANT = "mutation ($input: GrantStaffRoleInput!) { grantStaffRole(input: $input) { __typename } }"
REVOKE = "mutation ($input: RevokeStaffRoleInput!) { revokeStaffRole(input: $input) { __typename } }"


async def founded(visited: Visited, slug: str = "harbour", owner: int = OTTER) -> int:
    plan = Plan(slug=slug, name=slug.title(), timezone="UTC")
    codes = visited.server.services.codes
    found = partial(actions.found, plan=plan, owner=("kick", str(owner)), code=None, codes=codes, is_open=True)
    return await visited.server.units.run(0, found)


@pytest.fixture
async def browser(visited: Visited) -> Browser:
    """The owner's browser."""
    await founded(visited)
    return await visited.signed_in(OTTER)


async def connected(browser: Browser, *features: str, channel: str = "") -> Page:
    page = await browser.get(PLACE)
    fields = proof_of(page, "connect") | {"channel": channel} | dict.fromkeys(features, "on")
    return await browser.post(f"{PLACE}/connect", fields)


def proof_of(page: Page, what: str) -> dict[str, str]:
    return {"form": page.forms(f"{PLACE}/{what}")[0]["form"]}


async def checks(visited: Visited, slug: str = "harbour") -> dict[str, dict[str, Any]]:
    told = await visited.ask(SETUP, slug=slug)
    return {one["name"]: one for one in told["community"]["kickSetup"]["checks"]}


def asked_scopes(browser: Browser) -> list[str]:
    [address] = [url for url in browser.seen if "/oauth/authorize" in url and "events" in url]
    return parse_qs(urlsplit(address).query)["scope"][0].split()


async def test_an_owner_connects_his_channel_and_it_is_attached_and_synced(visited: Visited, browser: Browser) -> None:
    assert (await checks(visited))["CHANNEL"]["state"] == "FAILED"
    page = await connected(browser)
    assert page.url == f"{visited.base}{PLACE}#channels"
    assert "QuietOtter" in page.text
    assert asked_scopes(browser) == ["user:read", "channel:read", "events:subscribe"]
    [facts] = await setup.kick_channels(visited.server.database.reader(), 1)
    assert (facts.platform_id, facts.name, facts.slug) == (str(OTTER), "QuietOtter", "quietotter")
    assert facts.synced_at == START
    assert facts.authorisation is not None
    assert facts.authorisation.scopes == {"user:read", "channel:read", "events:subscribe"}
    found = await checks(visited)
    assert {name: one["state"] for name, one in found.items()} == {
        "APP": "OK",
        "ADDRESS": "WARNING",
        "CHANNEL": "OK",
        "BROADCASTER_ID": "OK",
        "CHANNEL_ID": "WARNING",
        "CHATROOM_ID": "WARNING",
        "AUTHORISATION": "OK",
        "SCOPES": "OK",
        "WEBHOOKS": "UNKNOWN",
        "CHAT_READ": "UNKNOWN",
        "SOCKET": "UNKNOWN",
        "CHAT_SEND": "WARNING",
    }
    for one in found.values():
        assert one["detail"].endswith(".")
        assert (one["remedy"] is None) == (one["state"] == "OK")


async def test_each_ticked_feature_asks_for_its_scopes_and_is_shown_as_allowed(
    visited: Visited, browser: Browser
) -> None:
    page = await connected(browser, "chat", "kicks")
    assert asked_scopes(browser)[3:] == ["chat:write", "kicks:read"]
    assert page.text.count("Allowed.") == 3
    assert (await checks(visited))["CHAT_SEND"]["state"] == "OK"
    assert page.forms(f"{PLACE}/connect")[0].keys() >= {"chat", "kicks"}


async def test_what_kick_did_not_grant_is_named_with_a_button_to_allow_it_again(
    visited: Visited, browser: Browser
) -> None:
    visited.kick.say(
        {
            "access_token": "a-token-with-less",
            "refresh_token": "another",
            "token_type": "Bearer",
            "expires_in": 7200,
            "scope": "user:read",
        }
    )
    visited.kick.say({"data": [{"user_id": OTTER, "name": "QuietOtter"}]}, "/public/v1/users")
    page = await connected(browser)
    assert "Allow again with Kick" in page.text
    check = (await checks(visited))["SCOPES"]
    assert (check["state"], "channel:read, events:subscribe" in check["detail"]) == ("FAILED", True)
    page = await connected(browser, channel=str(OTTER))
    assert (await checks(visited))["SCOPES"]["state"] == "OK"


async def test_allowing_again_as_somebody_else_changes_nothing(visited: Visited, browser: Browser) -> None:
    await connected(browser)
    visited.kick.allow(HERON)
    page = await connected(browser, channel=str(OTTER))
    assert (page.status, page.code) == (409, "channel_other_account")
    assert "Amber_Kettle" in page.text
    assert len(await setup.kick_channels(visited.server.database.reader(), 1)) == 1
    owner = Owner(community_id=1, provider="kick", external_id=str(HERON), purpose="channel")
    assert await credentials.of(visited.server.database.reader(), owner) is None


async def test_who_does_not_allow_it_has_connected_nothing(visited: Visited, browser: Browser) -> None:
    visited.kick.deny(OTTER)
    page = await connected(browser)
    assert page.code == "sign_in_declined"
    assert await setup.kick_channels(visited.server.database.reader(), 1) == []


async def test_a_channel_that_is_live_is_synced_with_its_number(visited: Visited, browser: Browser) -> None:
    await connected(browser)
    visited.kick.broadcasts[OTTER] = Broadcast("Evening", START)
    page = await browser.get(PLACE)
    page = await browser.post(f"{PLACE}/sync", proof_of(page, "sync") | {"channel": str(OTTER), "chatroom_id": "668"})
    assert page.status == 200, page.text
    assert "Kick was asked." in page.text
    [facts] = await setup.kick_channels(visited.server.database.reader(), 1)
    assert (facts.channel_ref, facts.chatroom_ref) == (str(OTTER + 1_000_000), "668")
    found = await checks(visited)
    assert (found["CHANNEL_ID"]["state"], found["CHATROOM_ID"]["state"]) == ("OK", "OK")


@pytest.mark.parametrize("mishap", ["error", "garbage", "limited"])
@pytest.mark.parametrize("path", ["/oauth/token", "/public/v1/channels", "/public/v1/livestreams"])
async def test_syncing_keeps_what_was_known_whatever_kick_does(
    visited: Visited, browser: Browser, path: str, mishap: str
) -> None:
    await connected(browser)
    visited.kick.broadcasts[OTTER] = Broadcast("Evening", START)
    sync = """mutation ($input: SyncChannelInput!) { syncChannel(input: $input) {
        ... on ChannelSynced { findings { what value problem remedy } } ... on Problem { code } } }"""
    given = {"communityId": id_of("community", 1), "platformId": str(OTTER)}
    visited.kick.stumble(mishap, path)
    # Otherwise Kick would be left alone for a while, and the second sync be told so.
    if mishap == "limited":
        visited.kick.stumbles[-1].headers["Retry-After"] = "0"
    told = []
    for key in ("one", "two"):
        data = (await visited.ask(sync, input=given | {"idempotencyKey": key}))["syncChannel"]
        told.append({one["what"]: one for one in data["findings"]})
    first, second = told
    assert first["slug"]["value"] == "quietotter"
    assert (first["channel_id"]["value"], second["channel_id"]["value"]) == (None, str(OTTER + 1_000_000))
    assert first["channel_id"]["problem"].endswith(".")
    assert second["channel_id"]["problem"] is None
    assert second["chatroom_id"]["problem"] == "Kick's official API does not tell it."


async def test_the_page_is_for_staff_and_the_same_for_a_foreign_community_and_none(
    visited: Visited, browser: Browser
) -> None:
    await founded(visited, "den", HERON)
    pages = [await browser.get(f"/c/{slug}") for slug in ("den", "nowhere")]
    assert [(page.status, page.code, page.text) for page in pages] == [(403, "not_yours", pages[0].text)] * 2
    stranger = visited.browser()
    assert "Sign in to go on" in (await stranger.get(PLACE)).text
    fields = proof_of(await browser.get(PLACE), "connect")
    page = await browser.post("/c/den/connect", fields)
    assert page.code == "form_not_ours"
    for what in ("connect", "sync"):
        assert (await stranger.post(f"{PLACE}/{what}", fields)).code == "form_not_ours"


async def test_whoever_lost_his_role_on_the_way_connects_nothing(visited: Visited, browser: Browser) -> None:
    page = await browser.get(PLACE)
    _, to_kick = await browser.step(
        "POST", f"{visited.base}{PLACE}/connect", proof_of(page, "connect"), {"Origin": visited.base}
    )
    assert to_kick is not None
    _, back = await browser.step("GET", to_kick)
    assert back is not None
    here = {"communityId": id_of("community", 1)}
    for document, account, more in ((GRANT, HERON, {"role": "OWNER"}), (REVOKE, OTTER, {})):
        holder = {"kind": "KICK", "platformId": str(account)}
        await visited.ask(document, input=here | {"holder": holder, "idempotencyKey": str(account)} | more)
    page = await browser.get(back.replace("localhost", "127.0.0.1"))
    assert page.code == "not_yours"
    assert await setup.kick_channels(visited.server.database.reader(), 1) == []


async def test_what_was_allowed_is_stored_sealed(visited: Visited, browser: Browser, database_url: str) -> None:
    await connected(browser)
    secrets = [token.encode() for token in visited.kick.grants._tokens]
    dump = await database_dump(visited.server.database.reader(), database_url)
    assert secrets
    assert not [one for one in secrets if one in dump]
    assert await communities.by_slug(visited.server.database.reader(), "harbour") is not None
