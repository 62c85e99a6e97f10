import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

import orjson
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.parts.kick import key_ring
from server.platforms.kick import key_source
from server.platforms.kick.key import KeyRing, Refreshed, load_key
from server.platforms.kick.key_source import KeySource
from server.settings import Settings

REFRESH_EVERY_S = 600
TWO_DAYS_S = 48 * 3600


class Clock(Protocol):
    def turn(self, seconds: float) -> None: ...


def pem(key: RSAPublicKey | ec.EllipticCurvePublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class Kick:
    """Publishes a key as Kick does, or misbehaves."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: Callable[[], Awaitable[web.StreamResponse]] = self.nothing

    async def nothing(self) -> web.StreamResponse:
        return web.Response(status=500)

    def publish(self, key: RSAPublicKey) -> None:
        self.say({"data": {"public_key": pem(key)}, "message": "OK"})

    def say(self, content: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = content if isinstance(content, bytes) else orjson.dumps(content)

        async def answer() -> web.StreamResponse:
            return web.Response(body=body, status=status, headers=headers)

        self.answer = answer

    async def handle(self, _: web.Request) -> web.StreamResponse:
        self.asked += 1
        return await self.answer()


@pytest.fixture
def kick() -> Kick:
    return Kick()


@pytest.fixture
async def source(kick: Kick) -> AsyncIterator[KeySource]:
    app = web.Application()
    app.router.add_get("/public/v1/public-key", kick.handle)
    async with TestServer(app, host="127.0.0.1") as server, ClientSession() as session:
        yield KeySource(session, str(server.make_url("/")))


@pytest.fixture
def public(private_keys: list[RSAPrivateKey]) -> list[RSAPublicKey]:
    return [key.public_key() for key in private_keys]


async def test_pinned_keys_alone_never_ask(clock: Clock, public: list[RSAPublicKey]) -> None:
    ring = KeyRing(public[:2], clock)

    assert await ring.refresh() is Refreshed.PINNED
    assert ring.in_force() == (public[0], public[1])


async def test_the_same_key_changes_nothing(
    clock: Clock, kick: Kick, source: KeySource, public: list[RSAPublicKey]
) -> None:
    kick.publish(public[1])
    ring = KeyRing(public[:2], clock, source)

    assert await ring.refresh() is Refreshed.SAME
    assert ring.in_force() == (public[0], public[1])


async def test_a_new_key_comes_first_and_the_old_one_stays_for_48_hours(
    clock: Clock, kick: Kick, source: KeySource, public: list[RSAPublicKey]
) -> None:
    kick.publish(public[1])
    ring = KeyRing(public[:1], clock, source)

    assert await ring.refresh() is Refreshed.CHANGED
    assert ring.in_force() == (public[1], public[0])
    clock.turn(TWO_DAYS_S - 1)
    assert ring.in_force() == (public[1], public[0])
    clock.turn(1)
    assert ring.in_force() == (public[1],)


async def test_a_change_taken_back_leaves_both_keys_for_a_while(
    clock: Clock, kick: Kick, source: KeySource, public: list[RSAPublicKey]
) -> None:
    ring = KeyRing(public[:1], clock, source)
    for key in (public[1], public[0]):
        kick.publish(key)
        assert await ring.refresh() is Refreshed.CHANGED
        clock.turn(REFRESH_EVERY_S)

    assert ring.in_force() == (public[0], public[1])
    clock.turn(TWO_DAYS_S)
    assert ring.in_force() == (public[0],)


async def test_former_keys_are_bounded(clock: Clock, kick: Kick, source: KeySource, public: list[RSAPublicKey]) -> None:
    ring = KeyRing(public[:1], clock, source)
    for _ in range(12):
        kick.publish(rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key())
        assert await ring.refresh() is Refreshed.CHANGED
        clock.turn(REFRESH_EVERY_S)

    assert len(ring.in_force()) == 9


async def test_kick_is_asked_at_most_once_per_ten_minutes(
    clock: Clock, kick: Kick, source: KeySource, public: list[RSAPublicKey]
) -> None:
    ring = KeyRing(public[:1], clock, source)

    assert await ring.refresh() is Refreshed.FAILED
    kick.publish(public[1])
    clock.turn(REFRESH_EVERY_S - 1)
    assert await ring.refresh() is Refreshed.TOO_SOON
    assert kick.asked == 1
    clock.turn(1)
    assert await ring.refresh() is Refreshed.CHANGED
    assert kick.asked == 2


async def test_many_at_once_ask_once_and_all_see_the_new_key(
    clock: Clock, kick: Kick, source: KeySource, public: list[RSAPublicKey]
) -> None:
    kick.publish(public[1])
    ring = KeyRing(public[:1], clock, source)

    async def refresh() -> tuple[Refreshed, RSAPublicKey]:
        return await ring.refresh(), ring.in_force()[0]

    outcomes = await asyncio.gather(*(refresh() for _ in range(50)))

    assert kick.asked == 1
    assert [outcome for outcome, _ in outcomes].count(Refreshed.CHANGED) == 1
    assert {key.public_numbers() for _, key in outcomes} == {public[1].public_numbers()}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        [],
        {"data": None},
        {"data": {"public_key": 7}},
        {"data": {"public_key": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}},
        {"data": {"public_key": pem(ec.generate_private_key(ec.SECP256R1()).public_key())}},
    ],
    ids=["empty", "no JSON", "a list", "no data", "a number", "a broken key", "another kind of key"],
)
async def test_no_answer_costs_a_key(
    clock: Clock, kick: Kick, source: KeySource, public: list[RSAPublicKey], content: object
) -> None:
    kick.say(content)
    ring = KeyRing(public[:1], clock, source)

    assert await ring.refresh() is Refreshed.FAILED
    assert ring.fault is not None
    assert ring.in_force() == (public[0],)


async def test_an_answer_too_long_to_be_a_key_is_not_read_to_its_end(
    clock: Clock, kick: Kick, source: KeySource, public: list[RSAPublicKey]
) -> None:
    kick.say({"data": {"public_key": pem(public[1])}, "padding": " " * key_source.ANSWER_SIZE_MAX})
    ring = KeyRing(public[:1], clock, source)

    assert await ring.refresh() is Refreshed.FAILED
    assert ring.fault == "Kick's answer about its public key is too long to be one."


async def test_a_redirect_is_not_followed(
    clock: Clock, kick: Kick, source: KeySource, public: list[RSAPublicKey]
) -> None:
    kick.say(b"", 302, {"Location": "/public/v1/public-key"})
    ring = KeyRing(public[:1], clock, source)

    assert await ring.refresh() is Refreshed.FAILED
    assert kick.asked == 1


async def test_a_silent_kick_is_given_up(
    clock: Clock,
    kick: Kick,
    source: KeySource,
    public: list[RSAPublicKey],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    silence = asyncio.Event()

    async def answer() -> web.StreamResponse:
        await silence.wait()
        return web.Response()

    kick.answer = answer
    monkeypatch.setattr(key_source, "FETCH_TIMEOUT_S", 0.1)
    ring = KeyRing(public[:1], clock, source)

    assert await ring.refresh() is Refreshed.FAILED
    assert ring.in_force() == (public[0],)
    silence.set()


async def test_an_unreachable_kick_costs_no_key(clock: Clock, public: list[RSAPublicKey], unused_tcp_port: int) -> None:
    async with ClientSession() as session:
        ring = KeyRing(public[:1], clock, KeySource(session, f"http://127.0.0.1:{unused_tcp_port}"))

        assert await ring.refresh() is Refreshed.FAILED
    assert ring.in_force() == (public[0],)


async def test_a_fault_is_forgotten_once_kick_answers_again(
    clock: Clock, kick: Kick, source: KeySource, public: list[RSAPublicKey]
) -> None:
    ring = KeyRing(public[:1], clock, source)
    await ring.refresh()
    assert ring.fault == "Kick answered 500 when asked for its public key."

    kick.publish(public[0])
    clock.turn(REFRESH_EVERY_S)
    await ring.refresh()
    assert ring.fault is None


async def test_the_key_is_asked_for_where_the_settings_say(
    clock: Clock, kick: Kick, public: list[RSAPublicKey]
) -> None:
    kick.publish(public[1])
    app = web.Application()
    app.router.add_get("/public/v1/public-key", kick.handle)
    async with TestServer(app, host="127.0.0.1") as server, ClientSession() as session:
        settings = Settings(kick_api_url=str(server.make_url("/")))
        ring = key_ring(settings, clock, session)  # type: ignore[arg-type] - it asks for nothing but the time

        assert await ring.refresh() is Refreshed.CHANGED
    assert ring.in_force()[0] == public[1]


@pytest.mark.parametrize(
    "api_base", ["http://api.kick.com", "ftp://127.0.0.1", "api.kick.com", "http://127.0.0.1.evil.example"]
)
async def test_keys_are_fetched_over_tls_only(api_base: str) -> None:
    async with ClientSession() as session:
        with pytest.raises(ValueError, match="must begin with https"):
            KeySource(session, api_base)


def test_a_key_reads_back(public: list[RSAPublicKey]) -> None:
    assert load_key(pem(public[0]).encode()) == public[0]


def test_what_is_no_key_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="no public key in PEM form"):
        load_key(b"hello")
    with pytest.raises(ValueError, match="not RSA of 2048 bits"):
        load_key(pem(rsa.generate_private_key(public_exponent=65537, key_size=3072).public_key()).encode())
    with pytest.raises(ValueError, match="not RSA of 2048 bits"):
        load_key(pem(ec.generate_private_key(ec.SECP256R1()).public_key()).encode())
