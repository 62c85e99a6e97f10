"""How much one client may hold, and when a socket ends."""

import asyncio
import secrets
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError, web
from graphql import OperationType

from server.auth.actors import Actor
from server.domain.limits import GRAPHQL_TOKEN, Limit
from server.schema.ids import number_of
from server.web.graphql import client as clients
from server.web.graphql import endpoint, holders, sockets
from server.web.graphql.documents import registered
from server.web.graphql.endpoint import PATH
from server.web.graphql.messages import Message
from server.web.graphql.rate import Allowance
from tests.graph import SOCKET, Graph, Socket
from tests.web.sockets.speaking import (
    BOARD,
    INIT,
    answers,
    connected,
    filled,
    frame,
    going_on,
    heard,
    house,
    say,
    stopped,
    subscribe,
)


async def signed_in(graph: Graph, token: str | None = None) -> Socket:
    socket = await Socket(graph).open(token or graph.operator)
    assert await socket.heard() == {"type": "connection_ack"}
    return socket


async def test_a_token_that_is_no_longer_good_closes_its_sockets_and_no_others(graph: Graph) -> None:
    """What the door would refuse now, an open socket does not outlive by five seconds."""
    community = await house(graph)
    short = graph.server.tokens.mint("admin", lifetime=timedelta(seconds=1))
    ending = [await signed_in(graph, short) for _ in range(3)]
    staying = await signed_in(graph)
    await ending[0].subscribe(BOARD, c=community)
    await ending[0].event()
    await staying.subscribe(BOARD, c=community)
    await staying.event()
    graph.live.clock.pass_time(seconds=2)
    began = asyncio.get_running_loop().time()
    assert [await socket.closed() for socket in ending] == [4403] * 3
    assert asyncio.get_running_loop().time() - began < 5
    await graph.watched(viewers=1)
    assert (await staying.event())["standings"]
    await staying.frames.close()


async def test_a_revoked_key_closes_every_socket(graph: Graph) -> None:
    socket = await signed_in(graph)
    graph.server.tokens._key = secrets.token_bytes(32)
    assert await socket.closed() == 4403


async def test_a_token_holds_so_many_sockets_at_most(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holders, "SOCKETS_PER_TOKEN_MAX", 2)
    first, second = await signed_in(graph), await signed_in(graph)
    third = await Socket(graph).open(graph.operator)
    assert await third.heard() == {"closed": 4429}
    other = await signed_in(graph, graph.server.tokens.mint("admin"))
    await first.frames.close()
    again = await signed_in(graph)
    for socket in (second, other, again):
        await socket.frames.close()


async def test_strangers_hold_so_many_sockets_at_most(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "STRANGERS_MAX", 2)
    known = await signed_in(graph)
    strangers = [await connected(graph), await connected(graph)]
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "bm9uc2Vuc2Vub25zZW5zZQ==",
        "Sec-WebSocket-Protocol": SOCKET,
    }
    async with graph.live.http.get(PATH, headers=headers) as refused:
        assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
        assert (await refused.json())["errors"][0]["extensions"]["code"] == "sockets_too_many"
    for socket in (known.frames, *strangers):
        await socket.close()


