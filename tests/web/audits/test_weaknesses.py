"""The weaknesses that the scanner graphql-cop looks for, each asked for as it does: none is there but the told policy.

The list is that of https://github.com/dolevf/graphql-cop; the policy is explained in docs/graphql.md.
"""

from typing import Any

import orjson
import pytest

from server.schema.ids import id_of
from server.web.graphql.endpoint import PATH
from tests.graph import Graph, Socket

JSON = "application/json"
INTROSPECTION = "query { __schema { types { name fields { name } } } }"


async def asked(graph: Graph, document: Any, *, token: str | None = None) -> tuple[int, Any]:
    """The status and the JSON of an answer to a document, or to a body."""
    headers = {"Content-Type": JSON} | ({"Authorization": f"Bearer {token}"} if token else {})
    body = {"query": document} if isinstance(document, str) else document
    async with graph.live.http.post(PATH, data=orjson.dumps(body), headers=headers) as answer:
        return answer.status, orjson.loads(await answer.read())


def codes(told: Any) -> set[str]:
    return {error["extensions"]["code"] for error in told["errors"]}


async def test_aliases_do_not_multiply_the_work(graph: Graph) -> None:
    aliases = " ".join(f"alias{number}: __typename" for number in range(101))
    _, told = await asked(graph, f"query cop {{ {aliases} }}")
    assert codes(told) == {"aliases_exceeded"}
    assert "data" not in told


async def test_several_operations_in_one_body_are_refused(graph: Graph) -> None:
    status, told = await asked(graph, [{"query": "query cop { __typename }"}] * 10)
    assert (status, codes(told)) == (400, {"body_invalid"})


async def test_directives_do_not_multiply_the_work(graph: Graph) -> None:
    _, told = await asked(graph, f"query cop {{ __typename {'@aa' * 10} }}")
    assert len(told["errors"]) == 1, "ten unknown directives must not be judged one by one"


async def test_repeated_fields_do_not_multiply_the_work(graph: Graph) -> None:
    _, told = await asked(graph, f"query cop {{ __typename {'__typename ' * 500} }}")
    assert "data" not in told


async def test_introspection_does_not_go_round_in_circles(graph: Graph) -> None:
    deep = f"query cop {{ __schema {{ types {{ {'fields { type { ' * 5} name {'} } ' * 5} }} }} }}"
    _, told = await asked(graph, deep, token=graph.operator)
    assert "data" not in told


async def test_strangers_learn_nothing_of_the_schema(graph: Graph) -> None:
    _, told = await asked(graph, INTROSPECTION)
    assert "data" not in told


async def test_whoever_is_signed_in_may_read_the_schema(graph: Graph) -> None:
    """Policy: the schema is published with the code; a token holder's tools may read it from the server as well."""
    _, told = await asked(graph, "{ __schema { queryType { name } } }", token=graph.operator)
    assert told == {"data": {"__schema": {"queryType": {"name": "Query"}}}}


@pytest.mark.parametrize(
    "document",
    [
        "query cop { serverInf { name } }",
        "query cop { serverInfo(sulg: 1) { name } }",
        "query cop { __type(title: 1) { name } }",
        "query cop { __schema { directive } }",
        "mutation cop { createComunity { __typename } }",
        "mutation cop { createCommunity(input: {slog: 1}) { __typename } }",
        "fragment f on Community2 { id } query cop { serverInfo { name } ...f }",
        "query cop { serverInfo @skp { name } }",
    ],
)
async def test_a_mistake_tells_strangers_no_name_that_would_be_right(graph: Graph, document: str) -> None:
    """Policy: whoever may read the schema, a token's holder, is told what he may have meant."""
    _, told = await asked(graph, document)
    assert "Did you mean" not in orjson.dumps(told).decode()


