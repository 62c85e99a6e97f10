"""Whatever a client says is answered with an error of the operation, or closed with the protocol's own code."""

from typing import Any

import pytest
from aiohttp import WSMsgType

from server.web.graphql import sockets
from server.web.graphql.messages import OPERATION_ID_LENGTH_MAX
from tests.graph import Graph
from tests.web.sockets.speaking import INIT, answers, connected, frame, house, say, subscribe

ME = "{ me { kind } }"
ASKED = subscribe(ME)
CREATE = """mutation { createCommunity(input: {slug: "a", name: "A", timezone: "UTC", idempotencyKey: "k"}) {
  __typename } }"""
TWO = "query A { me { kind } } query B { serverInfo { name } }"

DEEP = "[" * 300 + "]" * 300
BOARD_OF_DEEP = (
    '{"type": "subscribe", "id": "bad", "payload": {"variables": {"c": ' + DEEP + '}, "query": '
    '"subscription ($c: ID!) { leaderboardChanged(communityId: $c, first: 1) { sequence } }"}}'
)

CLOSED: list[tuple[str, list[str | bytes], int]] = [
    ("null", ["null"], 4400),
    ("a number", ["123"], 4400),
    ("a list", ["[]"], 4400),
    ("text in quotes", ['"x"'], 4400),
    ("true", ["true"], 4400),
    ("half an object", ['{"type":'], 4400),
    ("an empty frame", [""], 4400),
    ("a binary frame", [b'{"type": "connection_init"}'], 4400),
    ("lists a hundred thousand deep", ["[" * 90_000], 4400),
    ("an object without a type", ["{}"], 4400),
    ("a type that is null", ['{"type": null}'], 4400),
    ("a type that is a number", ['{"type": 5}'], 4400),
    ("a type that is an object", ['{"type": {}}'], 4400),
    ("an unknown type", ['{"type": "start"}'], 4400),
    ("a message of the server", ['{"type": "connection_ack"}'], 4400),
    ("a message that is too large", [" " * (sockets.MESSAGE_BYTES_MAX + 1)], 1009),
    ("init with a list", ['{"type": "connection_init", "payload": []}'], 4400),
    ("init with text", ['{"type": "connection_init", "payload": "x"}'], 4400),
    ("init with a number", ['{"type": "connection_init", "payload": 5}'], 4400),
    ("init twice", [INIT, INIT], 4429),
    ("a bad token", [frame(type="connection_init", payload={"authorization": "Bearer x"})], 4403),
    ("a token of another kind", [frame(type="connection_init", payload={"authorization": 5})], 4403),
    ("subscribe before init", [ASKED], 4401),
    ("ping with what is too deep to be said again", [f'{{"type": "ping", "payload": {{"x": {DEEP}}}}}'], 4400),
    ("ping with text", ['{"type": "ping", "payload": "x"}'], 4400),
    ("pong with a list", ['{"type": "pong", "payload": []}'], 4400),
    ("subscribe without an id", [INIT, frame(type="subscribe", payload={"query": ME})], 4400),
    ("an id that is a number", [INIT, subscribe(ME, 5)], 4400),
    ("an id that is a list", [INIT, subscribe(ME, ["1"])], 4400),
    ("an empty id", [INIT, subscribe(ME, "")], 4400),
    ("an endless id", [INIT, subscribe(ME, "i" * (OPERATION_ID_LENGTH_MAX + 1))], 4400),
    ("subscribe without a payload", [INIT, '{"type": "subscribe", "id": "1"}'], 4400),
    ("a payload that is null", [INIT, '{"type": "subscribe", "id": "1", "payload": null}'], 4400),
    ("a payload that is a list", [INIT, '{"type": "subscribe", "id": "1", "payload": []}'], 4400),
    ("a payload without a query", [INIT, '{"type": "subscribe", "id": "1", "payload": {}}'], 4400),
    ("a query that is null", [INIT, subscribe(None)], 4400),
    ("a query that is a number", [INIT, subscribe(5)], 4400),
    ("variables that are a list", [INIT, subscribe(ME, variables=[])], 4400),
    ("variables that are text", [INIT, subscribe(ME, variables="x")], 4400),
    ("variables that are a number", [INIT, subscribe(ME, variables=0)], 4400),
    ("variables that are false", [INIT, subscribe(ME, variables=False)], 4400),
    ("a query that is a list", [INIT, subscribe([ME])], 4400),
    ("a documentId that is a number", [INIT, '{"type": "subscribe", "id": "1", "payload": {"documentId": 5}}'], 4400),
    ("a payload that is text", [INIT, '{"type": "subscribe", "id": "1", "payload": "x"}'], 4400),
    ("an id that is null", [INIT, subscribe(ME, None)], 4400),
    ("an id that is an object", [INIT, subscribe(ME, {})], 4400),
    ("complete with a list", [INIT, '{"type": "complete", "id": ["1"]}'], 4400),
    ("an operationName that is a number", [INIT, subscribe(ME, operationName=5)], 4400),
    ("extensions that are a list", [INIT, subscribe(ME, extensions=[])], 4400),
    ("a query and a documentId", [INIT, subscribe(ME, documentId="sha256:x")], 4400),
    ("complete without an id", [INIT, '{"type": "complete"}'], 4400),
    ("complete with a number", [INIT, '{"type": "complete", "id": 1}'], 4400),
]
REFUSED: list[tuple[str, str]] = [
    ("a syntax error", subscribe("{", "bad")),
    ("a syntax error as long as a book", subscribe("{ me " + "§" * 9_000, "bad")),
    ("an empty query", subscribe("", "bad")),
    ("an unknown field", subscribe("{ nothing }", "bad")),
    ("an unknown operation", subscribe(ME, "bad", operationName="Other")),
    ("several operations and no name", subscribe(TWO, "bad")),
    ("several operations and an empty name", subscribe(TWO, "bad", operationName="")),
    ("a mutation", subscribe(CREATE, "bad")),
    ("a subscription to nothing", subscribe("subscription { nothing }", "bad")),
    ("a board of what is too deep", BOARD_OF_DEEP),
    ("a community that is none", subscribe('subscription { feed(communityId: "x") { cursor } }', "bad")),
    ("a page that is none", subscribe('subscription { leaderboardChanged(communityId: "x", first: 0) { at } }', "bad")),
]
TAKEN: list[tuple[str, list[str], list[Any]]] = [
    ("init with null", ['{"type": "connection_init", "payload": null}'], ["connection_ack"]),
    ("init with nothing", [INIT], ["connection_ack"]),
    ("init with what others need", [frame(type="connection_init", payload={"x": {"y": 1}})], ["connection_ack"]),
    ("ping before init", ['{"type": "ping"}'], ["pong"]),
    ("ping with null", ['{"type": "ping", "payload": null}'], ["pong"]),
    ("a pong that nobody asked for", ['{"type": "pong"}'], []),
    ("a pong with something in it", ['{"type": "pong", "payload": {"number": 7}}'], []),
    ("complete before init", ['{"type": "complete", "id": "1"}'], []),
    ("complete of nothing", [INIT, '{"type": "complete", "id": "1"}'], ["connection_ack"]),
    ("a key that the protocol does not know", [frame(type="connection_init", more=1)], ["connection_ack"]),
]


