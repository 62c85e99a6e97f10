"""Whatever stands where in Kick's answers, the outcome is a value or a fault and never an exception."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from aiohttp import ClientSession

from clients.simulator.played import KickPlayed
from server.ports import ApiFault, Introspection, KickChannel, KickUser, OAuthFault, Tokens
from tests.platforms.kick.sign_in import Browser

MISSING = object()
ODD: tuple[object, ...] = (
    *(MISSING, None, True, False, 0, -1, 1.5, 1e308, 2**63, 2**70, "", " ", "x" * 5000, "\x00\x1b[2J", "\ud800"),
    *("0001-01-01T00:00:00Z", "9" * 5000, [], [[]], {}, {"": None}, [None], [{"user_id": 1}]),
)
STREAM = {"is_live": True, "start_time": "2026-10-03T17:55:00Z"}
CHANNEL = {"broadcaster_user_id": 7_200_101, "slug": "quietotter", "stream": STREAM, "stream_title": "Slow evening"}
USER = {"email": "otter@example.com", "name": "QuietOtter", "profile_picture": "", "user_id": 7_200_101}
TOKEN = {"active": True, "client_id": "01APP", "token_type": "user", "scope": "user:read", "exp": 1_790_000_000}
TOKENS = {"access_token": "A", "token_type": "Bearer", "refresh_token": "R", "expires_in": 7200, "scope": "user:read"}
Question = tuple[str, object, Callable[[Browser], Awaitable[object]], tuple[type, ...]]
QUESTIONS: dict[str, Question] = {
    "me": ("/public/v1/users", {"data": [USER]}, lambda browser: browser.api.me("T"), (KickUser, ApiFault)),
    "channel": (
        "/public/v1/channels",
        {"data": [CHANNEL]},
        lambda browser: browser.api.channel_of("T", slug="quietotter"),
        (KickChannel, ApiFault, type(None)),
    ),
    "introspect": (
        "/oauth/token/introspect",
        {"data": TOKEN},
        lambda browser: browser.api.introspect("T"),
        (Introspection, ApiFault),
    ),
    "refresh": ("/oauth/token", TOKENS, lambda browser: browser.oauth.refresh("R"), (Tokens, OAuthFault)),
    "app token": ("/oauth/token", TOKENS, lambda browser: browser.oauth.app_token(), (Tokens, OAuthFault)),
}


@pytest.fixture
async def browser() -> AsyncGenerator[Browser, None]:
    async with KickPlayed() as kick, ClientSession() as session:
        yield Browser(kick, session)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a JSON value, its root included."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*path, key))


def put(whole: Any, path: tuple[str | int, ...], odd: object) -> Any:
    """A copy of `whole` with `odd` at `path`, or without what was there."""
    if not path:
        return None if odd is MISSING else odd
    changed = deepcopy(whole)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    if odd is MISSING:
        del holder[path[-1]]
    else:
        holder[path[-1]] = odd
    return changed


@pytest.mark.parametrize("question", QUESTIONS)
async def test_no_answer_raises(browser: Browser, question: str) -> None:
    path, good, ask, outcomes = QUESTIONS[question]
    browser.kick.say(good, path)
    assert type(await ask(browser)) is outcomes[0]
    for place in places(good):
        for odd in ODD:
            browser.kick.say(json.dumps(put(good, place, odd)).encode(), path)
            assert type(await ask(browser)) in outcomes, (place, odd)
    assert len(browser.kick.calls) == 1 + len(ODD) * len(list(places(good)))


@pytest.mark.parametrize("question", QUESTIONS)
async def test_no_refusal_raises(browser: Browser, question: str) -> None:
    path, _, ask, outcomes = QUESTIONS[question]
    for status in (201, 204, 302, 400, 401, 403, 404, 408, 418, 429, 500, 502, 503, 599):
        for body in (b"", b"null", b"[]", b'"invalid_grant"', b'{"error": null}', b'{"error": {"a": []}}', b"\xff\xfe"):
            browser.kick.say(body, path, status=status)
            assert type(await ask(browser)) is outcomes[1], (status, body)