async def test_strangers_at_one_address_leave_room_for_all_others(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever shows his token there counts no more among them, and whoever leaves makes room."""
    monkeypatch.setattr(sockets, "STRANGERS_PER_ADDRESS_MAX", 2)
    known = [await signed_in(graph), await signed_in(graph)]
    strangers = [await connected(graph), await connected(graph)]
    with pytest.raises(WSServerHandshakeError) as refused:
        await connected(graph)
    assert refused.value.status == 429
    holders = graph.server.site[endpoint.SOCKETS].holders
    assert sum(holders.strangers.values()) == 2
    for socket in strangers:
        await socket.close()
    while holders.strangers:
        await asyncio.sleep(0.01)
    known.append(await signed_in(graph))
    for one in known:
        await one.frames.close()


PING = b"\x81\x8f\0\0\0\0" + b'{"type":"ping"}'
CONTROL_PING = b"\x89\x80\0\0\0\0"


@pytest.mark.parametrize("frame_sent", [PING, CONTROL_PING], ids=["messages", "control frames"])
async def test_thousands_of_frames_in_one_piece_hold_nobody_up(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, frame_sent: bytes
) -> None:
    answered = [0]
    said, read = web.WebSocketResponse.pong, sockets.read

    async def pong(socket: web.WebSocketResponse, message: bytes = b"") -> None:
        answered[0] += 1
        await said(socket, message)

    def counting(text: object) -> Message:
        answered[0] += 1
        return read(text)

    monkeypatch.setattr(web.WebSocketResponse, "pong", pong)
    monkeypatch.setattr(sockets, "read", counting)
    talker, other = await connected(graph), await connected(graph)
    transport: Any = talker._response.connection
    transport.transport.write(frame_sent * 2_000)
    await say(other, '{"type": "ping"}')
    assert (await other.receive_json(timeout=10))["type"] == "pong"
    assert answered[0] < 1_000
    while answered[0] < 2_001:
        await asyncio.sleep(0.01)
    for socket in (talker, other):
        await socket.close()


async def test_a_reader_of_the_feed_that_does_not_read_is_closed(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """He comes again with his cursor and misses nothing; meanwhile no backlog is kept for him."""
    monkeypatch.setattr(clients, "PATIENCE_S", 0.2)
    community = await house(graph)
    await filled(graph, number_of("community", community), 2_000)
    server = graph.server.site[endpoint.SOCKETS]
    socket = await graph.live.http.ws_connect(PATH, protocols=[SOCKET])
    await say(socket, frame(type="connection_init", payload={"authorization": f"Bearer {graph.operator}"}))
    assert (await socket.receive_json(timeout=5))["type"] == "connection_ack"
    [client] = server._clients
    stopped(socket)
    wordy = " ".join(f"{letter * 800}: kind" for letter in "abcdefghij")
    every = (
        f'subscription ($c: ID!) {{ feed(communityId: $c, after: "0") {{ cursor ... on OtherChange {{ {wordy} }} }} }}'
    )
    await say(socket, subscribe(every, variables={"c": community}))
    async with asyncio.timeout(20):
        while not client._closed:
            assert client._transport.get_write_buffer_size() < clients.BACKLOG_BYTES_MAX + 30_000
            await asyncio.sleep(0.01)
    going_on(socket)
    cursors = [told["payload"]["data"]["feed"]["cursor"] async for told in heard(socket)]
    assert cursors == [str(number) for number in range(1, len(cursors) + 1)]
    assert 0 < len(cursors) < 2_000
    # The news that it is closed reaches him unless he reads nothing for two seconds more.
    assert socket.close_code in {4410, 1006}


async def test_who_asks_without_reading_the_answers_is_closed(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions beyond what waits to be read are not answered: memory stays bounded, and then the socket ends."""
    monkeypatch.setattr(clients, "PATIENCE_S", 1.0)
    monkeypatch.setattr(clients, "BACKLOG_BYTES_MAX", 1_000)
    server = graph.server.site[endpoint.SOCKETS]
    socket = await connected(graph)
    stopped(socket)
    ping = frame(type="ping", payload={"text": "x" * 90_000})
    waiting = [0]

    async def look() -> None:
        while True:
            waiting.extend(one._transport.get_write_buffer_size() for one in server._clients)
            await asyncio.sleep(0.001)

    looking = asyncio.create_task(look())
    for _ in range(200):
        # The end may come while this is being sent.
        with suppress(ConnectionError):
            await socket.send_str(ping)
        if not server._clients:
            break
    async with asyncio.timeout(10):
        while server._clients:
            await asyncio.sleep(0.05)
    looking.cancel()
    assert 0 < max(waiting) < 200_000
    going_on(socket)
    await socket.close()


async def test_a_registered_document_is_sent_by_its_id(graph: Graph) -> None:
    documents = registered(graph.server.schema)
    ids = {document.name: document.id for document in documents if document.kind is OperationType.SUBSCRIPTION}
    ids.pop("jobs_waiting")  # it is for those who carry jobs out, and they have a test of their own
    ids.pop("overlay_feed")  # it tells only what is yet to come; a browser listens to it
    community = await house(graph)
    await filled(graph, number_of("community", community), 1)
    socket = await signed_in(graph)
    for name, known in ids.items():
        variables = {"communityId": community, "community": community, "first": 3, "after": "0"}
        await socket.send(type="subscribe", id=name, payload={"documentId": known, "variables": variables})
        told = await socket.heard()
        assert (told["id"], told["type"]) == (name, "next"), told
        await socket.send(type="complete", id=name)
    for unknown, code in (("sha256:" + "0" * 64, "document_unknown"), ("x", "document_id_invalid")):
        await socket.send(type="subscribe", id="x", payload={"documentId": unknown})
        told = await socket.heard()
        assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", code)
    await socket.frames.close()


async def test_who_joins_a_broadcast_pays_for_it_too(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    community = await house(graph)
    server = graph.server.site[endpoint.SOCKETS]
    spent: list[str] = []
    rates: Any = server._gate._rates
    spend = rates.spend

    def seen(token_id: str, address: str, cost: int) -> Allowance:
        spent.append(token_id)
        return spend(token_id, address, cost)

    monkeypatch.setattr(rates, "spend", seen)
    pair = [await signed_in(graph), await signed_in(graph, graph.server.tokens.mint("admin"))]
    for socket in pair:
        await socket.subscribe(BOARD, c=community)
        await socket.event()
    assert len(server.fanout) == 1
    assert len(set(spent)) == 2
    slow = Limit(GRAPHQL_TOKEN.name, GRAPHQL_TOKEN.limit.capacity, 1e9)
    graph.server.services.limits._limits = {GRAPHQL_TOKEN.name: slow}
    for token_id in set(spent):
        graph.server.services.limits._limiter.put(token_id, 0, slow)
    for socket in pair:
        await socket.subscribe(BOARD, "again", c=community)
        told = await socket.heard()
        assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "rate_limited")
        await socket.frames.close()


async def test_nobody_hears_that_another_has_nothing_left_to_spend(graph: Graph) -> None:
    community = await house(graph)
    poor, rich = [await signed_in(graph), await signed_in(graph, graph.server.tokens.mint("admin"))]
    slow = Limit(GRAPHQL_TOKEN.name, GRAPHQL_TOKEN.limit.capacity, 1e9)
    graph.server.services.limits._limits = {GRAPHQL_TOKEN.name: slow}
    holder = graph.server.tokens.read(graph.operator)
    assert isinstance(holder, Actor)
    graph.server.services.limits._limiter.put(holder.token_id, 0, slow)
    # Both before the server gets its turn: the second would join what the first is only about to begin.
    await asyncio.gather(poor.subscribe(BOARD, c=community), rich.subscribe(BOARD, c=community))
    told = await poor.heard()
    assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "rate_limited")
    assert (await rich.heard())["type"] == "next"
    for socket in (poor, rich):
        await socket.frames.close()


