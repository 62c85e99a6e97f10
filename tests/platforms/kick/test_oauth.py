"""Sign-in with Kick over real HTTP, with a Kick that is played, and everything that can go wrong on the way."""

import asyncio
import gzip
from collections.abc import AsyncGenerator
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession

from clients.simulator.played import KickPlayed
from clients.simulator.stage import PLAYED_APP, STUMBLES
from server.auth.pkce import fresh_pkce
from server.platforms.kick.oauth import KickOAuth
from server.ports_platforms import OAuthFaultKind, OAuthProvider
from server.system import SystemIds
from tests.platforms.kick.sign_in import CALLBACK, OTTER, STATE, Browser, fault_of, tokens_of

GOOD = {
    "access_token": "A",
    "token_type": "Bearer",
    "refresh_token": "R",
    "expires_in": 7200,
    "scope": "user:read channel:read",
}


@pytest.fixture
async def browser() -> AsyncGenerator[Browser, None]:
    async with KickPlayed() as kick, ClientSession() as session:
        yield Browser(kick, session)


# The way that goes well


async def test_a_person_signs_in(browser: Browser) -> None:
    pair = fresh_pkce(SystemIds())
    browser.kick.allow(OTTER)
    told = await browser.come_back(pair, "user:read", "channel:read")
    assert told.keys() == {"code", "state"}
    assert told["state"] == STATE
    tokens = tokens_of(await browser.oauth.exchange(code=told["code"], verifier=pair.verifier, redirect_uri=CALLBACK))
    assert tokens.scopes == {"user:read", "channel:read"}
    assert tokens.expires_in_s == 7200
    assert tokens.refresh_token not in {None, tokens.access_token}


async def test_it_is_what_the_port_promises(browser: Browser) -> None:
    provider: OAuthProvider = browser.oauth
    assert provider.platform == "kick"
    assert provider.scopes("linking") == ("user:read",)


async def test_a_refresh_gives_other_tokens_for_the_same_scopes(browser: Browser) -> None:
    first = await browser.sign_in("user:read", "chat:write")
    assert first.refresh_token is not None
    second = tokens_of(await browser.oauth.refresh(first.refresh_token))
    assert second.scopes == first.scopes
    assert not {second.access_token, second.refresh_token} & {first.access_token, first.refresh_token}


async def test_the_app_gets_a_token_of_its_own(browser: Browser) -> None:
    tokens = tokens_of(await browser.oauth.app_token())
    assert (tokens.refresh_token, tokens.scopes, tokens.expires_in_s) == (None, frozenset(), 5_184_000)


async def test_a_revoked_token_is_good_no_more_and_revoking_it_again_is_no_fault(browser: Browser) -> None:
    tokens = await browser.sign_in()
    assert tokens.refresh_token is not None
    assert browser.kick.grants.access(tokens.access_token) is not None
    for _ in range(2):
        assert await browser.oauth.revoke(tokens.refresh_token, kind="refresh_token") is None
    assert browser.kick.grants.access(tokens.access_token) is None
    assert fault_of(await browser.oauth.refresh(tokens.refresh_token)).kind == "invalid_grant"


def test_the_address_asks_for_no_more_than_it_says_and_holds_no_secret() -> None:
    session: ClientSession = None  # type: ignore[assignment] - making an address asks nobody
    oauth = KickOAuth(session, auth_url="https://id.kick.com/", client_id="01APP", client_secret="salmon-and-eel")
    url = oauth.authorization_url(
        state="a&b=c",
        challenge="x" * 43,
        redirect_uri="https://regulars.example/cb?x=1",
        scopes=["user:read", "chat:write"],
    )
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "id.kick.com", "/oauth/authorize")
    assert parse_qs(parts.query, strict_parsing=True) == {
        "response_type": ["code"],
        "client_id": ["01APP"],
        "redirect_uri": ["https://regulars.example/cb?x=1"],
        "scope": ["user:read chat:write"],
        "state": ["a&b=c"],
        "code_challenge": ["x" * 43],
        "code_challenge_method": ["S256"],
    }
    assert "salmon-and-eel" not in url


