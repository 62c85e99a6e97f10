"""Pusher's and Centrifugo's protocols, message by message."""

import orjson
import pytest
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st

from clients.simulator.sockets import TOKEN, Sockets
from server.platforms.kick.centrifugo import Centrifugo
from server.platforms.kick.negotiation import Negotiation, NotNegotiated
from server.platforms.kick.pusher import Pusher
from server.platforms.kick.sockets import (
    Again,
    Alive,
    Failed,
    Odd,
    Pushed,
    Ready,
    Reply,
    Signal,
    Subscribed,
    Transport,
)
from tests.ingest.listening import played

PUSHER = Pusher("wss://sockets.example/app/key")
FRAME = '{"event":"KicksGifted","data":"{}","channel":"channel_7"}'


def heard(transport: Transport, text: str) -> list[Signal]:
    return list(transport.read(text))


def test_the_older_transport_says_what_its_protocol_says() -> None:
    assert PUSHER.url == "wss://sockets.example/app/key?protocol=7&client=js&version=8.4.0&flash=false"
    assert PUSHER.greeting() is PUSHER.refresh("t") is None
    assert orjson.loads(PUSHER.subscribe("channel_7")) == {
        "event": "pusher:subscribe",
        "data": {"auth": "", "channel": "channel_7"},
    }
    assert orjson.loads(PUSHER.unsubscribe("channel_7"))["data"] == {"channel": "channel_7"}
    assert orjson.loads(PUSHER.ping() or "") == {"event": "pusher:ping", "data": "{}"}


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ('{"event":"pusher:connection_established","data":"{\\"activity_timeout\\":30}"}', Ready(30)),
        ('{"event":"pusher:connection_established","data":{"activity_timeout":0}}', Ready(120)),
        ('{"event":"pusher:connection_established","data":"[]"}', Ready(120)),
        ('{"event":"pusher_internal:subscription_succeeded","data":"{}","channel":"a"}', Subscribed("a")),
        ('{"event":"pusher:subscription_error","data":{},"channel":"a"}', Subscribed("a", is_refused=True)),
        ('{"event":"pusher:ping","data":"{}"}', Reply('{"event":"pusher:pong","data":"{}"}')),
        ('{"event":"pusher:pong","data":"{}"}', Alive()),
        ('{"event":"pusher:error","data":{"code":4200,"message":"Go"}}', Failed(4200, "Go")),
        ('{"event":"pusher:error","data":"{\\"code\\":4001,\\"message\\":\\"No\\"}"}', Failed(4001, "No")),
        ('{"event":"pusher:error","data":{"code":null,"message":"Existing"}}', Failed(None, "Existing")),
        ('{"event":"pusher:error"}', Failed(None, "")),
        (FRAME, Pushed(FRAME)),
        ("garbage{not json", Odd("It is not JSON.")),
        ("[]", Odd("It is not JSON.")),
        ('{"event":"pusher:novelty"}', Odd("An event that the protocol does not know.")),
    ],
)
def test_what_the_older_transport_means(text: str, signal: Signal) -> None:
    assert heard(PUSHER, text) == [signal]


@pytest.mark.parametrize(
    ("code", "again"),
    [
        (4000, Again.NEVER),
        (4099, Again.NEVER),
        (4100, Again.LATER),
        (4199, Again.LATER),
        (4200, Again.AT_ONCE),
        (4299, Again.AT_ONCE),
        (4300, Again.LATER),
        (1006, Again.LATER),
        (None, Again.LATER),
    ],
)
def test_codes_of_the_older_transport(code: int | None, again: Again) -> None:
    assert PUSHER.again(code) is again


def test_the_newer_transport_says_what_its_protocol_says() -> None:
    transport = Centrifugo("wss://sockets.example/connection/websocket", "T")
    assert orjson.loads(transport.greeting() or "") == {"connect": {"token": "T", "name": "js"}, "id": 1}
    assert transport.ping() is None
    assert orjson.loads(transport.subscribe("a")) == {"subscribe": {"channel": "a", "flag": 1}, "id": 2}
    assert orjson.loads(transport.subscribe("b"))["id"] == 3
    assert heard(transport, '{"id":2,"subscribe":{}}\n{"id":3,"error":{"code":103,"message":"denied"}}') == [
        Subscribed("a"),
        Subscribed("b", is_refused=True),
    ]
    assert orjson.loads(transport.refresh("U") or "") == {"refresh": {"token": "U"}, "id": 4}
    assert orjson.loads(transport.unsubscribe("a")) == {"unsubscribe": {"channel": "a"}, "id": 5}


