"""What is asked about Kick's sockets and its key, and whatever stands where in the answers: a value, or a fault."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from server.platforms.kick.centrifugo import Centrifugo
from server.platforms.kick.key_source import KeySource, KeyUnavailable
from server.platforms.kick.negotiation import ANSWER_SIZE_MAX, Negotiation, NotNegotiated
from server.platforms.kick.pusher import Pusher
from server.platforms.kick.sockets import Transport
from tests.platforms.kick.test_answers_fuzz import ODD, places, put

TRANSPORT = "/api/v1/realtime/channels/668%2F1/chat/connection"
TOKEN = "/api/v1/realtime/auth/connection"
KEY = "/public/v1/public-key"
NEWER = "wss://sockets.example/connection/websocket"


@dataclass
class Site:
    """A Kick that answers as told, and keeps what it was asked."""

    web: Negotiation
    key: KeySource
    says: dict[str, bytes]
    asked: list[tuple[str, str, Any]]
    status: int = 200
    parts: int = 1

    def say(self, path: str, content: object) -> None:
        self.says[path] = json.dumps(content).encode()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = request.raw_path
        body = await request.read()
        self.asked.append((request.method, path, orjson.loads(body) if body else None))
        answer = web.StreamResponse(status=self.status)
        await answer.prepare(request)
        said = self.says[path]
        size = -(-len(said) // self.parts) or 1
        for place in range(0, len(said), size):
            await answer.write(said[place : place + size])
            await asyncio.sleep(0.02 if self.parts > 1 else 0)
        return answer


@pytest.fixture
async def site() -> AsyncGenerator[Site, None]:
    made: list[Site] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        return await made[0].answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app, host="127.0.0.1") as server, ClientSession() as session:
        url = str(server.make_url("")).rstrip("/")
        negotiation = Negotiation(session, web_url=url, pusher_url="wss://p.example/app/k", client_id="our-id")
        made.append(Site(negotiation, KeySource(session, url), {}, []))
        made[0].say(TOKEN, {"data": {"token": "GUEST"}})
        yield made[0]


@dataclass(frozen=True)
class Question:
    """Something that is asked: where, how, a good answer, the fields of it that are used, and what comes of it."""

    method: str
    path: str
    sent: object
    good: dict[str, Any]
    used: tuple[str, ...]
    ask: Callable[[Site], Awaitable[object]]
    wanted: object
    kinds: tuple[type, ...]


ABOUT_TRANSPORT = {
    "client": {"id": "our-id", "type": "web"},
    "capabilities": {"accepted_providers": [{"provider": "pusher"}, {"provider": "centrifugo"}]},
}


async def transport(site: Site) -> object:
    found: Transport = await site.web.transport("668/1")
    return type(found), found.url, found.greeting()


def offering(**offer: object) -> dict[str, Any]:
    return {"data": {"connections": [offer], "mode": "websocket"}}


QUESTIONS = {
    "the older transport": Question(
        *("POST", TRANSPORT, ABOUT_TRANSPORT),
        offering(provider="pusher", credentials={"app_key": "k", "cluster": "us2"}),
        ("data", "data.connections", "data.connections.0", "data.connections.0.provider"),
        transport,
        (Pusher, Pusher("wss://p.example/app/k").url, None),
        (tuple,),
    ),
    "the newer transport": Question(
        *("POST", TRANSPORT, ABOUT_TRANSPORT),
        offering(provider="centrifugo", credentials={"url": NEWER}),
        ("data.connections.0.provider", "data.connections.0.credentials", "data.connections.0.credentials.url"),
        transport,
        (Centrifugo, NEWER, Centrifugo(NEWER, "GUEST").greeting()),
        (tuple,),
    ),
    "a guest's token": Question(
        *("POST", TOKEN, {"client_id": "our-id"}),
        {"data": {"token": "GUEST"}},
        ("data", "data.token"),
        lambda site: site.web.token(),
        "GUEST",
        (str,),
    ),
    "the key": Question(
        *("GET", KEY, None),
        {"data": {"public_key": "-----BEGIN PUBLIC KEY-----"}, "message": "OK"},
        ("data", "data.public_key"),
        lambda site: site.key.fetch(),
        b"-----BEGIN PUBLIC KEY-----",
        (bytes,),
    ),
}
FAULTS = NotNegotiated, KeyUnavailable


async def outcome(site: Site, question: Question) -> object:
    """What comes of asking, a fault included."""
    try:
        return await question.ask(site)
    except FAULTS as fault:
        return fault


@pytest.mark.parametrize("name", QUESTIONS)
async def test_what_is_sent_and_what_is_made_of_a_good_answer(site: Site, name: str) -> None:
    question = QUESTIONS[name]
    site.say(question.path, question.good)
    assert await outcome(site, question) == question.wanted
    assert site.asked[0] == (question.method, question.path, question.sent)


@pytest.mark.parametrize("name", QUESTIONS)
async def test_whatever_stands_anywhere_is_a_value_or_a_fault(site: Site, name: str) -> None:
    question = QUESTIONS[name]
    for place in places(question.good):
        for odd in ODD:
            site.say(question.path, put(question.good, place, odd))
            assert isinstance(await outcome(site, question), question.kinds + FAULTS), (place, odd)


@pytest.mark.parametrize("name", QUESTIONS)
async def test_fields_that_nobody_knows_change_nothing(site: Site, name: str) -> None:
    question = QUESTIONS[name]
    for place in places(question.good):
        more: Any = deepcopy(question.good)
        inner = more
        for key in place:
            inner = inner[key]
        if isinstance(inner, dict):
            inner["brand_new"] = {"deep": [1, 2, 3]}
            site.say(question.path, more)
            assert await outcome(site, question) == question.wanted, place


@pytest.mark.parametrize("name", QUESTIONS)
async def test_a_field_that_we_use_and_that_is_of_another_type_is_reported(site: Site, name: str) -> None:
    question = QUESTIONS[name]
    for field in question.used:
        keys = tuple(int(key) if key.isdecimal() else key for key in field.split("."))
        assert keys in set(places(question.good)), field
        for odd in ({"odd": 1}, ["odd"], 7, None):
            site.say(question.path, put(question.good, keys, odd))
            answer = await outcome(site, question)
            assert isinstance(answer, FAULTS), (field, odd)
            assert "odd" not in str(answer)


@pytest.mark.parametrize("name", QUESTIONS)
async def test_no_refusal_is_taken_for_an_answer(site: Site, name: str) -> None:
    question = QUESTIONS[name]
    site.say(question.path, question.good)
    for status in (201, 400, 401, 403, 404, 429, 500, 503):
        site.status = status
        assert str(status) in str(await outcome(site, question))


@pytest.mark.parametrize("name", QUESTIONS)
async def test_an_answer_that_comes_in_parts_is_read_to_its_end(site: Site, name: str) -> None:
    question = QUESTIONS[name]
    site.say(question.path, question.good)
    site.parts = 3
    assert await outcome(site, question) == question.wanted


@pytest.mark.parametrize("name", QUESTIONS)
async def test_an_answer_that_has_no_end_is_a_fault(site: Site, name: str) -> None:
    question = QUESTIONS[name]
    site.say(question.path, question.good | {"padding": " " * ANSWER_SIZE_MAX})
    assert isinstance(await outcome(site, question), FAULTS)


@pytest.mark.parametrize(
    "url",
    [
        "ws://sockets.example/",
        "http://sockets.example/",
        "wss:///path",
        "wss://",
        "wss://a:x/",
        "wss://a:99999/",
        "wss://[",
    ],
)
async def test_an_address_that_cannot_be_trusted_or_called_is_not_taken(site: Site, url: str) -> None:
    site.say(TRANSPORT, offering(provider="centrifugo", credentials={"url": url}))
    with pytest.raises(NotNegotiated, match="no way"):
        await site.web.transport("668/1")
