"""Trusted documents: known by their digest, kept valid from release to release, and all that strangers may send."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp.test_utils import TestClient, TestServer
from graphql import OperationType

from server.app import assembled
from server.auth.actors import Actor, ActorKind
from server.resolvers.root import build_schema
from server.settings import Settings
from server.web.graphql import documents as trusted
from server.web.graphql.documents import (
    Document,
    DocumentRefused,
    UnfitDocument,
    current,
    document_of,
    kept,
    registered,
)
from server.web.graphql.endpoint import PATH
from tests.database import FrozenClock
from tests.graph import Graph, Socket
from tests.keys import kicks_key
from tests.running import SECRET, Running

SCHEMA = build_schema()
DOCUMENTS = {one.name: one for one in registered(SCHEMA)}
UNKNOWN = "sha256:" + "0" * 64


def test_an_id_is_the_digest_of_the_file() -> None:
    for one in current(SCHEMA._schema):
        path = trusted.ROOT / one.file
        assert one.id == "sha256:" + sha256(path.read_bytes()).hexdigest()
        assert one.text.startswith("#"), f"{one.file} begins by saying what it is for"
    assert {one.file.rpartition("/")[0] for one in current(SCHEMA._schema)} == {
        "clients/discord/graph/documents",
        "clients/overlay/documents",
        "server/web/documents",
        "server/web/assets/playground/operations",
    }


def test_the_manifest_holds_todays_documents() -> None:
    """Run `regulars documents --keep` after a change; the entries of earlier releases stay as they are."""
    entries = kept()[version("regulars")]
    assert {id_: entry["document"] for id_, entry in entries.items()} == {
        one.id: one.text for one in current(SCHEMA._schema)
    }


def test_every_document_of_every_kept_release_is_answered() -> None:
    known = registered(SCHEMA)
    for release, entries in kept().items():
        for id_, entry in entries.items():
            assert known.by_id(id_).text == entry["document"], f"{entry['name']} of {release}"


@pytest.mark.parametrize(("kind", "is_open"), [("overlay", False), ("owner", True), ("person", True), ("bot", True)])
def test_an_overlay_sends_registered_documents_only(kind: ActorKind, *, is_open: bool) -> None:
    known = registered(SCHEMA)
    actor = Actor(kind, 7, "somebody", "t", datetime(2027, 1, 1, tzinfo=UTC))
    known.admit(actor, DOCUMENTS["LeaderboardTop"].text)
    if is_open:
        known.admit(actor, "{ me { kind } }")
        return
    with pytest.raises(DocumentRefused) as refused:
        known.admit(actor, "{ me { kind } }")
    assert refused.value.code == "document_untrusted"


def test_a_document_of_an_earlier_release_stays_or_stops_the_start(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"

    def release(text: str) -> Any:
        entries = {"x": {"name": "Old", "file": "old.graphql", "document": text}}
        manifest.write_bytes(orjson.dumps({"0.0.9": entries}))
        return registered(SCHEMA, manifest)

    text = "query Old { serverInfo { name } }"
    assert release(text).by_id("sha256:" + sha256(text.encode()).hexdigest()).name == "Old"
    with pytest.raises(UnfitDocument, match=r"old\.graphql of 0\.0\.9: Cannot query field 'gone'"):
        release("query Old { serverInfo { gone } }")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{ serverInfo { name } }",
        "query A { me { kind } } query B { me { kind } }",
        "fragment A on Me { kind }",
        "query A { nothing }",
        "query A { __schema { queryType { name } } }",
    ],
)
def test_a_file_that_is_no_single_named_valid_operation_stops_the_start(text: str) -> None:
    with pytest.raises(UnfitDocument, match=r"^x\.graphql: "):
        document_of(SCHEMA._schema, text, "x.graphql")


async def sent(graph: Graph, token: str | None = None, **body: Any) -> tuple[int, Any]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with graph.live.http.post(PATH, json=body, headers=headers) as answer:
        return answer.status, orjson.loads(await answer.read())


async def test_an_id_is_as_good_as_the_text(graph: Graph) -> None:
    await graph.live.community()
    await graph.watched()
    page = DOCUMENTS["LeaderboardPage"]
    variables = {"community": "house", "first": 2}
    by_id = await sent(graph, graph.operator, documentId=page.id, variables=variables)
    assert by_id == await sent(graph, graph.operator, query=page.text, variables=variables)
    assert [edge["node"]["rank"] for edge in by_id[1]["data"]["community"]["leaderboard"]["edges"]] == [1, 2]


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        (UNKNOWN, 404, "document_unknown"),
        ("sha256:abc", 400, "document_id_invalid"),
        (UNKNOWN.upper(), 400, "document_id_invalid"),
        ("ServerInfo", 400, "document_id_invalid"),
        (5, 400, "body_invalid"),
    ],
)
async def test_an_id_that_is_none_is_refused(graph: Graph, given: object, status: int, code: str) -> None:
    told, answer = await sent(graph, documentId=given)
    assert (told, answer["errors"][0]["extensions"]["code"]) == (status, code)


async def test_policies_and_masks_are_the_same_for_a_registered_document(graph: Graph) -> None:
    await graph.live.community("house", "100001")
    mine = await graph.live.community("den", "100002")
    page = DOCUMENTS["LeaderboardPage"]
    for token, first, code in (
        (None, 5, "unauthenticated"),
        (graph.owner(mine, "den"), 5, "forbidden"),
        (graph.operator, 500, "page_size_invalid"),
    ):
        variables = {"community": "house", "first": first}
        _, answer = await sent(graph, token, documentId=page.id, variables=variables)
        assert answer["errors"][0]["extensions"]["code"] == code
    async with graph.live.http.get("/metrics") as metrics:
        assert 'field="community",kind="query",outcome="error"' in await metrics.text()


async def test_a_query_may_be_kept_by_whoever_may_see_it(graph: Graph) -> None:
    params = {"documentId": DOCUMENTS["WhoAmI"].id}
    mine = {"Authorization": f"Bearer {graph.operator}"}
    for headers, caching in (({}, "public, max-age=5"), (mine, "private, no-cache")):
        async with graph.live.http.get(PATH, params=params, headers=headers) as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == caching
            assert "Authorization" in answer.headers["Vary"]
            tag = answer.headers["ETag"]
        async with graph.live.http.get(PATH, params=params, headers=headers | {"If-None-Match": tag}) as again:
            assert (again.status, await again.read()) == (304, b"")
    async with graph.live.http.get(PATH, params=params, headers=mine | {"If-None-Match": '"other"'}) as other:
        assert other.status == 200


async def test_what_changes_or_fails_is_not_kept(graph: Graph) -> None:
    mine = {"Authorization": f"Bearer {graph.operator}"}
    for name, status in (("CreateCommunity", 405), ("Feed", 400)):
        variables = '{"communityId": "x"}' if name == "Feed" else "{}"
        params = {"documentId": DOCUMENTS[name].id, "variables": variables}
        async with graph.live.http.get(PATH, params=params, headers=mine) as answer:
            assert (answer.status, answer.headers["Cache-Control"]) == (status, "no-store")
    params = {"documentId": DOCUMENTS["LeaderboardPage"].id, "variables": '{"community": "x", "first": 5}'}
    async with graph.live.http.get(PATH, params=params) as answer:
        assert "errors" in orjson.loads(await answer.read())
        assert answer.headers["Cache-Control"] == "no-store"
    assert await graph.data('{ community(slug: "my-community") { id } }') == {"community": None}


async def test_a_document_is_sent_by_its_id_over_a_socket(graph: Graph) -> None:
    socket = await Socket(graph).open(graph.operator)
    await socket.heard()
    await socket.send(type="subscribe", id="1", payload={"documentId": DOCUMENTS["WhoAmI"].id})
    assert (await socket.event())["kind"] == "OPERATOR"
    assert (await socket.heard())["type"] == "complete"
    await socket.send(type="subscribe", id="2", payload={"documentId": UNKNOWN})
    message = await socket.heard()
    assert (message["id"], message["type"]) == ("2", "error")
    assert message["payload"][0]["extensions"]["code"] == "document_unknown"
    await socket.frames.close()


@pytest.fixture
async def closed(database_url: str, clock: FrozenClock) -> AsyncGenerator[Graph, None]:
    """A server as it is by default, on which strangers send no documents of their own."""
    settings = Settings(database_url=database_url, secret_key=SECRET)  # type: ignore[arg-type]
    async with (
        assembled(settings, roles=frozenset({"web"}), clock=clock) as server,
        TestClient(TestServer(server.site)) as http,
    ):
        yield Graph(Running(server, http, kicks_key(), clock), server.tokens.mint("admin"))


async def test_strangers_send_registered_documents_only(closed: Graph) -> None:
    own, known = "{ serverInfo { name } }", DOCUMENTS["ServerInfo"]
    status, answer = await sent(closed, query=own)
    assert (status, answer["errors"][0]["extensions"]["code"]) == (403, "document_untrusted")
    told = {"data": {"serverInfo": {"name": "Regulars", "version": version("regulars")}}}
    assert await sent(closed, documentId=known.id) == (200, told)
    assert await sent(closed, query=known.text) == (200, told)
    assert (await sent(closed, closed.operator, query=own))[0] == 200


async def test_strangers_send_registered_documents_only_over_sockets(closed: Graph) -> None:
    socket = await Socket(closed).open()
    await socket.heard()
    await socket.subscribe("{ serverInfo { name } }")
    assert (await socket.heard())["payload"][0]["extensions"]["code"] == "document_untrusted"
    await socket.subscribe(DOCUMENTS["ServerInfo"].text)
    assert (await socket.event())["name"] == "Regulars"
    await socket.frames.close()


async def test_the_kinds_of_documents_are_known() -> None:
    kinds = {one.name: one.kind for one in registered(SCHEMA)}
    assert kinds["CreateCommunity"] is OperationType.MUTATION
    assert kinds["Feed"] is OperationType.SUBSCRIPTION
    assert isinstance(DOCUMENTS["WhoAmI"], Document)
    assert DOCUMENTS["WhoAmI"].is_query
