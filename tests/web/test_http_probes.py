"""Requests as clients, crawlers and attackers send them: each gets its status and a code, as JSON, and nothing else."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
import pytest
from graphql import OperationType

from server.web.graphql import requests
from server.web.graphql.documents import registered
from server.web.graphql.endpoint import PATH
from tests.graph import Graph

INFO = "{ serverInfo { name } }"
ASKED = orjson.dumps({"query": INFO})
JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
TWO = "query One { serverInfo { name } } query Two { serverInfo { name } }"
LIVE = "subscription { feed(communityId: 1) { cursor } }"


@dataclass(frozen=True)
class Probe:
    """A request, and how it must be answered; `code` is None where it is served."""

    name: str
    status: int
    code: str | None = None
    body: bytes = ASKED
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": JSON})


def sent(name: str, status: int, code: str | None = None, **asked: object) -> Probe:
    return Probe(name, status, code, orjson.dumps(asked))


def named(name: str, status: int, code: str | None = None, body: bytes = ASKED, **headers: str) -> Probe:
    given = {"Content-Type": JSON} | {key.replace("_", "-"): value for key, value in headers.items()}
    return Probe(name, status, code, body, {key: value for key, value in given.items() if value})


PROBES = [
    # What the body is.
    Probe("nothing", 400, "body_invalid", b""),
    Probe("null", 400, "body_invalid", b"null"),
    Probe("true", 400, "body_invalid", b"true"),
    Probe("a number", 400, "body_invalid", b"5"),
    Probe("text", 400, "body_invalid", b'"x"'),
    Probe("an empty object", 400, "body_invalid", b"{}"),
    Probe("an empty list", 400, "body_invalid", b"[]"),
    Probe("a batch", 400, "body_invalid", b"[" + ASKED + b"," + ASKED + b"]"),
    Probe("cut off", 400, "body_invalid", ASKED[:-3]),
    Probe("two values", 400, "body_invalid", ASKED + ASKED),
    Probe("a byte that is no UTF-8", 400, "body_invalid", b'{"query": "\xff"}'),
    Probe("half a surrogate pair", 400, "body_invalid", b'{"query": "\\ud800"}'),
    Probe("a byte order mark", 400, "body_invalid", b"\xef\xbb\xbf" + ASKED),
    Probe("another encoding", 400, "body_invalid", ASKED.decode().encode("utf-16")),
    Probe("a number that is none", 400, "body_invalid", b'{"query": NaN}'),
    Probe("lists 50,000 deep", 400, "body_invalid", b"[" * 50_000 + b"]" * 50_000),
    Probe("lists a hundred thousand deep", 400, "body_invalid", b"[" * 100_000),
    Probe("objects deep inside variables", 400, "body_invalid", b'{"query":"{a}","variables":' + b'{"a":' * 9_000),
    # What its parts are.
    sent("the query is null", 400, "body_invalid", query=None),
    sent("the query is a number", 400, "body_invalid", query=5),
    sent("the query is a list", 400, "body_invalid", query=[INFO]),
    sent("the query is an object", 400, "body_invalid", query={"text": INFO}),
    sent("the query is empty", 400, "body_invalid", query=""),
    sent("variables are a list", 400, "body_invalid", query=INFO, variables=[]),
    sent("variables are text", 400, "body_invalid", query=INFO, variables="{}"),
    sent("variables are a number", 400, "body_invalid", query=INFO, variables=0),
    sent("variables are false", 400, "body_invalid", query=INFO, variables=False),
    sent("variables are null", 200, query=INFO, variables=None),
    sent("there are more variables than were declared", 200, query=INFO, variables={"a": 1}),
    sent("the name is a number", 400, "body_invalid", query=INFO, operationName=5),
    sent("the name is a list", 400, "body_invalid", query=INFO, operationName=["One"]),
    sent("the name is null", 200, query=INFO, operationName=None),
    sent("extensions are a list", 400, "body_invalid", query=INFO, extensions=[]),
    sent("extensions are text", 400, "body_invalid", query=INFO, extensions="x"),
    sent("extensions nobody knows", 200, query=INFO, extensions={"any": {"thing": 1}}),
    sent("a part nobody knows", 200, query=INFO, anything=1),
    sent("a document and an id", 400, "body_invalid", query=INFO, documentId="sha256:0"),
    # Which operation is meant.
    sent("two operations, neither named", 400, "operation_unclear", query=TWO),
    sent("two operations, an empty name", 400, "operation_unknown", query=TWO, operationName=""),
    sent("two operations, one named", 200, query=TWO, operationName="Two"),
    sent("a name that no operation has", 400, "operation_unknown", query=TWO, operationName="Three"),
    sent("a subscription", 400, "websocket_needed", query=LIVE.replace("1", '"1"')),
    # How it is wrapped.
    named("no media type", 415, "content_type_unsupported", Content_Type="application/octet-stream"),
    named("a form", 415, "content_type_unsupported", Content_Type="application/x-www-form-urlencoded"),
    named("an upload", 415, "content_type_unsupported", Content_Type="multipart/form-data; boundary=x"),
    named("plain text", 415, "content_type_unsupported", Content_Type="text/plain"),
    named(
        "the document alone", 415, "content_type_unsupported", body=INFO.encode(), Content_Type="application/graphql"
    ),
    named("a media type that only begins alike", 415, "content_type_unsupported", Content_Type="application/jsonfoo"),
    named("a charset that is not ours", 415, "content_type_unsupported", Content_Type=f"{JSON}; charset=utf-16"),
    named("our charset", 200, Content_Type=f"{JSON}; charset=UTF-8"),
    named("compressed", 415, "encoding_unsupported", Content_Encoding="gzip"),
    named("compressed as nobody knows", 415, "encoding_unsupported", Content_Encoding="x"),
    named("not compressed, and said so", 200, Content_Encoding="identity"),
    # What is taken for an answer.
    named("only pages", 406, "not_acceptable", Accept="text/html"),
    named("nothing at all", 406, "not_acceptable", Accept=f"{JSON};q=0"),
    named("events one by one", 406, "not_acceptable", Accept="text/event-stream"),
    named("parts one by one", 406, "not_acceptable", Accept="multipart/mixed;subscriptionSpec=1.0"),
    named("anything", 200, Accept="*/*"),
    named("anything of applications", 200, Accept="application/*"),
    named("a header that is none", 406, "not_acceptable", Accept=";;;,,,"),
    named("an endless header", 406, "not_acceptable", Accept="text/html," * 700),
]


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
async def test_every_request_gets_its_status_and_code_as_json(graph: Graph, probe: Probe) -> None:
    async with graph.live.http.post(PATH, data=probe.body, headers=probe.headers) as answer:
        text = await answer.read()
        assert answer.status == probe.status, text
        assert answer.content_type in {JSON, GRAPHQL}
        assert answer.headers["Cache-Control"] == "no-store"
    told = orjson.loads(text)
    if probe.code is None:
        assert told == {"data": {"serverInfo": {"name": "Regulars"}}}
    else:
        [error] = told["errors"]
        assert error["extensions"]["code"] == probe.code
        assert "data" not in told
        assert not any(inside in text for inside in (b"Traceback", b"File \\", b"Error:", b"Exception"))


async def test_a_client_chooses_the_media_type(graph: Graph) -> None:
    for accept, media in ((f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL), (f"{GRAPHQL};q=0.1, {JSON}", JSON), ("", JSON)):
        async with graph.live.http.post(PATH, data=ASKED, headers={"Content-Type": JSON, "Accept": accept}) as answer:
            assert (answer.status, answer.content_type) == (200, media)


async def raw(graph: Graph, *parts: bytes, pause_s: float = 0) -> bytes:
    """What is answered to bytes, sent with a pause between the parts."""
    reader, writer = await asyncio.open_connection("127.0.0.1", graph.live.http.server.port)
    try:
        async with asyncio.timeout(5):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause_s)
            return await reader.readuntil(b"}]}")
    finally:
        writer.transport.abort()


def head(length: int) -> bytes:
    lines = (f"POST {PATH} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {JSON}", f"Content-Length: {length}", "", "")
    return "\r\n".join(lines).encode()


async def test_who_sends_too_slowly_is_not_waited_for(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "BODY_TIMEOUT_S", 0.1)
    told = await raw(graph, head(len(ASKED)), *(bytes([byte]) for byte in ASKED[:8]), pause_s=0.03)
    assert told.startswith(b"HTTP/1.1 408 ")
    assert b"body_too_slow" in told


async def test_who_leaves_before_the_end_harms_nobody(graph: Graph) -> None:
    for _ in range(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", graph.live.http.server.port)
        writer.write(head(len(ASKED)) + ASKED[:10])
        await writer.drain()
        writer.transport.abort()
        assert await reader.read() == b""
    assert await graph.data(INFO) == {"serverInfo": {"name": "Regulars"}}


async def test_a_size_that_is_told_is_refused_before_the_body_is_read(graph: Graph) -> None:
    told = await raw(graph, head(requests.BODY_BYTES_MAX + 1))
    assert told.startswith(b"HTTP/1.1 413 ")
    assert b"body_too_large" in told


@pytest.mark.parametrize("document", [LIVE, "mutation { createCommunity { __typename } }", INFO])
async def test_by_get_nothing_is_begun_that_is_not_registered(graph: Graph, document: str) -> None:
    headers = {"Authorization": f"Bearer {graph.operator}"}
    for accept in (JSON, GRAPHQL, "*/*", "text/html", "text/event-stream"):
        async with graph.live.http.get(
            PATH, params={"query": document}, headers=headers | {"Accept": accept}
        ) as answer:
            assert answer.status in {405, 406}, accept
            assert answer.content_type in {JSON, GRAPHQL}
            assert answer.headers.get("Allow") == ("GET, POST" if answer.status == 405 else None)
            assert "data" not in await answer.json()


async def test_by_get_a_registered_subscription_or_mutation_is_not_begun(graph: Graph) -> None:
    headers = {"Authorization": f"Bearer {graph.operator}"}
    kinds = {document.kind: document for document in registered(graph.server.schema)}
    for kind, status in ((OperationType.SUBSCRIPTION, 400), (OperationType.MUTATION, 405)):
        async with graph.live.http.get(PATH, params={"documentId": kinds[kind].id}, headers=headers) as answer:
            assert answer.status == status
            [error] = (await answer.json())["errors"]
            assert error["extensions"]["code"] in {"websocket_needed", "post_needed"}
            assert answer.headers.get("Allow") == ("POST" if status == 405 else None)
    assert (await graph.data("{ communities(first: 1) { totalCount } }"))["communities"]["totalCount"] == 0


@pytest.mark.parametrize("text", [r"\ud800", r"\u{D800}", r"\ud800\ud800", r"\u0000"])
async def test_text_that_is_no_text_is_a_mistake_or_nothing_found(graph: Graph, text: str) -> None:
    for place in ('community(slug: "@") { id }', 'communities(first: 1, after: "@") { totalCount }'):
        answer = await graph.ask("{ " + place.replace("@", text) + " }", graph.operator)
        codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
        assert codes <= {"request_invalid", "cursor_invalid"}
        assert codes or answer == {"data": {"community": None}}