PUSH = '{"push":{"channel":"c","pub":{"data":{"event":"KicksGifted","data":"{}"}}}}'


@pytest.mark.parametrize(
    ("text", "signals"),
    [
        ('{"id":1,"connect":{"client":"x","ping":25,"pong":true}}', [Ready(35.0)]),
        ('{"id":1,"connect":{"expires":true,"ttl":3600,"ping":9999}}', [Ready(35.0, 3600.0)]),
        ('{"id":1,"error":{"code":109,"message":"token expired"}}', [Failed(109, "token expired")]),
        ("{}", [Reply("{}")]),
        (f"{PUSH}\n{{}}\n", [Pushed('{"event":"KicksGifted","data":"{}","channel":"c"}'), Reply("{}")]),
        ('{"push":{"disconnect":{"code":3500,"reason":"invalid token"}}}', [Failed(3500, "invalid token")]),
        ('{"push":{"channel":"c","unsubscribe":{"code":2500,"reason":"gone"}}}', [Failed(2500, "gone")]),
        ('{"push":{"channel":"c","join":{"info":{}}}}', []),
        ('{"push":{"channel":"c"}}', [Odd("A push that holds nothing.")]),
        ('{"id":7,"refresh":{"expires":true}}', []),
        ('{"id":7,"unsubscribe":{}}', []),
        ('{"id":7,"novelty":{}}', [Odd("A message that the protocol does not know.")]),
        ("nonsense", [Odd("It is not JSON.")]),
    ],
)
def test_what_the_newer_transport_means(text: str, signals: list[Signal]) -> None:
    assert heard(Centrifugo("wss://sockets.example", "T"), text) == signals


@pytest.mark.parametrize(("code", "again"), [(3000, Again.LATER), (3500, Again.NEVER), (4500, Again.NEVER)])
def test_codes_of_the_newer_transport(code: int, again: Again) -> None:
    assert Centrifugo("wss://sockets.example", "T").again(code) is again


json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["push", "pub", "data", "event", "id"]), inner),
)
keys = st.sampled_from(["event", "data", "channel", "push", "connect", "subscribe", "error", "id", "refresh"])


@given(st.text() | st.dictionaries(keys, json).map(lambda told: orjson.dumps(told, default=str).decode()))
def test_reading_never_raises(text: str) -> None:
    for transport in (PUSHER, Centrifugo("wss://sockets.example", "T")):
        assert all(isinstance(signal, Signal) for signal in transport.read(text))


def test_data_that_is_nested_too_deep_is_odd_and_no_more() -> None:
    deep = "[" * 600 + "]" * 600
    text = f'{{"push":{{"channel":"c","pub":{{"data":{{"event":"KicksGifted","data":{deep}}}}}}}}}'
    assert heard(Centrifugo("wss://sockets.example", "T"), text) == [Odd("A push that is nested too deep.")]


async def negotiated(sockets: Sockets) -> Transport:
    async with played(sockets) as url, ClientSession() as session:
        return await Negotiation(session, web_url=url, pusher_url="wss://p.example/app/k", client_id="c").transport("7")


async def test_the_transport_is_the_one_that_is_named() -> None:
    assert isinstance(await negotiated(Sockets(provider="pusher")), Pusher)
    newer = await negotiated(Sockets(provider="centrifugo"))
    assert isinstance(newer, Centrifugo)
    assert TOKEN in (newer.greeting() or "")


async def test_a_server_that_is_turned_away_is_told_so() -> None:
    with pytest.raises(NotNegotiated, match="403"):
        await negotiated(Sockets(provider=None))


async def test_an_insecure_address_is_not_called() -> None:
    async with ClientSession() as session:
        with pytest.raises(ValueError, match="https"):
            Negotiation(session, web_url="http://kick.example", pusher_url="wss://p.example", client_id="c")
