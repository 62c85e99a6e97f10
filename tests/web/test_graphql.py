"""The graph's endpoint: what HTTP and websockets let through, and how they end."""

import asyncio
import gc
import re
from datetime import timedelta
from typing import Any

import orjson
import pytest
import structlog
from aiohttp import WSMsgType
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport

from server.resolvers.execution import Executor
from server.schema.ids import id_of
from server.web.graphql.documents import Documents
from server.web.graphql.endpoint import PATH
from server.web.graphql.requests import BODY_BYTES_MAX
from server.web.graphql.sockets import OPERATIONS_PER_SOCKET_MAX
from tests.graph import SOCKET, Graph, Socket

INFO = "{ serverInfo { name } }"
LIVE = "subscription ($c: ID!) { leaderboardChanged(communityId: $c, first: 3) { sequence } }"
FEED = 'subscription ($c: ID!) { feed(communityId: $c, after: "0") { cursor } }'
CREATE = """mutation ($input: CreateCommunityInput!) { createCommunity(input: $input) {
  ... on CommunityCreated { community { slug } } } }"""
HOUSE = {"slug": "house", "name": "House", "timezone": "UTC", "idempotencyKey": "k"}


async def post(graph: Graph, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    """The status and the JSON of an answer."""
    given = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    async with graph.live.http.post(PATH, data=body, headers=given) as answer:
        assert answer.content_type == "application/json"
        return answer.status, orjson.loads(await answer.read())


async def community(graph: Graph) -> str:
    return id_of("community", await graph.live.community())


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"5", b'"x"', b"[]", b"{", b"\xff", b"{}", b'{"query": ""}', b'{"query": 5}', b"[" * 5_000),
        b'{"query": "{ me { kind } }", "variables": []}',
        b'{"query": "{ me { kind } }", "operationName": 5}',
    ],
    ids=lambda body: repr(body[-24:]),
)
async def test_an_odd_body_is_refused_as_json(graph: Graph, body: bytes) -> None:
    status, answer = await post(graph, body)
    assert (status, answer["errors"][0]["extensions"]["code"]) == (400, "body_invalid")


async def test_a_body_has_a_size_and_a_kind(graph: Graph) -> None:
    largest = INFO.encode()
    whole = orjson.dumps({"query": largest.decode().ljust(BODY_BYTES_MAX - 12)})
    assert len(whole) == BODY_BYTES_MAX
    assert (await post(graph, whole))[0] == 200
    status, answer = await post(graph, whole + b" ")
    assert (status, answer["errors"][0]["extensions"]["code"]) == (413, "body_too_large")
    status, answer = await post(graph, whole, Content_Type="text/plain")
    assert (status, answer["errors"][0]["extensions"]["code"]) == (415, "content_type_unsupported")


async def test_a_fault_outside_every_operation_is_told_as_json_with_its_id(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a secret of ours")

    monkeypatch.setattr(Documents, "admit", broken)
    with structlog.testing.capture_logs() as logs:
        async with graph.live.http.post(PATH, json={"query": INFO}) as answer:
            told = await answer.json()
            assert (answer.status, answer.content_type) == (500, "application/json")
            assert told["errors"][0]["extensions"] == {"code": "internal", "errorId": answer.headers["X-Request-Id"]}
    assert "secret" not in orjson.dumps(told).decode()
    assert [one["error_id"] for one in logs if one["event"] == "graphql.failed"] == [answer.headers["X-Request-Id"]]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_only_posts_carry_a_text(graph: Graph, method: str) -> None:
    async with graph.live.http.request(method, PATH, params={"query": INFO}) as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET, POST"
        assert "errors" in await answer.json()


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer ", "Basic c2VjcmV0", "nonsense"])
async def test_a_bad_token_is_refused_even_where_none_is_needed(graph: Graph, header: str) -> None:
    status, answer = await post(graph, orjson.dumps({"query": INFO}), Authorization=header)
    assert (status, answer["errors"][0]["extensions"]["code"]) == (401, "token_invalid")


async def test_a_stranger_gets_what_is_public_and_no_copy_is_kept(graph: Graph) -> None:
    async with graph.live.http.post(PATH, json={"query": INFO}) as answer:
        assert await answer.json() == {"data": {"serverInfo": {"name": "Regulars"}}}
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "token", "status"),
    [(INFO, "", 200), ("{", "", 200), (INFO, "nonsense", 401)],
    ids=["ok", "odd", "refused"],
)
async def test_every_answer_names_its_request_by_an_id_of_ours(
    graph: Graph, query: str, token: str, status: int
) -> None:
    headers = {"X-Request-Id": "theirs", **({"Authorization": f"Bearer {token}"} if token else {})}
    seen = set[str]()
    for _ in range(2):
        async with graph.live.http.post(PATH, json={"query": query}, headers=headers) as answer:
            assert answer.status == status
            seen.add(answer.headers["X-Request-Id"])
    assert len(seen) == 2
    assert all(re.fullmatch(r"[\w-]{22}", one, re.ASCII) for one in seen)