VARIABLE = "mutation ($input: {0}!) {{ {1}(input: $input) {{ __typename }} }}"
ATTACH = VARIABLE.format("AttachChannelInput", "attachChannel")
HINTED: list[tuple[str, str, dict[str, Any], str]] = [
    ("a field", "{ serverInf { name } }", {}, "serverInfo"),
    ("a field below", "{ serverInfo { name2 } }", {}, "name"),
    ("an argument", '{ community(slag: "x") { id } }', {}, "slug"),
    ("an argument of a directive", "{ serverInfo @skip(iff: true) { name } }", {}, "if"),
    ("a type", "query ($x: Platfrm) { serverInfo { name } }", {}, "Platform"),
    ("the type of a fragment", "{ serverInfo { name } } fragment f on Community2 { id }", {}, "Community"),
    ("a field of a mutation", "mutation { createComunity { __typename } }", {}, "createCommunity"),
    ("a field of an input", "mutation { createCommunity(input: {slog: 1}) { __typename } }", {}, "slug"),
    ("a value of an enum", "mutation { attachChannel(input: {platform: KIK}) { __typename } }", {}, "KICK"),
    ("a field of an input in a variable", ATTACH, {"input": {"platform2": "KICK"}}, "platform"),
    ("a value of an enum in a variable", ATTACH, {"input": {"platform": "KIK"}}, "KICK"),
]


@pytest.mark.parametrize(("document", "variables", "name"), [one[1:] for one in HINTED], ids=[one[0] for one in HINTED])
async def test_only_who_may_read_the_schema_is_told_the_name_that_would_be_right(
    graph: Graph, document: str, variables: dict[str, Any], name: str
) -> None:
    """Over a socket as over HTTP, and of every kind of thing that has a name."""
    for token in (None, graph.operator):
        socket = await Socket(graph).open(token)
        await socket.heard()
        shown = [(await graph.ask(document, token, **variables))["errors"]]
        if not document.startswith("mutation"):
            await socket.subscribe(document, **variables)
            told = (await socket.heard())["payload"]
            shown.append(told["errors"] if isinstance(told, dict) else told)
        await socket.frames.close()
        for errors in shown:
            messages = " ".join(error["message"] for error in errors)
            assert (f"'{name}'" in messages and "Did you mean" in messages) is (token is not None), messages
            assert ("Did you mean" in messages) is (token is not None), messages


@pytest.mark.parametrize("document", ["query cop { __typename }", "mutation cop { __typename }"])
async def test_what_is_not_registered_is_not_asked_by_get(graph: Graph, document: str) -> None:
    """Policy: GET serves registered documents only, which are queries."""
    async with graph.live.http.get(PATH, params={"query": document}) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    "media", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
async def test_a_page_of_another_origin_can_send_nothing_that_is_taken(graph: Graph, media: str) -> None:
    async with graph.live.http.post(PATH, data=b"query=%7B__typename%7D", headers={"Content-Type": media}) as answer:
        assert answer.status == 415
        assert "Access-Control-Allow-Origin" not in answer.headers
    async with graph.live.http.options(PATH, headers={"Origin": "https://evil.example"}) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/graphiql", "/graphql/console", "/altair", "/console", "/graphql"])
async def test_no_console_is_served_without_a_sign_in(graph: Graph, path: str) -> None:
    async with graph.live.http.get(path, headers={"Accept": "text/html"}) as answer:
        assert answer.status in {404, 405, 406}
        assert "graphiql" not in (await answer.text()).lower()


async def test_no_trace_travels_with_an_answer(graph: Graph) -> None:
    for document in ("query cop { __typename }", "query cop { serverInfo { name } }"):
        async with graph.live.http.post(
            PATH, json={"query": document}, headers={"X-Apollo-Tracing": "1", "apollo-tracing": "1"}
        ) as answer:
            assert "extensions" not in await answer.json()


async def test_what_breaks_shows_nothing_of_the_inside(graph: Graph) -> None:
    for document in (
        "qwerty cop { abc }",
        'query cop { community(slug: "\\u0000") { id } }',
        "{ community(slug: 1) { id } }",
    ):
        _, told = await asked(graph, document, token=graph.operator)
        shown = orjson.dumps(told).decode().lower()
        assert not any(word in shown for word in ("exception", "traceback", "stack", "sqlite", "postgres", ".py"))


async def test_ids_that_are_guessed_lead_nowhere(graph: Graph) -> None:
    """Every id names its kind; one of another kind, or of nothing, finds nothing."""
    await graph.live.community()
    for guessed in ("1", "community:x", "Y29tbXVuaXR5", id_of("viewer", 1), "' OR 1=1", "x" * 5_000):
        _, told = await asked(
            graph,
            {
                "query": 'query ($c: ID!) { deliveries: community(slug: "house") { viewer(id: $c) { id } } }',
                "variables": {"c": guessed},
            },
            token=graph.operator,
        )
        assert told.get("data") in (None, {"deliveries": {"viewer": None}}, {"deliveries": None})
