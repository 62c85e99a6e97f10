"""Kick's API over real HTTP, with a Kick that is played, and everything that can go wrong on the way."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientSession

from clients.simulator.people import HARBOUR
from clients.simulator.played import KickPlayed
from clients.simulator.stage import PLAYED_APP, STUMBLES, Broadcast
from server.platforms.kick.api import KickClient
from server.ports_platforms import ApiFault, ApiFaultKind, Introspection, KickApi, KickChannel, KickUser
from tests.platforms.kick.sign_in import OTTER, Browser, tokens_of

USERS, CHANNELS, INTROSPECT = "/public/v1/users", "/public/v1/channels", "/oauth/token/introspect"
USER = {"email": "otter@example.com", "name": "QuietOtter", "profile_picture": "", "user_id": OTTER}
CHANNEL = {
    "broadcaster_user_id": OTTER,
    "slug": "quietotter",
    "stream": {"is_live": True, "start_time": "2026-10-03T17:55:00Z"},
    "stream_title": "Slow evening",
}
ACTIVE = {"active": True, "client_id": "01APP", "token_type": "user", "scope": "user:read", "exp": 1_790_000_000}


@pytest.fixture
async def browser() -> AsyncGenerator[Browser, None]:
    async with KickPlayed() as kick, ClientSession() as session:
        yield Browser(kick, session)


def fault_of(answer: object) -> ApiFault:
    assert isinstance(answer, ApiFault), answer
    return answer


# Who signed in


async def test_who_signed_in_is_told_by_his_token_without_his_mail_address(browser: Browser) -> None:
    tokens = await browser.sign_in("user:read")
    api: KickApi = browser.api
    user = await api.me(tokens.access_token)
    assert user == KickUser(id=str(OTTER), name="QuietOtter", picture=None)
    assert "example.com" not in repr(user)


async def test_a_renamed_person_stays_the_same_and_a_namesake_is_another(browser: Browser) -> None:
    tokens = await browser.sign_in("user:read")
    browser.kick.person(OTTER, "LoudOtter")
    browser.kick.person(7_200_999, "QuietOtter")
    namesake = await browser.sign_in("user:read", account=7_200_999)
    assert await browser.api.me(tokens.access_token) == KickUser(id=str(OTTER), name="LoudOtter", picture=None)
    assert await browser.api.me(namesake.access_token) == KickUser(id="7200999", name="QuietOtter", picture=None)


async def test_an_expired_token_is_unauthorised_until_it_is_refreshed(browser: Browser) -> None:
    browser.kick.grants.access_lifetime = timedelta(seconds=30)
    tokens = await browser.sign_in("user:read")
    assert (tokens.expires_in_s, tokens.refresh_token is None) == (30, False)
    assert isinstance(await browser.api.me(tokens.access_token), KickUser)
    browser.kick.turn(30)
    assert fault_of(await browser.api.me(tokens.access_token)).kind == "unauthorised"
    fresh = tokens_of(await browser.oauth.refresh(tokens.refresh_token or ""))
    assert isinstance(await browser.api.me(fresh.access_token), KickUser)


async def test_a_person_who_takes_his_consent_back_is_unauthorised(browser: Browser) -> None:
    tokens = await browser.sign_in("user:read")
    browser.kick.grants.withdraw(OTTER)
    assert fault_of(await browser.api.me(tokens.access_token)).kind == "unauthorised"


async def test_a_missing_scope_is_told_apart_from_a_bad_token(browser: Browser) -> None:
    tokens = await browser.sign_in("chat:write")
    assert fault_of(await browser.api.me(tokens.access_token)).kind == "forbidden"
    assert fault_of(await browser.api.me("unknown")).kind == "unauthorised"


@pytest.mark.parametrize("token", ["", "two words", "line\r\nX-Injected: 1", "ä", "x" * 5000])
async def test_what_can_be_no_token_is_not_even_sent(browser: Browser, token: str) -> None:
    assert fault_of(await browser.api.me(token)).kind == "unauthorised"
    assert not browser.kick.calls


RUBBISH_USERS: dict[str, object] = {
    "nothing": b"",
    "null": b"null",
    "a list": [USER],
    "no data": {"message": "OK"},
    "null data": {"data": None},
    "nobody": {"data": []},
    "two people": {"data": [USER, USER]},
    "a name": {"data": ["QuietOtter"]},
    "no id": {"data": [{"name": "QuietOtter"}]},
    "id 0": {"data": [USER | {"user_id": 0}]},
    "a broken id": {"data": [USER | {"user_id": 1.5}]},
    "a true id": {"data": [USER | {"user_id": True}]},
    "no name": {"data": [USER | {"name": ""}]},
    "a number as name": {"data": [USER | {"name": 7}]},
    "a picture in pieces": {"data": [USER | {"profile_picture": ["a"]}]},
}


@pytest.mark.parametrize("answer", RUBBISH_USERS.values(), ids=RUBBISH_USERS)
async def test_nobody_is_made_of_rubbish(browser: Browser, answer: object) -> None:
    browser.kick.say(answer, USERS)
    assert fault_of(await browser.api.me("T")).kind == "unreadable"


# Channels


async def test_a_channel_is_found_by_its_owner_or_by_its_slug(browser: Browser) -> None:
    tokens = await browser.sign_in("channel:read")
    offline = KickChannel(
        broadcaster_id=str(HARBOUR.account), slug="harbourlights", title=None, is_live=False, live_since=None
    )
    assert await browser.api.channel_of(tokens.access_token, broadcaster_id=offline.broadcaster_id) == offline
    assert await browser.api.channel_of(tokens.access_token, slug="HarbourLights") == offline


async def test_a_live_channel_tells_since_when(browser: Browser) -> None:
    since = datetime(2026, 10, 3, 18, 0, 5, tzinfo=UTC)
    browser.kick.broadcasts[OTTER] = Broadcast("Slow evening", since)
    tokens = tokens_of(await browser.oauth.app_token())
    channel = await browser.api.channel_of(tokens.access_token, slug="quietotter")
    assert isinstance(channel, KickChannel)
    assert (channel.title, channel.is_live, channel.live_since) == ("Slow evening", True, since)


@pytest.mark.parametrize("asked", [{"broadcaster_id": "999"}, {"slug": "nobody"}], ids=["owner", "slug"])
async def test_a_channel_that_is_not_there_is_none(browser: Browser, asked: dict[str, str]) -> None:
    tokens = tokens_of(await browser.oauth.app_token())
    assert await browser.api.channel_of(tokens.access_token, **asked) is None


async def test_another_channel_than_the_one_asked_for_is_none_of_ours(browser: Browser) -> None:
    for _ in range(2):
        browser.kick.say({"data": [CHANNEL]}, CHANNELS)
    assert await browser.api.channel_of("T", broadcaster_id="999") is None
    assert await browser.api.channel_of("T", slug="somebody-else") is None


async def test_a_channel_needs_its_scope(browser: Browser) -> None:
    tokens = await browser.sign_in("user:read")
    assert fault_of(await browser.api.channel_of(tokens.access_token, slug="harbourlights")).kind == "forbidden"


async def test_a_channel_is_named_in_exactly_one_way(browser: Browser) -> None:
    with pytest.raises(ValueError, match="either by its broadcaster or by its slug"):
        await browser.api.channel_of("T")
    with pytest.raises(ValueError, match="either by its broadcaster or by its slug"):
        await browser.api.channel_of("T", broadcaster_id="1", slug="x")


async def test_a_question_that_kick_takes_for_wrong_is_rejected(browser: Browser) -> None:
    tokens = tokens_of(await browser.oauth.app_token())
    fault = fault_of(await browser.api.channel_of(tokens.access_token, broadcaster_id="no-number"))
    assert (fault.kind, fault.message) == ("rejected", "Kick refused the request with 400.")


RUBBISH_CHANNELS: dict[str, object] = {
    "no data": {"message": "OK"},
    "a number": {"data": [7]},
    "no owner": {"data": [CHANNEL | {"broadcaster_user_id": None}]},
    "no slug": {"data": [CHANNEL | {"slug": ""}]},
    "a stream in words": {"data": [CHANNEL | {"stream": "live"}]},
    "a doubtful stream": {"data": [CHANNEL | {"stream": {"is_live": "yes"}}]},
    "a start without a zone": {"data": [CHANNEL | {"stream": {"is_live": True, "start_time": "2026-10-03"}}]},
    "one good, one bad": {"data": [CHANNEL, CHANNEL | {"slug": 7}]},
}


@pytest.mark.parametrize("answer", RUBBISH_CHANNELS.values(), ids=RUBBISH_CHANNELS)
async def test_no_channel_is_made_of_rubbish(browser: Browser, answer: object) -> None:
    browser.kick.say(answer, CHANNELS)
    assert fault_of(await browser.api.channel_of("T", slug="quietotter")).kind == "unreadable"


async def test_a_live_channel_without_a_time_is_live_all_the_same(browser: Browser) -> None:
    browser.kick.say(
        {"data": [CHANNEL | {"stream": {"is_live": True, "start_time": "0001-01-01T00:00:00Z"}}]}, CHANNELS
    )
    channel = await browser.api.channel_of("T", slug="quietotter")
    assert isinstance(channel, KickChannel)
    assert (channel.is_live, channel.live_since) == (True, None)


# Tokens


async def test_kick_tells_what_a_token_is(browser: Browser) -> None:
    tokens, app = await browser.sign_in("user:read", "chat:write"), tokens_of(await browser.oauth.app_token())
    told = await browser.api.introspect(tokens.access_token)
    assert isinstance(told, Introspection)
    assert told.is_active
    assert (told.client_id, told.token_type) == (PLAYED_APP.client_id, "user")
    assert told.scopes == {"user:read", "chat:write"}
    assert told.expires_at is not None
    assert timedelta(hours=1.9) < told.expires_at - browser.kick.now() <= timedelta(hours=2)
    of_app = await browser.api.introspect(app.access_token)
    assert isinstance(of_app, Introspection)
    assert (of_app.token_type, of_app.scopes) == ("app", frozenset())


async def test_of_a_revoked_token_kick_tells_nothing_more(browser: Browser) -> None:
    tokens = await browser.sign_in()
    assert await browser.oauth.revoke(tokens.access_token, kind="access_token") is None
    assert await browser.api.introspect(tokens.access_token) == Introspection(is_active=False)


RUBBISH_TOKENS: dict[str, object] = {
    "no data": {"message": "OK"},
    "maybe active": {"data": ACTIVE | {"active": "yes"}},
    "no client": {"data": ACTIVE | {"client_id": None}},
    "another type": {"data": ACTIVE | {"token_type": ["user"]}},
    "no end": {"data": ACTIVE | {"exp": None}},
    "an end beyond all calendars": {"data": ACTIVE | {"exp": 2**53 - 1}},
    "scopes in a list": {"data": ACTIVE | {"scope": ["user:read"]}},
}


@pytest.mark.parametrize("answer", RUBBISH_TOKENS.values(), ids=RUBBISH_TOKENS)
async def test_nothing_is_believed_of_a_token_from_rubbish(browser: Browser, answer: object) -> None:
    browser.kick.say(answer, INTROSPECT)
    assert fault_of(await browser.api.introspect("T")).kind == "unreadable"


# What goes wrong

KINDS: dict[str, ApiFaultKind] = {
    "error": "unavailable",
    "limited": "limited",
    "cut": "unavailable",
    "timeout": "unavailable",
    "invalid_grant": "rejected",
    "garbage": "unreadable",
    "huge": "unreadable",
    "redirect": "unreadable",
}


@pytest.mark.parametrize("stumble", sorted(STUMBLES))
async def test_every_stumble_is_a_fault_of_its_kind_that_shows_no_token(
    browser: Browser, stumble: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    impatient = KickClient(browser.session, api_url=browser.kick.url, auth_url=browser.kick.url, timeout_s=0.3)
    for path in (USERS, CHANNELS, INTROSPECT):
        # Twice, because a question that changes nothing is put again when a kept connection turns out to be dead.
        browser.kick.stumble(stumble, path, times=2)
    async with asyncio.timeout(5):
        faults = [
            fault_of(await impatient.me("THE-TOKEN-ITSELF")),
            fault_of(await impatient.channel_of("THE-TOKEN-ITSELF", slug="quietotter")),
            fault_of(await impatient.introspect("THE-TOKEN-ITSELF")),
        ]
    assert {fault.kind for fault in faults} == {KINDS[stumble]}
    assert {fault.retry_after_s for fault in faults} == {7 if stumble == "limited" else None}
    assert "THE-TOKEN-ITSELF" not in f"{faults} {impatient!r} {caplog.text}"
    assert {call.path for call in browser.kick.calls} == {USERS, CHANNELS, INTROSPECT}


@pytest.mark.parametrize(
    ("asked", "understood"),
    [("0", 0), ("120", 120), ("999999999", 3600), ("-1", None), ("1.5", None), ("Sat, 03 Oct 2026 19:00:00 GMT", None)],
)
async def test_a_wish_to_be_left_alone_is_taken_in_seconds_and_within_reason(
    browser: Browser, asked: str, understood: int | None
) -> None:
    browser.kick.stumble("limited", USERS)
    browser.kick.stumbles[-1].headers["Retry-After"] = asked
    assert fault_of(await browser.api.me("T")).retry_after_s == understood


async def test_tokens_travel_over_tls_only() -> None:
    async with ClientSession() as session:
        with pytest.raises(ValueError, match="Kick's API must begin with https"):
            KickClient(session, api_url="http://api.kick.com", auth_url="https://id.kick.com")
        with pytest.raises(ValueError, match="Kick's sign-in must begin with https"):
            KickClient(session, api_url="https://api.kick.com", auth_url="http://id.kick.com")
