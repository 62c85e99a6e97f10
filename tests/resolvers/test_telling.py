"""What went wrong is told to its maker without the inside, and written down without what he sent."""

import asyncio
import logging
from typing import Any

import pytest
import structlog

from server.schema.ids import id_of
from server.store import feed, leaderboards
from tests.graph import Graph, Socket

HIDDEN = "opensesame"
SENT = [
    ("a syntax error", '{ community(slug: "opensesame") { id ', {}),
    ("a mistake", '{ community(slug: "opensesame") { opensesame } }', {}),
    ("a limit", "{ opensesame: me { kind } " + "me { kind } " * 20 + "}", {}),
    ("two operations", 'query a { community(slug: "opensesame") { id } } query b { me { kind } }', {}),
    ("a variable", "query ($n: Int!) { communities(first: $n) { totalCount } }", {"n": "opensesame"}),
    ("a variable of the wrong kind", "query ($s: String!) { community(slug: $s) { id } }", {"s": ["opensesame"]}),
    ("an id", '{ community(slug: "house") { viewer(id: "opensesame") { id } } }', {}),
    ("a cursor", '{ communities(first: 1, after: "opensesame") { totalCount } }', {}),
    ("what works", "query ($s: String!) { community(slug: $s) { id } }", {"s": "opensesame"}),
]
FEED = 'subscription ($c: ID!) { feed(communityId: $c, after: "0") { cursor } }'
BOARD = "subscription ($c: ID!) { leaderboardChanged(communityId: $c, first: 3) { at } }"


async def broken(*_: Any, **__: Any) -> None:
    await asyncio.sleep(0)
    raise RuntimeError(HIDDEN)


@pytest.mark.parametrize(("document", "variables"), [one[1:] for one in SENT], ids=[one[0] for one in SENT])
async def test_no_line_of_the_log_holds_what_a_caller_sent(
    graph: Graph, caplog: pytest.LogCaptureFixture, document: str, variables: dict[str, Any]
) -> None:
    """Neither over HTTP nor over a socket, and no library's own line either."""
    await graph.live.community()
    caplog.set_level(logging.INFO)
    with structlog.testing.capture_logs() as lines:
        await graph.ask(document, graph.operator, **variables)
        socket = await Socket(graph).open(graph.operator)
        await socket.heard()
        await socket.subscribe(document, **variables)
        assert (await socket.heard())["type"] in {"next", "error"}
        await socket.frames.close()
    written = str(lines) + caplog.text
    assert HIDDEN not in written
    assert not any(line["log_level"] == "error" for line in lines)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("part", ["feed", "board", "query"])
async def test_what_breaks_under_a_socket_shows_nothing_and_ends_nothing_else(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    community = id_of("community", await graph.live.community())
    socket = await Socket(graph).open(graph.operator)
    await socket.heard()
    with monkeypatch.context() as patch:
        for module, name in ((feed, "read"), (leaderboards, "below"), (leaderboards, "size")):
            patch.setattr(module, name, broken)
        query = '{ community(slug: "house") { leaderboard(first: 1) { totalCount } } }'
        with structlog.testing.capture_logs() as lines:
            if part == "query":
                await socket.subscribe(query, "bad")
            else:
                await socket.subscribe({"feed": FEED, "board": BOARD}[part], "bad", c=community)
            told = [await socket.heard()]
            if told[0]["type"] == "next":
                told.append(await socket.heard())
    errors = told[0]["payload"]["errors"] if told[0]["type"] == "next" else told[0]["payload"]
    assert [error["extensions"]["code"] for error in errors] == ["internal"]
    assert HIDDEN not in str(told)
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["graphql.failed"]
    assert not [record for record in caplog.records if record.name.startswith("strawberry")], "it is written once"
    await socket.subscribe("{ me { kind } }", "good")
    assert (await socket.event()) == {"kind": "OPERATOR"}
    await socket.frames.close()