async def test_a_line_about_a_failure_names_the_request(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("nothing works")

    monkeypatch.setattr("server.store.health.backlog", broken)
    headers = {"Authorization": f"Bearer {graph.operator}"}
    body = {"query": "{ health { waiting } }"}
    with structlog.testing.capture_logs() as lines:
        async with graph.live.http.post(PATH, json=body, headers=headers) as answer:
            request_id = answer.headers["X-Request-Id"]
        socket = await Socket(graph).open(graph.operator)
        await socket.heard()
        await socket.subscribe(body["query"])
        await socket.heard()
        await socket.frames.close()
    over_http, over_socket = [line["request"] for line in lines if line["event"] == "graphql.failed"]
    assert over_http == request_id
    assert len(over_socket) == 22
    assert over_socket != over_http


async def test_a_setting_that_cannot_be_null_is_named_without_the_inside(graph: Graph) -> None:
    given = '{communityId: "x", idempotencyKey: "k", window: null}'
    body = orjson.dumps({"query": f"mutation {{ updateWatchTimeSettings(input: {given}) {{ __typename }} }}"})
    _, answer = await post(graph, body, Authorization=f"Bearer {graph.operator}")
    assert answer["errors"][0]["message"] == "window cannot be null; leave it out to keep it as it is."


async def test_a_subscription_needs_a_websocket_and_a_name_must_fit(graph: Graph) -> None:
    for query, name, code in ((LIVE, None, "websocket_needed"), (INFO, "Other", "operation_unknown")):
        status, answer = await post(graph, orjson.dumps({"query": query, "operationName": name}))
        assert (status, answer["errors"][0]["extensions"]["code"]) == (400, code)


async def test_mutations_do_not_travel_over_websockets(graph: Graph) -> None:
    socket = await Socket(graph).open(graph.operator)
    assert await socket.heard() == {"type": "connection_ack"}
    await socket.subscribe(CREATE, input=HOUSE)
    message = await socket.heard()
    assert (message["type"], message["payload"][0]["message"]) == ("error", "mutations are not allowed")
    assert await graph.data('{ community(slug: "house") { id } }') == {"community": None}
    await socket.subscribe("{ me { kind } }", "2")
    assert await socket.event() == {"kind": "OPERATOR"}
    await socket.frames.close()


async def test_one_bad_operation_leaves_the_others_alone(graph: Graph) -> None:
    house = await community(graph)
    socket = await Socket(graph).open(graph.operator)
    await socket.heard()
    await socket.subscribe(LIVE, "good", c=house)
    await socket.event()
    for number, query in enumerate(("{", "{ nothing }", LIVE, "query A { me { kind } } query A { me { kind } }")):
        await socket.subscribe(query, f"bad{number}")
        message = await socket.heard()
        assert (message["id"], message["type"]) == (f"bad{number}", "error")
    await graph.watched(viewers=1)
    assert (await socket.heard())["id"] == "good"
    await socket.frames.close()


async def test_loaders_are_new_for_every_operation_of_a_socket(graph: Graph) -> None:
    """What one operation looked up, a later one on the same socket looks up again."""
    await community(graph)
    await graph.watched(viewers=1)
    socket = await Socket(graph).open(graph.operator)
    await socket.heard()
    query = '{ community(slug: "house") { streams(first: 1) { nodes { channel { title } } } } }'
    titles = []
    for number, title in enumerate(("One", "Two")):
        body = {"broadcaster": BROADCASTER, "metadata": metadata(title)}
        await graph.deliver("livestream.metadata.updated", body, sent_at=f"2026-08-01T18:00:0{number}Z")
        await graph.live.settle()
        await socket.subscribe(query, str(number))
        titles.append((await socket.event())["streams"]["nodes"][0]["channel"]["title"])
        assert (await socket.heard())["type"] == "complete"
    assert titles == ["One", "Two"]
    await socket.frames.close()


BROADCASTER = {
    "is_anonymous": False,
    "user_id": 100001,
    "username": "Streamer100001",
    "is_verified": False,
    "profile_picture": "",
    "channel_slug": "streamer100001",
    "identity": None,
}


def metadata(title: str) -> dict[str, Any]:
    return {
        "title": title,
        "language": "en",
        "has_mature_content": False,
        "category": {"id": 1, "name": "Talk", "thumbnail": ""},
    }


@pytest.mark.parametrize("payload", [{"authorization": "Bearer no"}, {"authorization": 5}, {"authorization": "x"}])
async def test_a_socket_with_a_bad_token_is_closed(graph: Graph, payload: dict[str, Any]) -> None:
    frames = await graph.live.http.ws_connect(PATH, protocols=[SOCKET])
    await frames.send_json({"type": "connection_init", "payload": payload})
    assert (await frames.receive(timeout=5)).type is WSMsgType.CLOSE
    assert frames.close_code == 4403


async def test_a_socket_ends_with_its_token(graph: Graph) -> None:
    await community(graph)
    short = graph.server.tokens.mint("admin", lifetime=timedelta(seconds=1))
    socket = await Socket(graph).open(short)
    assert (await socket.heard())["type"] == "connection_ack"
    graph.live.clock.pass_time(seconds=1)
    assert await socket.closed() == 4403


@pytest.mark.parametrize("frame", ["null", "5", "[]", '"x"', "{", '{"type": 5}', '{"id": "1"}'])
async def test_a_frame_that_is_no_message_closes_the_socket_properly(graph: Graph, frame: str) -> None:
    frames = await graph.live.http.ws_connect(PATH, protocols=[SOCKET])
    await frames.send_str(frame)
    assert (await frames.receive(timeout=5)).type is WSMsgType.CLOSE
    assert frames.close_code == 4400


async def test_only_the_current_protocol_is_spoken_and_nothing_is_compressed(graph: Graph) -> None:
    old = await graph.live.http.ws_connect(PATH, protocols=["graphql-ws"])
    assert (await old.receive(timeout=5)).type is WSMsgType.CLOSE
    assert old.close_code == 4406
    current = await graph.live.http.ws_connect(PATH, protocols=[SOCKET], compress=15)
    assert not current.compress
    await current.close()


async def test_a_page_of_another_origin_opens_no_socket(graph: Graph) -> None:
    async with graph.live.http.get(
        PATH,
        headers={
            "Origin": "https://elsewhere.example",
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "bm9uc2Vuc2Vub25zZW5zZQ==",
            "Sec-WebSocket-Protocol": SOCKET,
        },
    ) as answer:
        assert answer.status == 403


async def test_a_socket_has_so_many_operations_at_most(graph: Graph) -> None:
    house = await community(graph)
    socket = await Socket(graph).open(graph.operator)
    await socket.heard()
    for number in range(OPERATIONS_PER_SOCKET_MAX):
        await socket.subscribe(LIVE, str(number), c=house)
        assert (await socket.heard())["type"] == "next"
    await socket.subscribe(LIVE, "more", c=house)
    refused = await socket.heard()
    assert (refused["id"], refused["type"]) == ("more", "error")
    await socket.frames.close()


async def test_a_stopping_server_closes_sockets_at_once(graph: Graph) -> None:
    house = await community(graph)
    socket = await Socket(graph).open(graph.operator)
    await socket.heard()
    await socket.subscribe(LIVE, c=house)
    await socket.event()
    loop = asyncio.get_running_loop()
    began = loop.time()
    stopping = asyncio.create_task(graph.server.site.shutdown())
    assert await socket.closed() == 1001
    await stopping
    assert loop.time() - began < 20, "a server that waits for its sockets takes a minute"


async def test_operations_that_are_cut_off_leave_the_database_working(graph: Graph) -> None:
    house = await community(graph)
    await graph.watched()
    query = '{ community(slug: "house") { leaderboard(first: 50) { totalCount nodes { rank } } health { waiting } } }'
    for _ in range(30):
        socket = await Socket(graph).open(graph.operator)
        for number in range(5):
            await socket.subscribe(query, f"q{number}")
            await socket.subscribe(LIVE, f"s{number}", c=house)
            await socket.send(type="complete", id=f"q{number}")
        await socket.frames.close()
    given = {**HOUSE, "slug": "after"}
    assert (await graph.data(CREATE, input=given))["createCommunity"]["community"] == {"slug": "after"}


async def test_a_long_subscription_does_not_grow(graph: Graph) -> None:
    house = await community(graph)
    await graph.watched(viewers=1)
    socket = await Socket(graph).open(graph.operator)
    await socket.heard()
    await socket.subscribe(FEED, c=house)
    for _ in range(2):
        await socket.event()
    for number in range(40):
        await graph.deliver(
            "livestream.status.updated", started(f"2026-07-{number % 28 + 1:02d}T0{number // 28}:00:00Z")
        )
    await graph.live.settle()
    for _ in range(40):
        await socket.event()
    gc.collect()
    kept = [len(thing._relevant_sub_fields) for thing in gc.get_objects() if isinstance(thing, Executor)]
    assert kept
    assert max(kept) <= 2
    await socket.frames.close()


def started(at: str) -> dict[str, Any]:
    return {"broadcaster": BROADCASTER, "is_live": True, "title": "Evening", "started_at": at, "ended_at": None}


async def test_operations_are_counted_by_root_field_kind_and_outcome(graph: Graph) -> None:
    await graph.data(INFO)
    await graph.ask("{ orphans(first: 1) { totalCount } }")
    await graph.ask("{ nothing }")
    async with graph.live.http.get("/metrics") as answer:
        page = await answer.text()
    counted = set(
        re.findall(r'regulars_graphql_operation_seconds_count\{field="(\w+)",kind="\w+",outcome="(\w+)"', page)
    )
    assert counted == {("serverInfo", "ok"), ("orphans", "error"), ("other", "error")}


async def test_the_python_client_asks_over_http_and_listens_over_a_websocket(graph: Graph) -> None:
    house = await community(graph)
    await graph.watched()
    url = graph.live.http.make_url(PATH)
    headers = {"Authorization": f"Bearer {graph.operator}"}
    async with Client(transport=AIOHTTPTransport(str(url), headers=headers, ssl=False)) as session:
        found = await session.execute(gql('{ community(slug: "house") { id } }'))
        assert found["community"]["id"] == house
    transport = AIOHTTPWebsocketsTransport(
        str(url.with_scheme("ws")),
        subprotocols=[SOCKET],
        init_payload={"authorization": f"Bearer {graph.operator}"},
    )
    async with Client(transport=transport) as session:
        listening = gql(LIVE)
        listening.variable_values = {"c": house}
        async for event in session.subscribe(listening):
            assert int(event["leaderboardChanged"]["sequence"]) > 0
            break
