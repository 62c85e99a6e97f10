"""The played websockets, as whoever listens and whoever pulls the strings sees them."""

from collections.abc import AsyncGenerator
from typing import Any

import orjson
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from clients.simulator.played import KickPlayed
from clients.simulator.sockets import CENTRIFUGO_PATH, PUSHER_PATH, TOKEN


@pytest.fixture
async def kick() -> AsyncGenerator[KickPlayed, None]:
    async with KickPlayed() as played:
        yield played


@pytest.fixture
async def client() -> AsyncGenerator[ClientSession, None]:
    async with ClientSession() as session:
        yield session


async def heard(socket: ClientWebSocketResponse) -> dict[str, Any]:
    return orjson.loads(await socket.receive_str(timeout=5))


async def subscribed(kick: KickPlayed, client: ClientSession, channel: str = "channel_7") -> ClientWebSocketResponse:
    socket = await client.ws_connect(kick.url + PUSHER_PATH)
    assert (await heard(socket))["event"] == "pusher:connection_established"
    await socket.send_json({"event": "pusher:subscribe", "data": {"auth": "", "channel": channel}})
    assert await heard(socket) == {
        "event": "pusher_internal:subscription_succeeded",
        "data": "{}",
        "channel": channel,
    }
    return socket


async def told(client: ClientSession, url: str, body: object, status: int = 204) -> bytes:
    async with client.post(url, json=body) as answer:
        assert answer.status == status
        return await answer.read()


async def test_a_frame_reaches_whoever_listens_as_often_as_asked(kick: KickPlayed, client: ClientSession) -> None:
    socket = await subscribed(kick, client)
    await socket.send_json({"event": "pusher:subscribe", "data": {"auth": "", "channel": "channel_7"}})
    assert "Existing" in (await heard(socket))["data"]["message"]
    frame = {"channel": "channel_7", "event": "KicksGifted", "data": {"a": 1}, "copies": 2}
    assert orjson.loads(await told(client, f"{kick.url}/simulator/push", frame, 200)) == {"sent": 2}
    for _ in range(2):
        assert await heard(socket) == {"event": "KicksGifted", "data": '{"a":1}', "channel": "channel_7"}
    await socket.send_json({"event": "pusher:ping", "data": "{}"})
    assert (await heard(socket))["event"] == "pusher:pong"
    async with client.get(f"{kick.url}/simulator/sockets") as answer:
        assert orjson.loads(await answer.read()) == {"channels": ["channel_7"], "open": 1, "opened": 1}
    await socket.send_json({"event": "pusher:unsubscribe", "data": {"channel": "channel_7"}})
    await kick.sockets.until(frozenset())
    await socket.close()


async def test_the_strings_do_what_they_say(kick: KickPlayed, client: ClientSession) -> None:
    strings = f"{kick.url}/simulator/sockets"
    socket = await subscribed(kick, client)
    await told(client, strings, {"close": 4200})
    assert (await socket.receive()).data == 4200
    socket = await subscribed(kick, client)
    await told(client, strings, {"drop": True})
    assert (await socket.receive()).type in {WSMsgType.CLOSED, WSMsgType.ERROR, WSMsgType.CLOSE}
    await told(client, strings, {"refuse": 4001})
    socket = await client.ws_connect(kick.url + PUSHER_PATH)
    assert (await heard(socket))["data"]["code"] == 4001
    assert (await socket.receive()).data == 4001
    await told(client, strings, {"refuse": None})
    socket = await subscribed(kick, client)
    await told(client, strings, {"stall": True})
    assert not orjson.loads(
        await told(client, f"{kick.url}/simulator/push", {"channel": "channel_7", "event": "X", "data": {}}, 200)
    )["sent"]
    await told(client, strings, {"stall": False})
    await told(client, strings, {"delay_s": 0.01})
    await socket.close()


@pytest.mark.parametrize("body", [{}, [], {"close": 1}, {"refuse": "x"}, {"provider": "smoke"}, {"delay_s": -1}])
async def test_other_strings_are_refused(kick: KickPlayed, client: ClientSession, body: object) -> None:
    await told(client, f"{kick.url}/simulator/sockets", body, 400)
    await told(client, f"{kick.url}/simulator/push", body, 400)


async def test_the_newer_transport_takes_a_token(kick: KickPlayed, client: ClientSession) -> None:
    await told(client, f"{kick.url}/simulator/sockets", {"provider": "centrifugo"})
    path = "/api/v1/realtime/channels/7/chat/connection"
    offer = orjson.loads(await told(client, kick.url + path, {}, 200))["data"]["connections"][0]
    assert offer["credentials"]["url"].endswith(CENTRIFUGO_PATH)
    socket = await client.ws_connect(kick.url + CENTRIFUGO_PATH)
    await socket.send_json({"connect": {"token": "wrong"}, "id": 1})
    assert (await heard(socket))["error"]["code"] == 101
    await socket.send_str(
        f'{{"connect":{{"token":"{TOKEN}"}},"id":1}}\n{{"subscribe":{{"channel":"channel_7"}},"id":2}}'
    )
    connect, subscribe = (await socket.receive_str(timeout=5)).split("\n")
    assert orjson.loads(connect)["connect"]["pong"]
    assert orjson.loads(subscribe) == {"id": 2, "subscribe": {}}
    await told(client, f"{kick.url}/simulator/push", {"channel": "channel_7", "event": "X", "data": {}}, 200)
    push, ping = (await socket.receive_str(timeout=5)).split("\n")
    assert orjson.loads(push)["push"]["pub"]["data"] == {"event": "X", "data": "{}"}
    assert ping == "{}"
    await socket.close()
