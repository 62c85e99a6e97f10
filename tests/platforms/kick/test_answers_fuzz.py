"""Whatever stands where in Kick's answers, the outcome is a value or a fault and never an exception."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from copy import deepcopy
from typing import Any, cast

import pytest
from aiohttp import ClientSession

from clients.simulator.played import KickPlayed
from server.ports_platforms import ApiFault, Introspection, KickChannel, KickUser, OAuthFault, Tokens
from tests.platforms.kick.sign_in import Browser

MISSING = object()
ODD: tuple[object, ...] = (
    *(MISSING, None, True, False, 0, -1, 1.5, 1e308, 2**63, 2**70, "", " ", "x" * 5000, "\x00\x1b[2J", "\ud800"),
    *("0001-01-01T00:00:00Z", "9" * 5000, list[object](), [list[object]()], dict[str, object]()),
    *({"": None}, [None], [{"user_id": 1}]),
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
    "channel number": (
        "/public/v1/livestreams",
        {"data": [{"broadcaster_user_id": 7_200_101, "channel_id": 668}]},
        lambda browser: browser.api.channel_number("T", broadcaster_id="7200101"),
        (str, ApiFault, type(None)),
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

USED = {
    "me": ["data.0.user_id", "data.0.name", "data.0.profile_picture"],
    "channel": ["data.0.broadcaster_user_id", "data.0.slug", "data.0.stream_title", "data.0.stream.is_live"],
    "channel number": ["data.0.broadcaster_user_id", "data.0.channel_id"],
    "introspect": ["data.active", "data.scope", "data.exp", "data.client_id"],
    "refresh": ["access_token", "refresh_token", "expires_in", "scope"],
    "app token": ["access_token", "expires_in"],
}
"""The fields that we make something of."""


@pytest.fixture
async def browser() -> AsyncGenerator[Browser, None]:
    async with KickPlayed() as kick, ClientSession() as session:
        yield Browser(kick, session)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a JSON value, its root included."""
    yield path
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(cast("dict[str | int, Any]", value).items())
    elif isinstance(value, list):
        inner = list(enumerate(cast("list[Any]", value)))
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


@pytest.mark.parametrize("question", QUESTIONS)
async def test_fields_that_nobody_knows_change_nothing(browser: Browser, question: str) -> None:
    path, good, ask, _ = QUESTIONS[question]
    browser.kick.say(good, path)
    usual = await ask(browser)
    for place in places(good):
        more: Any = deepcopy(good)
        inner = more
        for key in place:
            inner = inner[key]
        if isinstance(inner, dict):
            inner["brand_new"] = {"deep": [1, 2, 3]}
            browser.kick.say(more, path)
            assert await ask(browser) == usual, place


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_field_that_we_use_and_that_is_of_another_type_is_reported(browser: Browser, question: str) -> None:
    path, good, ask, outcomes = QUESTIONS[question]
    for field in USED[question]:
        keys = tuple(int(key) if key.isdecimal() else key for key in field.split("."))
        assert keys in set(places(good)), field
        browser.kick.say(put(good, keys, {"odd": 1}), path)
        answer = await ask(browser)
        assert type(answer) is outcomes[1], (field, answer)
        assert "odd" not in str(answer)
