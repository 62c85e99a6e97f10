"""A broadcast is executed once for all who may hear the same, and everybody hears what he would have heard alone."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from functools import partial
from typing import Any

import orjson
import pytest
from aiohttp import ClientWebSocketResponse, web
from aiohttp.test_utils import TestClient, TestServer
from strawberry.types.execution import ExecutionResult

from server.schema.ids import number_of
from server.web.graphql import endpoint, fanout
from server.web.graphql.client import BACKLOG_BYTES_MAX, Client
from server.web.graphql.fanout import Fanout, is_broadcast, shared_key
from tests.graph import SOCKET, Graph, Socket
from tests.web.sockets.speaking import BOARD, going_on, heard, house, stopped

WHOLE = """subscription Board ($c: ID!, $n: Int!) { leaderboardChanged(communityId: $c, first: $n) {
  at standings { rank seconds viewerId account { name platform } } } }"""


async def signed_in(graph: Graph, token: str | None = None) -> Socket:
    socket = await Socket(graph).open(token or graph.operator)
    assert await socket.heard() == {"type": "connection_ack"}
    return socket


def broadcasts(graph: Graph) -> Fanout:
    return graph.server.site[endpoint.SOCKETS].fanout


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (BOARD, None, True),
        (f"query A {{ me {{ kind }} }} {WHOLE}", "Board", True),
        (f"query A {{ me {{ kind }} }} {WHOLE}", "A", False),
        (f"query A {{ me {{ kind }} }} {WHOLE}", None, False),
        ('subscription { x: leaderboardChanged(communityId: "1", first: 1) { at } }', None, True),
        ('subscription { leaderboardChanged(communityId: "1", first: 1) @skip(if: false) { at } }', None, False),
        ("subscription { ...F } fragment F on Subscription { leaderboardChanged { at } }", None, False),
        ("subscription { leaderboardChanged { at } feed { at } }", None, False),
        ("{ leaderboardChanged { at } }", None, False),
        ("subscription { feed(communityId: 1) { at } } # leaderboardChanged", None, False),
        ("subscription { leaderboardChanged", None, False),
        ("subscription { leaderboardChanged " + "a " * 1_500 + "}", None, False),
    ],
)
def test_only_one_broadcast_and_nothing_else_is_shared(text: str, name: str | None, expected: object) -> None:
    assert is_broadcast(text, name) is expected


def test_the_order_of_variables_makes_no_difference_but_their_values_do() -> None:
    def key(**variables: Any) -> Any:
        return shared_key(WHOLE, None, variables, None)

    assert key(c="1", n=3) == key(n=3, c="1")
    assert len({key(c="1", n=3), key(c="1", n=4), key(c="1", n="3"), key(c="1", n=True), key(c="1", n=1)}) == 5


async def test_everybody_hears_what_he_would_have_heard_alone(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    community = await house(graph)
    await graph.watched()
    together = [await signed_in(graph) for _ in range(3)]
    for number, socket in enumerate(together):
        await socket.subscribe(WHOLE, f"number {number}", c=community, n=2)
        await asyncio.sleep(0.05)
    assert len(broadcasts(graph)) == 1
    monkeypatch.setattr(fanout, "BROADCASTS", frozenset())
    is_broadcast.cache_clear()
    alone = await signed_in(graph)
    await alone.subscribe(WHOLE, "alone", c=community, n=2)
    expected = (await alone.heard())["payload"]
    assert len(expected["data"]["leaderboardChanged"]["standings"]) == 2
    for number, socket in enumerate(together):
        assert await socket.heard() == {"id": f"number {number}", "type": "next", "payload": expected}
    for socket in (*together, alone):
        await socket.frames.close()
    is_broadcast.cache_clear()


async def test_a_change_is_executed_once_however_many_hear_it(graph: Graph) -> None:
    community = await house(graph)
    sockets = [await signed_in(graph) for _ in range(20)]
    for socket in sockets:
        await socket.subscribe(BOARD, c=community)
        await socket.event()
    asked = 0
    context = graph.server.services
    reader = context.database.reader

    def counted() -> Any:
        nonlocal asked
        asked += 1
        return reader()

    context.database.reader = counted  # type: ignore[method-assign]
    await graph.watched(viewers=1)
    changes = [await socket.event() for socket in sockets]
    assert all(change == changes[0] for change in changes)
    assert asked < 20
    for socket in sockets:
        await socket.frames.close()


async def test_rights_are_never_shared(graph: Graph) -> None:
    """The same document and variables: those who may not see it are refused, also while others hear it."""
    mine, other = await house(graph), await graph.live.community("other", "100002")
    number = number_of("community", mine)
    tokens = [graph.operator, graph.owner(number, "house"), graph.owner(number, "house")]
    allowed = [await signed_in(graph, token) for token in tokens]
    for socket in allowed:
        await socket.subscribe(BOARD, c=mine)
        assert (await socket.event())["standings"] == []
    assert len(broadcasts(graph)) == 2
    foreign = await signed_in(graph, graph.owner(other, "other"))
    stranger = await Socket(graph).open()
    assert await stranger.heard() == {"type": "connection_ack"}
    for socket, code in ((foreign, "forbidden"), (stranger, "unauthenticated")):
        await socket.subscribe(BOARD, c=mine)
        refused = await socket.heard()
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", code)
    assert len(broadcasts(graph)) == 2
    for socket in (*allowed, foreign, stranger):
        await socket.frames.close()


async def test_the_last_to_leave_ends_the_broadcast(graph: Graph) -> None:
    community = await house(graph)
    first, second = await signed_in(graph), await signed_in(graph)
    for socket in (first, second):
        await socket.subscribe(BOARD, c=community)
        await socket.event()
    bus: Any = graph.server.bus
    listeners = getattr(bus, "_local", bus)._listeners
    assert len(listeners[f"feed:{number_of('community', community)}"]) == 1
    await first.send(type="complete", id="1")
    await graph.watched(viewers=1)
    await second.event()
    assert len(broadcasts(graph)) == 1
    await second.frames.close()
    async with asyncio.timeout(5):
        while len(broadcasts(graph)) or any(topic.startswith("feed:") for topic in listeners):
            await asyncio.sleep(0.01)
    await first.subscribe(BOARD, "2", c=community)
    assert (await first.event())["standings"]
    await first.frames.close()


Events = asyncio.Queue[ExecutionResult | Exception | None]


class Stage:
    """A broadcast whose events the test makes, told over real websockets."""

    def __init__(self) -> None:
        self.events: Events = asyncio.Queue()
        self.fanout = Fanout()
        self.clients: list[Client] = []
        self.begun = 0

    async def stream(self) -> AsyncGenerator[ExecutionResult, None]:
        self.begun += 1
        return self._results()

    async def _results(self) -> AsyncGenerator[ExecutionResult, None]:
        while (event := await self.events.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event

    async def seat(self, request: web.Request) -> web.WebSocketResponse:
        """Let a client take part until he leaves."""
        socket = web.WebSocketResponse(protocols=[SOCKET], compress=False)
        await socket.prepare(request)
        assert isinstance(request.transport, asyncio.Transport)
        client = Client(socket, request.transport, "")
        self.clients.append(client)
        stream: Coroutine[Any, Any, Any] | Any = partial(self.stream)
        client.operations["1"] = self.fanout.join(("", None, b"", None), client, "1", stream, set())
        async for _ in socket:
            pass
        await client.end_operations()
        return socket

    def tell(self, number: int, padding: int = 0) -> None:
        self.events.put_nowait(ExecutionResult(data={"number": number, "padding": "x" * padding}, errors=None))


@pytest.fixture
async def stage() -> AsyncGenerator[tuple[Stage, TestClient[Any, Any]], None]:
    stage, site = Stage(), web.Application()
    site.router.add_get("/", stage.seat)
    async with TestClient(TestServer(site)) as http:
        yield stage, http


async def number(socket: ClientWebSocketResponse) -> int:
    message = await socket.receive(timeout=5)
    return orjson.loads(message.data)["payload"]["data"]["number"]


async def test_a_slow_reader_skips_to_the_newest_and_holds_nobody_up(stage: tuple[Stage, TestClient[Any, Any]]) -> None:
    play, http = stage
    slow, quick = [await http.ws_connect("/", protocols=[SOCKET], max_msg_size=0) for _ in range(2)]
    stopped(slow)
    many, size = 400, 60_000
    for turn in range(many):
        play.tell(turn, size)
        assert await number(quick) == turn
    assert play.begun == 1
    assert max(client._transport.get_write_buffer_size() for client in play.clients) < BACKLOG_BYTES_MAX + 2 * size
    going_on(slow)
    numbers = [await number(slow)]
    while numbers[-1] != many - 1:
        numbers.append(await number(slow))
    assert numbers == sorted(set(numbers))
    assert len(numbers) < many
    play.tell(many)
    assert [await number(slow), await number(quick)] == [many, many]
    for socket in (slow, quick):
        await socket.close()


async def test_who_comes_later_hears_the_newest_at_once(stage: tuple[Stage, TestClient[Any, Any]]) -> None:
    play, http = stage
    first = await http.ws_connect("/", protocols=[SOCKET])
    for turn in range(3):
        play.tell(turn)
        assert await number(first) == turn
    later = await http.ws_connect("/", protocols=[SOCKET])
    assert await number(later) == 2
    play.tell(3)
    assert [await number(first), await number(later)] == [3, 3]
    for socket in (first, later):
        await socket.close()


@pytest.mark.parametrize("end", [None, LookupError("broken")], ids=["its end", "a fault"])
async def test_everybody_hears_the_end_and_the_next_begins_anew(
    stage: tuple[Stage, TestClient[Any, Any]], end: Exception | None
) -> None:
    play, http = stage
    sockets = [await http.ws_connect("/", protocols=[SOCKET]) for _ in range(3)]
    play.tell(1)
    assert [await number(socket) for socket in sockets] == [1, 1, 1]
    play.events.put_nowait(end)
    for socket in sockets:
        told = orjson.loads((await socket.receive(timeout=5)).data)
        if end is None:
            assert told == {"id": "1", "type": "complete"}
        else:
            [error] = told["payload"]
            assert (told["type"], error["extensions"], "broken" in error["message"]) == (
                "error",
                {"code": "internal"},
                False,
            )
    assert len(play.fanout) == 0
    again = await http.ws_connect("/", protocols=[SOCKET])
    play.tell(2)
    assert await number(again) == 2
    assert play.begun == 2
    for socket in (*sockets, again):
        await socket.close()
    assert [told async for told in heard(again)] == []