def test_an_address_on_this_machine_survives_the_page_that_rewrites_it() -> None:
    session: ClientSession = None  # type: ignore[assignment] - making an address asks nobody
    oauth = KickOAuth(session, auth_url="https://id.kick.com", client_id="01APP", client_secret="x")
    url = oauth.authorization_url(state="s", challenge="x" * 43, redirect_uri=CALLBACK, scopes=["user:read"])
    rewritten = parse_qs(urlsplit(url).query.replace("127.0.0.1", "localhost", 1))
    assert rewritten["redirect_uri"] == [CALLBACK]


@pytest.mark.parametrize("auth_url", ["http://id.kick.com", "http://127.0.0.1.example.org", "ftp://localhost"])
def test_secrets_travel_over_tls_only(auth_url: str) -> None:
    session: ClientSession = None  # type: ignore[assignment] - it is refused before it asks anybody
    with pytest.raises(ValueError, match="must begin with https"):
        KickOAuth(session, auth_url=auth_url, client_id="01APP", client_secret="x")


# What Kick refuses


async def test_a_person_who_denies_comes_back_without_a_code(browser: Browser) -> None:
    browser.kick.deny(OTTER)
    told = await browser.come_back(fresh_pkce(SystemIds()))
    assert (told["error"], told["state"]) == ("access_denied", STATE)
    assert "code" not in told


async def test_a_code_is_worth_nothing_without_its_verifier(browser: Browser) -> None:
    code = await browser.code(fresh_pkce(SystemIds()))
    other = fresh_pkce(SystemIds())
    fault = fault_of(await browser.oauth.exchange(code=code, verifier=other.verifier, redirect_uri=CALLBACK))
    assert fault.kind == "invalid_grant"


async def test_a_code_replayed_ends_what_it_gave(browser: Browser) -> None:
    pair = fresh_pkce(SystemIds())
    code = await browser.code(pair)
    tokens = tokens_of(await browser.oauth.exchange(code=code, verifier=pair.verifier, redirect_uri=CALLBACK))
    again = fault_of(await browser.oauth.exchange(code=code, verifier=pair.verifier, redirect_uri=CALLBACK))
    assert again.kind == "invalid_grant"
    assert browser.kick.grants.access(tokens.access_token) is None


async def test_a_code_is_bound_to_the_address_it_was_sent_to(browser: Browser) -> None:
    pair = fresh_pkce(SystemIds())
    code = await browser.code(pair)
    fault = fault_of(await browser.oauth.exchange(code=code, verifier=pair.verifier, redirect_uri=CALLBACK + "/"))
    assert fault.kind == "invalid_grant"


async def test_a_code_lives_for_a_minute(browser: Browser) -> None:
    early, late = fresh_pkce(SystemIds()), fresh_pkce(SystemIds())
    codes = [await browser.code(pair) for pair in (early, late)]
    browser.kick.turn(50)
    tokens_of(await browser.oauth.exchange(code=codes[0], verifier=early.verifier, redirect_uri=CALLBACK))
    browser.kick.turn(10)
    fault = fault_of(await browser.oauth.exchange(code=codes[1], verifier=late.verifier, redirect_uri=CALLBACK))
    assert fault.kind == "invalid_grant"


async def test_a_refresh_token_used_twice_ends_the_whole_grant(browser: Browser) -> None:
    first = await browser.sign_in()
    assert first.refresh_token is not None
    second = tokens_of(await browser.oauth.refresh(first.refresh_token))
    assert second.refresh_token is not None
    assert fault_of(await browser.oauth.refresh(first.refresh_token)).kind == "invalid_grant"
    assert fault_of(await browser.oauth.refresh(second.refresh_token)).kind == "invalid_grant"
    assert browser.kick.grants.access(second.access_token) is None