@pytest.mark.parametrize(("said", "code"), [case[1:] for case in CLOSED], ids=[case[0] for case in CLOSED])
async def test_what_the_protocol_does_not_know_closes_the_socket_with_its_code(
    graph: Graph, said: list[str | bytes], code: int
) -> None:
    socket = await connected(graph)
    for one in said:
        await say(socket, one)
    assert (await answers(socket))[-1] == code


@pytest.mark.parametrize("said", [case[1] for case in REFUSED], ids=[case[0] for case in REFUSED])
async def test_a_bad_operation_is_an_error_and_ends_no_other(graph: Graph, said: str) -> None:
    community = await house(graph)
    socket = await connected(graph)
    await say(socket, frame(type="connection_init", payload={"authorization": f"Bearer {graph.operator}"}))
    follow = "subscription ($c: ID!) { feed(communityId: $c) { cursor } }"
    await say(socket, subscribe(follow, "good", variables={"c": community}))
    await say(socket, said)
    ack = await socket.receive_json(timeout=5)
    error = await socket.receive_json(timeout=5)
    assert (ack["type"], error["id"], error["type"]) == ("connection_ack", "bad", "error")
    assert all(isinstance(one["message"], str) and one["extensions"]["code"] for one in error["payload"])
    await graph.watched(viewers=1)
    assert (await socket.receive_json(timeout=5))["id"] == "good"
    await socket.close()


@pytest.mark.parametrize(("said", "types"), [case[1:] for case in TAKEN], ids=[case[0] for case in TAKEN])
async def test_what_is_allowed_is_taken(graph: Graph, said: list[str], types: list[str]) -> None:
    socket = await connected(graph)
    for one in said:
        await say(socket, one)
    assert [isinstance(heard, dict) and heard["type"] for heard in await answers(socket)] == types
    await socket.close()


