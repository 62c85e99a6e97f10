"""What a caller is told when something goes wrong."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import structlog
from graphql import GraphQLError

from server.domain.refusals import Refused
from server.jobs.unit import Busy
from server.resolvers.context import context_factory
from server.resolvers.errors import told
from server.schema.ids import id_of
from server.schema.policies import Denied
from server.store import leaderboards
from server.system import SystemIds
from tests.graph import Graph

SECRET = "postgres://somebody:opensesame@db.internal/regulars"


def ours(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the graph logged, the server's other parts left out."""
    return [line["event"] for line in lines if line["event"].startswith("graphql.")]


async def answer(graph: Graph, error: Exception, *, signed_in: bool = True) -> tuple[Any, list[Any]]:
    """What is told of a resolver's error, and what is logged meanwhile."""
    actor = graph.server.tokens.read(graph.operator) if signed_in else None
    context = context_factory(graph.server.services, SystemIds(), lambda *_: None)(actor)  # type: ignore[arg-type]
    raised = GraphQLError(str(error), path=["health"], original_error=error)
    with structlog.testing.capture_logs() as lines:
        return told(raised, context).formatted, lines


async def test_a_fault_shows_an_id_and_is_logged_once_under_it(graph: Graph) -> None:
    shown, lines = await answer(graph, RuntimeError(SECRET))
    assert "opensesame" not in str(shown)
    assert shown["path"] == ["health"]
    assert shown["extensions"]["code"] == "internal"
    [line] = lines
    assert (line["event"], line["error_id"]) == ("graphql.failed", shown["extensions"]["errorId"])
    assert str(line["exc_info"]) == SECRET
    again, _ = await answer(graph, RuntimeError(SECRET))
    assert again["extensions"]["errorId"] != shown["extensions"]["errorId"]


@pytest.mark.parametrize(
    "error", [Busy("full"), ConnectionRefusedError(SECRET), sqlite3.OperationalError("disk I/O error")], ids=repr
)
async def test_a_database_that_is_away_means_come_again(graph: Graph, error: Exception) -> None:
    shown, _ = await answer(graph, error)
    assert shown["extensions"]["code"] == "unavailable"
    assert shown["extensions"]["retryAfterSeconds"] > 0
    assert "opensesame" not in str(shown)


async def test_a_refusal_of_a_question_keeps_its_code_and_remedy(graph: Graph) -> None:
    shown, lines = await answer(graph, Refused("no_way", "It cannot be.", "Do something else."))
    assert shown["extensions"] == {"code": "no_way", "remedy": "Do something else."}
    assert lines == []


async def test_a_denial_keeps_its_code(graph: Graph) -> None:
    shown, lines = await answer(graph, Denied("forbidden", "No.", "Ask somebody."))
    assert shown["extensions"] == {"code": "forbidden", "remedy": "Ask somebody."}
    assert lines == []


async def test_a_mistake_is_told_to_its_maker_and_logged_without_his_document(graph: Graph) -> None:
    with structlog.testing.capture_logs() as lines:
        for document in (
            "{ nothing }",
            "{",
            "query A { me { kind } } query A { me { kind } }",
            "{ me { kind(x: 1) } }",
        ):
            reply = await graph.ask(document, graph.operator)
            assert reply["errors"][0]["extensions"]["code"] == "request_invalid"
    assert ours(lines) == ["graphql.refused"] * 4
    mistakes = [line for line in lines if line["event"] == "graphql.refused"]
    assert all(line["log_level"] == "info" and line["codes"] == ["request_invalid"] for line in mistakes)
    assert "kind" not in str(mistakes), "the document stays out of the log"


async def test_values_of_the_wrong_kind_are_mistakes(graph: Graph) -> None:
    document = 'subscription ($a: BigInt) { feed(communityId: "x", after: $a) { cursor } }'
    async with graph.live.http.post("/graphql", json={"query": document, "variables": {"a": []}}) as reply:
        assert reply.status == 400
    await graph.live.community()
    adjust = "mutation ($input: AdjustWatchTimeInput!) { adjustWatchTime(input: $input) { __typename } }"
    given = {"communityId": "x", "viewerId": "x", "seconds": "soon", "reason": "", "idempotencyKey": "k"}
    reply = await graph.ask(adjust, graph.operator, input=given)
    assert reply["errors"][0]["extensions"]["code"] == "request_invalid"
    assert "whole number of seconds" in reply["errors"][0]["message"]
    assert await graph.code(adjust, graph.operator, input=given | {"seconds": 5}) == "id_invalid"


async def test_a_fault_in_a_running_server_shows_nothing(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> None:
        await asyncio.sleep(0)
        raise RuntimeError(SECRET)

    monkeypatch.setattr("server.store.health.backlog", broken)
    with structlog.testing.capture_logs() as lines:
        reply = await graph.ask("{ health { waiting } }", graph.operator)
    assert reply["data"] is None
    assert "opensesame" not in str(reply)
    assert ours(lines) == ["graphql.failed"]


async def test_text_that_no_database_keeps_is_kept_without_what_nobody_sees(graph: Graph) -> None:
    await graph.live.community()
    nul = "ho\x00use"
    assert (await graph.data("query ($s: String!) { community(slug: $s) { slug } }", s=nul))["community"]
    listing = (
        'query ($k: String!) { community(slug: "house") { deliveries(first: 1, where: { kind: $k }) { totalCount } } }'
    )
    assert (await graph.data(listing, k=nul))["community"]["deliveries"]["totalCount"] == 0
    create = """mutation ($input: CreateCommunityInput!) { createCommunity(input: $input) {
      ... on CommunityCreated { community { name } } } }"""
    given = {"slug": "den", "name": "The\x00 Den\u0085", "timezone": "UTC", "idempotencyKey": "k"}
    assert (await graph.data(create, input=given))["createCommunity"] == {"community": {"name": "The Den"}}


SET_TRACKING = """mutation ($community: ID!) {
  setTracking(input: {communityId: $community, tracking: false, idempotencyKey: "k"}) { __typename } }"""


async def broken(*_: object, **__: object) -> None:
    raise RuntimeError("nothing works")


async def communities_named(graph: Graph, query: str, token: str, **variables: str) -> list[str | None]:
    """The community of each line about a failed operation."""
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = await graph.ask(query, token, **variables)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["internal"]
    return [line.get("community") for line in lines if line["event"] == "graphql.failed"]


async def test_a_line_about_a_failure_names_the_community_asked_for_or_changed(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await graph.live.community()
    monkeypatch.setattr(leaderboards, "size", broken)
    monkeypatch.setattr(graph.server.units, "once", broken)
    question = '{ community(slug: "house") { leaderboard(first: 1) { totalCount } } }'
    assert await communities_named(graph, question, graph.owner(house, "house")) == ["house"]
    changed = await communities_named(graph, SET_TRACKING, graph.operator, community=id_of("community", house))
    assert changed == ["house"]
    assert await communities_named(graph, question, graph.operator) == ["house"]