async def test_a_wrong_client_secret_is_no_reason_to_sign_in_anew(browser: Browser) -> None:
    tokens = await browser.sign_in()
    assert tokens.refresh_token is not None
    stranger = browser.oauth_of(client_secret="of-another-app")
    fault = fault_of(await stranger.refresh(tokens.refresh_token))
    assert (fault.kind, fault.message) == ("refused", "Kick refused the request with 401 (invalid_client).")
    tokens_of(await browser.oauth.refresh(tokens.refresh_token))


# What goes wrong


@pytest.mark.parametrize(
    ("stumble", "kind"),
    [
        ("error", "unavailable"),
        ("limited", "unavailable"),
        ("cut", "unavailable"),
        ("timeout", "unavailable"),
        ("invalid_grant", "invalid_grant"),
        ("garbage", "unreadable"),
        ("huge", "unreadable"),
        ("redirect", "unreadable"),
    ],
)
async def test_a_refresh_that_goes_wrong_leaves_the_token_good_unless_kick_says_otherwise(
    browser: Browser, stumble: str, kind: OAuthFaultKind
) -> None:
    tokens = await browser.sign_in()
    assert tokens.refresh_token is not None
    browser.kick.stumble(stumble)
    fault = fault_of(await browser.oauth_of(timeout_s=0.5).refresh(tokens.refresh_token))
    assert fault.kind == kind
    assert fault.message.endswith(".")
    tokens_of(await browser.oauth.refresh(tokens.refresh_token))


def test_every_stumble_of_the_simulator_was_tried() -> None:
    tried = {"error", "limited", "cut", "timeout", "invalid_grant", "garbage", "huge", "redirect"}
    assert set(STUMBLES) == tried


async def test_kicks_wish_to_be_left_alone_is_told(browser: Browser) -> None:
    browser.kick.stumble("limited")
    assert fault_of(await browser.oauth.app_token()).retry_after_s == 7
    browser.kick.stumble("error")
    assert fault_of(await browser.oauth.app_token()).retry_after_s is None


async def test_a_redirect_is_not_followed(browser: Browser) -> None:
    browser.kick.stumble("redirect")
    fault_of(await browser.oauth.app_token())
    assert [call.path for call in browser.kick.calls] == ["/oauth/token"]


async def test_a_slow_kick_is_given_up_in_time(browser: Browser) -> None:
    browser.kick.stumble("timeout")
    async with asyncio.timeout(5):
        fault = fault_of(await browser.oauth_of(timeout_s=0.2).app_token())
    assert fault.message == "Kick did not answer within 0.2 seconds."


async def test_a_kick_that_is_away_is_a_fault_and_no_exception(unused_tcp_port: int) -> None:
    async with ClientSession() as session:
        oauth = KickOAuth(
            session, auth_url=f"http://127.0.0.1:{unused_tcp_port}", client_id="01APP", client_secret="salmon-and-eel"
        )
        fault = fault_of(await oauth.app_token())
        assert fault_of(await oauth.revoke("token", kind="access_token")).kind == "unavailable"
    assert fault.kind == "unavailable"


RUBBISH: dict[str, object] = {
    "nothing": b"",
    "null": b"null",
    "a deep well": b"[" * 10_000,
    "a list": [GOOD],
    "an error": {"error": "invalid_grant"},
    "no access token": {key: value for key, value in GOOD.items() if key != "access_token"},
    "an empty access token": GOOD | {"access_token": ""},
    "a token of two words": GOOD | {"access_token": "two words"},
    "a token that breaks a header": GOOD | {"access_token": "line\r\nbreak: x"},
    "an endless token": GOOD | {"access_token": "x" * 5000},
    "a number as token": GOOD | {"access_token": 7},
    "another type": GOOD | {"token_type": "mac"},
    "no type": GOOD | {"token_type": None},
    "no refresh token": GOOD | {"refresh_token": None},
    "a list of refresh tokens": GOOD | {"refresh_token": ["R"]},
    "no lifetime": GOOD | {"expires_in": 0},
    "a negative lifetime": GOOD | {"expires_in": -1},
    "a broken lifetime": GOOD | {"expires_in": 1.5},
    "a true lifetime": GOOD | {"expires_in": True},
    "a lifetime in words": GOOD | {"expires_in": "soon"},
    "an endless lifetime": GOOD | {"expires_in": "9" * 5000},
    "no scope": GOOD | {"scope": None},
    "a list of scopes": GOOD | {"scope": ["user:read"]},
    "an endless scope": GOOD | {"scope": "x" * 2001},
}