@pytest.mark.parametrize("variables", [{}, {"s": []}, {"s": None}], ids=repr)
async def test_variables_that_do_not_fit_are_an_error_and_nothing_else(graph: Graph, variables: dict[str, Any]) -> None:
    socket = await connected(graph)
    await say(socket, INIT)
    await say(socket, subscribe("query ($s: String!) { community(slug: $s) { id } }", variables=variables))
    heard = [await socket.receive_json(timeout=5) for _ in range(3)]
    assert [one["type"] for one in heard] == ["connection_ack", "next", "complete"]
    assert heard[1]["payload"]["data"] is None
    assert heard[1]["payload"]["errors"][0]["extensions"]["code"] == "request_invalid"
    await socket.close()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (subscribe("{ me ", "bad"), "request_invalid"),
        (subscribe("{ nothing }", "bad"), "request_invalid"),
        (subscribe(TWO, "bad"), "operation_unclear"),
        (subscribe(TWO, "bad", operationName="C"), "operation_unknown"),
    ],
    ids=["a syntax error", "an unknown field", "no name", "an unknown name"],
)
async def test_a_mistake_is_an_error_each_time_and_never_the_end_of_nothing(graph: Graph, said: str, code: str) -> None:
    """What is remembered of a text tells the same as reading it did; of two operations none is begun unasked."""
    socket = await connected(graph)
    await say(socket, INIT)
    assert (await socket.receive_json(timeout=5))["type"] == "connection_ack"
    for _ in range(3):
        await say(socket, said)
        told = await socket.receive_json(timeout=5)
        assert (told["id"], told["type"]) == ("bad", "error")
        assert [error["extensions"]["code"] for error in told["payload"]] == [code]
    await say(socket, subscribe(TWO, "good", operationName="B"))
    told = await socket.receive_json(timeout=5)
    assert told["payload"] == {"data": {"serverInfo": {"name": "Regulars"}}}
    await socket.close()


async def test_a_ping_is_answered_with_its_own_payload(graph: Graph) -> None:
    socket = await connected(graph)
    await say(socket, '{"type": "ping", "payload": {"number": 7}}')
    assert await answers(socket) == [{"type": "pong", "payload": {"number": 7}}]
    await socket.close()


async def test_an_id_that_is_taken_closes_the_socket_however_long_it_is(graph: Graph) -> None:
    community = await house(graph)
    for name in ("1", "\N{GREEK SMALL LETTER OMEGA}" * OPERATION_ID_LENGTH_MAX):
        socket = await connected(graph)
        await say(socket, frame(type="connection_init", payload={"authorization": f"Bearer {graph.operator}"}))
        for _ in range(2):
            await say(
                socket,
                subscribe("subscription ($c: ID!) { feed(communityId: $c) { at } }", name, variables={"c": community}),
            )
        assert (await answers(socket))[-1] == 4409


async def test_an_id_is_free_again_after_the_end_of_its_operation(graph: Graph) -> None:
    socket = await connected(graph)
    await say(socket, INIT)
    assert (await socket.receive_json(timeout=5))["type"] == "connection_ack"
    for _ in range(2):
        await say(socket, ASKED)
        heard = [await socket.receive_json(timeout=5) for _ in range(2)]
        assert [one["type"] for one in heard] == ["next", "complete"]
    await socket.close()


async def test_text_that_is_no_text_closes_the_socket(graph: Graph) -> None:
    socket = await connected(graph)
    await socket.send_frame(b"\xff\xfe", WSMsgType.TEXT)
    assert (await answers(socket))[-1] == 1007


@pytest.mark.parametrize("protocol", ["graphql-ws", "graphql-sse", "soap"])
async def test_another_protocol_is_refused(graph: Graph, protocol: str) -> None:
    assert await answers(await connected(graph, protocol)) == [4406]


async def test_who_says_nothing_is_not_waited_for(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "INIT_TIMEOUT_S", 0.05)
    socket = await connected(graph)
    await socket.receive(timeout=5)
    assert socket.close_code == 4408


async def test_who_says_much_but_not_who_he_is_is_not_waited_for(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "INIT_TIMEOUT_S", 0.5)
    socket = await connected(graph)
    for _ in range(5):
        await say(socket, '{"type": "ping"}')
        assert (await socket.receive(timeout=5)).type is WSMsgType.TEXT
    assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE
    assert socket.close_code == 4408