async def test_heartbeats_are_sent(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "HEARTBEAT_S", 0.05)
    socket = await graph.live.http.ws_connect(PATH, protocols=[SOCKET], autoping=False)
    assert (await socket.receive(timeout=5)).type.name == "PING"
    await socket.close()


async def test_who_answers_no_heartbeat_is_cut_off(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that was cut without a word does not hold its place, nor what it was told."""
    monkeypatch.setattr(sockets, "HEARTBEAT_S", 1.0)
    community = await house(graph)
    server = graph.server.site[endpoint.SOCKETS]
    gone = await graph.live.http.ws_connect(PATH, protocols=[SOCKET], autoping=False)
    await say(gone, frame(type="connection_init", payload={"authorization": f"Bearer {graph.operator}"}))
    await say(gone, subscribe(BOARD, variables={"c": community}))
    there = await signed_in(graph)
    await there.subscribe(BOARD, c=community)
    await there.event()
    async with asyncio.timeout(10):
        while len(server._clients) > 1:
            with suppress(TimeoutError):
                await there.frames.receive(timeout=0.05)
    assert server.holders.present == 1
    await graph.watched(viewers=1)
    assert (await there.event())["standings"]
    await there.frames.close()
    await gone.close()


@pytest.mark.parametrize("part", ["read", "holders.admit", "start"])
async def test_a_failed_conversation_says_so_and_leaves_nothing(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def broken(*_: object) -> None:
        raise LookupError

    server: Any = graph.server.site[endpoint.SOCKETS]
    *path, name = part.split(".")
    monkeypatch.setattr(sockets if name == "read" else getattr(server, path[0]) if path else server, name, broken)
    socket = await connected(graph)
    await say(socket, INIT)
    await say(socket, subscribe("{ me { kind } }"))
    assert (await answers(socket))[-1] == 4500
    async with asyncio.timeout(5):
        while graph.server.site[endpoint.SOCKETS]._clients:
            await asyncio.sleep(0.01)