@pytest.mark.parametrize("answer", RUBBISH.values(), ids=RUBBISH)
async def test_rubbish_with_status_200_is_a_fault(browser: Browser, answer: object) -> None:
    browser.kick.say(answer)
    assert fault_of(await browser.oauth.refresh("R")).kind == "unreadable"


@pytest.mark.parametrize("lifetime", [7200, "7200"], ids=["number", "text"])
async def test_a_lifetime_may_be_a_number_or_a_text(browser: Browser, lifetime: object) -> None:
    browser.kick.say(GOOD | {"expires_in": lifetime, "token_type": "bearer", "extra": {"new": True}})
    tokens = tokens_of(await browser.oauth.refresh("R"))
    assert (tokens.access_token, tokens.refresh_token, tokens.expires_in_s) == ("A", "R", 7200)


async def test_a_small_answer_that_unfolds_into_a_large_one_is_not_read_to_its_end(browser: Browser) -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    assert len(bomb) < 32 * 1024
    browser.kick.say(bomb)
    browser.kick.stumbles[-1].headers["Content-Encoding"] = "gzip"
    fault = fault_of(await browser.oauth.app_token())
    assert (fault.kind, fault.message) == ("unreadable", "Kick's answer is too long to be one.")


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (400, {"error": "invalid_grant"}, "invalid_grant"),
        (401, {"error": "invalid_grant"}, "invalid_grant"),
        (403, {"error": "invalid_grant"}, "refused"),
        (500, {"error": "invalid_grant"}, "unavailable"),
        (429, {"error": "invalid_grant"}, "unavailable"),
        (408, b"", "unavailable"),
        (400, {"error": "Invalid request"}, "refused"),
        (400, {"error": ["invalid_grant"]}, "refused"),
        (400, {"error_description": "invalid_grant"}, "refused"),
        (400, b"invalid_grant", "refused"),
        (404, b"", "refused"),
        (204, b"", "unreadable"),
        (304, b"", "unreadable"),
    ],
)
async def test_only_kicks_own_word_ends_a_sign_in(
    browser: Browser, status: int, answer: object, kind: OAuthFaultKind
) -> None:
    browser.kick.say(answer, status=status)
    assert fault_of(await browser.oauth.refresh("R")).kind == kind


# What nobody may see


@pytest.mark.parametrize("stumble", sorted(STUMBLES))
async def test_no_fault_shows_a_secret(
    browser: Browser, stumble: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    tokens = await browser.sign_in()
    assert tokens.refresh_token is not None
    impatient = browser.oauth_of(timeout_s=0.3)
    browser.kick.stumble(stumble, times=2)
    browser.kick.stumble(stumble, "/oauth/revoke")
    shown = [
        repr(await impatient.refresh(tokens.refresh_token)),
        str(await impatient.exchange(code="the-code-itself", verifier="v" * 43, redirect_uri=CALLBACK)),
        repr(await impatient.revoke(tokens.access_token, kind="access_token")),
        f"{tokens} {tokens!r} {browser.oauth!r}",
        caplog.text,
        *capfd.readouterr(),
    ]
    secrets = (tokens.access_token, tokens.refresh_token, "the-code-itself", "v" * 43, PLAYED_APP.client_secret)
    for text in shown:
        assert not any(secret in text for secret in secrets)


async def test_what_kick_says_in_a_refusal_is_not_repeated(browser: Browser) -> None:
    browser.kick.say({"error": "salmon-and-eel", "error_description": "for salmon-and-eel"}, status=400)
    assert fault_of(await browser.oauth.refresh("R")).message == "Kick refused the request with 400."
