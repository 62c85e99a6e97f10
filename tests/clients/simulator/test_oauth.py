"""The played Kick refuses what Kick refuses: whoever passes here has done it right."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson
import pytest
from aiohttp import ClientSession

from clients.simulator.grants import HELD_MAX, challenge_of
from clients.simulator.people import plain_person
from clients.simulator.played import KickPlayed
from clients.simulator.stage import PLAYED_APP, STARTERS, WAITING_MAX

OTTER = 7_200_101
CALLBACK = "http://127.0.0.1:8080/oauth/kick/callback"
VERIFIER = "a-verifier-of-enough-letters-for-the-standard"
CHALLENGE = challenge_of(VERIFIER)
GOOD = {
    "response_type": "code",
    "client_id": PLAYED_APP.client_id,
    "redirect_uri": CALLBACK,
    "scope": "user:read",
    "state": "abc",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
APP = {"client_id": PLAYED_APP.client_id, "client_secret": PLAYED_APP.client_secret}


@dataclass(slots=True)
class Answered:
    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return orjson.loads(self.text)

    @property
    def back(self) -> dict[str, str]:
        """What the redirect tells the app."""
        assert self.status == 302, self.text
        assert self.headers["Location"].startswith(f"{CALLBACK}?")
        return dict(parse_qsl(urlsplit(self.headers["Location"]).query))


@dataclass(slots=True)
class Asking:
    kick: KickPlayed
    session: ClientSession

    async def ask(self, method: str, path: str, token: str | None = None, **how: Any) -> Answered:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with self.session.request(
            method, self.kick.url + path, headers=headers, allow_redirects=False, **how
        ) as answer:
            return Answered(answer.status, await answer.text(), dict(answer.headers))

    async def authorize(self, **changes: str | None) -> Answered:
        asked = {name: value for name, value in (GOOD | changes).items() if value is not None}
        # As a client must: the page writes localhost over the first 127.0.0.1.
        return await self.ask("GET", "/oauth/authorize?redirect=127.0.0.1&" + urlencode(asked))

    async def token(self, grant: str, **form: str) -> Answered:
        return await self.ask("POST", "/oauth/token", data={"grant_type": grant, **APP, **form})

    async def code(self, scope: str = "user:read", account: int = OTTER) -> str:
        self.kick.allow(account)
        return (await self.authorize(scope=scope)).back["code"]

    async def exchange(self, code: str, **changes: str) -> Answered:
        form = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER} | changes
        return await self.token("authorization_code", **form)

    async def sign_in(self, scope: str = "user:read", account: int = OTTER) -> Any:
        answer = await self.exchange(await self.code(scope, account))
        assert answer.status == 200, answer.text
        return answer.json

    async def app_token(self) -> str:
        return (await self.token("client_credentials")).json["access_token"]


@pytest.fixture
async def asking() -> AsyncGenerator[Asking, None]:
    async with KickPlayed() as kick, ClientSession() as session:
        yield Asking(kick, session)


class Page(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


# Asking a person


async def test_the_page_lets_a_person_choose_and_answer_with_the_keyboard_alone(asking: Asking) -> None:
    answer = await asking.authorize(scope="user:read chat:write")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    page = Page(answer.text)
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
    [label], [select] = page.all("label"), page.all("select")
    assert label["for"] == select["id"] == "account"
    assert [option["value"] for option in page.all("option")] == [str(person.account) for person in STARTERS]
    assert [button["value"] for button in page.all("button")] == ["allow", "deny"]
    assert not page.all("script")
    assert "<li>user:read</li><li>chat:write</li>" in answer.text


async def test_a_name_is_shown_and_not_run(asking: Asking) -> None:
    asking.kick.people[1] = plain_person(1, "<script>alert(1)</script>")
    answer = await asking.authorize()
    assert "<script" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; (1)" in answer.text


async def test_an_answer_counts_once(asking: Asking) -> None:
    [hidden] = Page((await asking.authorize()).text).all("input")
    form = {"request": hidden["value"], "account": str(OTTER), "answer": "allow"}
    told = (await asking.ask("POST", "/oauth/consent", data=form)).back
    assert told["state"] == "abc"
    assert (await asking.exchange(told["code"])).status == 200
    assert (await asking.ask("POST", "/oauth/consent", data=form)).status == 400


@pytest.mark.parametrize(
    "form",
    [{}, {"account": str(OTTER)}, {"account": "x", "answer": "allow"}, {"account": "9" * 5000, "answer": "deny"}],
)
async def test_half_an_answer_is_none(asking: Asking, form: dict[str, str]) -> None:
    [hidden] = Page((await asking.authorize()).text).all("input")
    assert (await asking.ask("POST", "/oauth/consent", data={"request": hidden["value"], **form})).status == 400


async def test_somebody_who_is_not_played_cannot_allow_anything(asking: Asking) -> None:
    asking.kick.allow(99)
    assert (await asking.authorize()).status == 400


async def test_who_denies_is_sent_back_without_a_code(asking: Asking) -> None:
    asking.kick.deny(OTTER)
    told = (await asking.authorize()).back
    assert (told["error"], told["state"], "code" in told) == ("access_denied", "abc", False)


async def test_requests_that_nobody_answers_are_forgotten_in_the_end(asking: Asking) -> None:
    first = Page((await asking.authorize()).text).all("input")[0]["value"]
    for _ in range(WAITING_MAX):
        await asking.authorize()
    form = {"request": first, "account": str(OTTER), "answer": "allow"}
    assert (await asking.ask("POST", "/oauth/consent", data=form)).status == 400


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "01ANOTHER"},
        {"client_id": None},
        {"redirect_uri": "https://elsewhere.example/callback"},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": None},
        {"response_type": "token"},
        {"state": None},
        {"scope": None},
        {"code_challenge": None},
        {"code_challenge": VERIFIER},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
    ],
    ids=str,
)
async def test_a_wrong_request_is_not_sent_back_anywhere(asking: Asking, change: dict[str, str | None]) -> None:
    asking.kick.allow(OTTER)
    answer = await asking.authorize(**change)
    assert answer.status == 400
    assert answer.json["error"] in {"invalid_request", "invalid_client"}


async def test_an_unknown_scope_is_told_to_the_app(asking: Asking) -> None:
    assert (await asking.authorize(scope="user:read everything")).back["error"] == "invalid_scope"


async def test_the_page_rewrites_an_address_on_this_machine_as_kicks_does(asking: Asking) -> None:
    asking.kick.allow(OTTER)
    plain = await asking.ask("GET", "/oauth/authorize?" + urlencode(GOOD))
    assert (plain.status, plain.json["error_description"]) == (400, "This address is not registered for the app.")


# Tokens


async def test_tokens_look_like_kicks(asking: Asking) -> None:
    tokens = await asking.sign_in("user:read channel:read")
    assert list(tokens) == ["access_token", "token_type", "refresh_token", "expires_in", "scope"]
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 7200)
    assert tokens["scope"] == "user:read channel:read"
    app = (await asking.token("client_credentials")).json
    assert list(app) == ["access_token", "token_type", "expires_in"]


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"code_verifier": VERIFIER[:-1] + "x"}, 400, "invalid_grant"),
        ({"code_verifier": CHALLENGE}, 400, "invalid_grant"),
        ({"code_verifier": ""}, 400, "invalid_request"),
        ({"redirect_uri": CALLBACK + "?x"}, 400, "invalid_grant"),
        ({"redirect_uri": ""}, 400, "invalid_grant"),
        ({"code": "unknown"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
    ids=str,
)
async def test_a_wrong_exchange_is_refused_by_its_name(
    asking: Asking, change: dict[str, str], status: int, error: str
) -> None:
    form = {"code": await asking.code(), "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    data = {"grant_type": "authorization_code", **APP, **form, **change}
    answer = await asking.ask("POST", "/oauth/token", data=data)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert set(answer.json) == {"error", "error_description"}


async def test_a_failed_exchange_costs_the_code(asking: Asking) -> None:
    code = await asking.code()
    assert (await asking.exchange(code, code_verifier="x" * 43)).json["error"] == "invalid_grant"
    assert (await asking.exchange(code)).json["error"] == "invalid_grant"


async def test_tokens_are_asked_for_with_a_form_only(asking: Asking) -> None:
    form = {"grant_type": "client_credentials", **APP}
    assert (await asking.ask("POST", "/oauth/token", json=form)).json["error"] == "invalid_request"
    assert (await asking.ask("POST", f"/oauth/token?{urlencode(form)}")).status in {400, 401}


async def test_an_access_token_is_no_refresh_token_and_the_other_way_round(asking: Asking) -> None:
    tokens = await asking.sign_in()
    assert (await asking.token("refresh_token", refresh_token=tokens["access_token"])).json["error"] == "invalid_grant"
    assert (await asking.ask("GET", "/public/v1/users", tokens["refresh_token"])).status == 401


async def test_reusable_refresh_tokens_can_be_had(asking: Asking) -> None:
    asking.kick.grants.are_refresh_tokens_reusable = True
    tokens = await asking.sign_in()
    answers = [await asking.token("refresh_token", refresh_token=tokens["refresh_token"]) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert len({answer.json["refresh_token"] for answer in answers}) == 2


async def test_a_refresh_token_ends_after_thirty_days(asking: Asking) -> None:
    tokens = await asking.sign_in()
    asking.kick.turn(30 * 24 * 3600)
    answer = await asking.token("refresh_token", refresh_token=tokens["refresh_token"])
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


async def test_revoking_is_ok_whatever_is_revoked(asking: Asking) -> None:
    tokens = await asking.sign_in()
    for query in ("", "?token=unknown", f"?token={tokens['access_token']}&token_hint_type=access_token"):
        answer = await asking.ask("POST", f"/oauth/revoke{query}")
        assert (answer.status, answer.text) == (200, "OK")
    assert (await asking.ask("GET", "/public/v1/users", tokens["access_token"])).status == 401
    assert (await asking.token("refresh_token", refresh_token=tokens["refresh_token"])).status == 200


async def test_introspection_looks_like_kicks(asking: Asking) -> None:
    tokens = await asking.sign_in("user:read chat:write")
    data = (await asking.ask("POST", "/oauth/token/introspect", tokens["access_token"])).json["data"]
    assert data.pop("exp") > asking.kick.now().timestamp()
    assert data == {
        "active": True,
        "client_id": PLAYED_APP.client_id,
        "token_type": "user",
        "scope": "user:read chat:write",
    }
    unknown = (await asking.ask("POST", "/oauth/token/introspect", "unknown")).json
    inactive = {"active": False, "client_id": None, "exp": None, "scope": None}
    assert unknown == {"data": inactive, "message": "OK"}
    assert (await asking.ask("POST", "/oauth/token/introspect")).status == 401


async def test_the_oldest_tokens_are_forgotten_before_memory_is_full(asking: Asking) -> None:
    first = await asking.app_token()
    for _ in range(HELD_MAX):
        asking.kick.grants.answer({"grant_type": "client_credentials", **APP})
    assert asking.kick.grants.access(first) is None


# The API


async def test_users_look_like_kicks_and_only_oneself_has_a_mail_address(asking: Asking) -> None:
    token = (await asking.sign_in())["access_token"]
    oneself = {"email": "quietotter@example.com", "name": "QuietOtter", "profile_picture": "", "user_id": OTTER}
    assert (await asking.ask("GET", "/public/v1/users", token)).json == {"data": [oneself], "message": "OK"}
    two = (await asking.ask("GET", "/public/v1/users?id=7200102&id=99&id=7200101", token)).json["data"]
    assert two == [{"name": "Amber_Kettle", "profile_picture": "", "user_id": 7_200_102}, oneself]


async def test_what_kick_refuses_is_refused_in_kicks_words(asking: Asking) -> None:
    chatter, app = (await asking.sign_in("chat:write"))["access_token"], await asking.app_token()
    unauthorized = (401, {"data": None, "message": "Unauthorized"})
    forbidden = (403, {"data": {}, "message": "Forbidden"})
    bad = (400, {"data": None, "message": "Bad request"})
    for path, token, expected in (
        ("/public/v1/users", None, unauthorized),
        ("/public/v1/channels", "unknown", unauthorized),
        ("/public/v1/users", chatter, forbidden),
        ("/public/v1/channels?slug=harbourlights", chatter, forbidden),
        ("/public/v1/users", app, bad),
        ("/public/v1/users?id=otter", app, bad),
        ("/public/v1/users?" + "&".join(f"id={number}" for number in range(51)), app, bad),
        ("/public/v1/channels", app, bad),
        ("/public/v1/channels?slug=harbourlights&broadcaster_user_id=7200001", app, bad),
        ("/public/v1/channels?broadcaster_user_id=" + "9" * 5000, app, bad),
    ):
        answer = await asking.ask("GET", path, token)
        assert (answer.status, answer.json) == expected, path[:80]


async def test_a_channel_looks_like_kicks(asking: Asking) -> None:
    [channel] = (await asking.ask("GET", "/public/v1/channels?slug=HARBOURLIGHTS", await asking.app_token())).json[
        "data"
    ]
    assert list(channel) == sorted(channel)
    assert set(channel) == {
        *(
            "active_subscribers_count",
            "banner_picture",
            "broadcaster_user_id",
            "canceled_subscribers_count",
            "category",
        ),
        *("channel_description", "slug", "stream", "stream_title"),
    }
    assert (channel["slug"], channel["broadcaster_user_id"]) == ("harbourlights", 7_200_001)
    assert (channel["stream"]["is_live"], channel["stream"]["start_time"]) == (False, "0001-01-01T00:00:00Z")


async def test_a_streamer_asks_for_his_own_channel_without_naming_it(asking: Asking) -> None:
    token = (await asking.sign_in("channel:read", account=7_200_001))["access_token"]
    [channel] = (await asking.ask("GET", "/public/v1/channels", token)).json["data"]
    assert channel["slug"] == "harbourlights"


# The strings


async def test_another_process_holds_the_strings(asking: Asking) -> None:
    async def order(path: str, content: object) -> int:
        return (await asking.ask("POST", f"/simulator/{path}", json=content)).status

    assert await order("people", {"account": 5, "name": "NewSparrow"}) == 200
    assert await order("people", {"account": OTTER, "name": "NewSparrow"}) == 200
    people = (await asking.ask("GET", "/simulator/people")).json
    assert [person["account"] for person in people if person["name"] == "NewSparrow"] == [OTTER, 5]
    assert await order("consent", {"account": 5, "answer": "allow"}) == 204
    assert await order("tokens", {"access_s": 30}) == 204
    code = (await asking.authorize()).back["code"]
    assert await order("stumble", {"name": "error"}) == 204
    assert (await asking.exchange(code)).status == 500
    tokens = (await asking.exchange(code)).json
    assert tokens["expires_in"] == 30
    assert await order("clock", {"seconds": 30}) == 204
    assert (await asking.ask("GET", "/public/v1/users", tokens["access_token"])).status == 401
    assert await order("consent", {"account": 5, "answer": "deny"}) == 204
    assert (await asking.authorize()).back["error"] == "access_denied"
    assert await order("consent", {"answer": "ask"}) == 204
    assert (await asking.authorize()).status == 200
    calls = (await asking.ask("GET", "/simulator/calls")).json
    assert [(call["path"], call["status"], call["grant_type"]) for call in calls] == [
        ("/oauth/authorize", 302, None),
        ("/oauth/token", 500, None),
        ("/oauth/token", 200, "authorization_code"),
        ("/public/v1/users", 401, None),
        ("/oauth/authorize", 302, None),
        ("/oauth/authorize", 200, None),
    ]


@pytest.mark.parametrize("path", ["people", "consent", "stumble", "clock", "tokens"])
@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"name": "nothing known"}', b'{"account": -1, "name": ""}', b'{"seconds": -1, "access_s": 0}'],
    ids=["nothing", "list", "broken", "unknown", "nobody", "backwards"],
)
async def test_an_order_that_makes_no_sense_is_refused(asking: Asking, path: str, body: bytes) -> None:
    assert (await asking.ask("POST", f"/simulator/{path}", data=body)).status == 400


async def test_a_call_that_hangs_is_let_go_when_the_play_ends() -> None:
    async with ClientSession() as session:
        async with KickPlayed() as kick:
            kick.stumble("timeout")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2), session.post(f"{kick.url}/oauth/token"):
                    pass
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 2
