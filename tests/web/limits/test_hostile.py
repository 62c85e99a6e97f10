"""Documents made to hurt, over HTTP and a socket alike: each is refused by name, at once, and nobody else notices."""

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from tests.graph import Graph, Socket
from tests.web.limits.test_limits import ME, TOO_MUCH, fragments, repeated

# Counted in calls of functions, which are the same on a busy machine and an idle one: far beyond what a refusal takes,
# far below what carrying one of these out would.
CALLS_MAX = 100_000
ERRORS_MAX = 21


def chained(many: int, each: str) -> str:
    """An operation that spreads `many` fragments, each the next one wherever `each` has a sign for its number."""
    chain = "".join(f"fragment f{n} on __Type {{ {each.replace('#', str(n + 1))} }} " for n in range(many))
    return f'{{ __type(name: "Me") {{ ...f0 }} }} {chain} fragment f{many} on __Type {{ name }}'


HOSTILE: Mapping[str, tuple[str, str]] = TOO_MUCH | {
    "a bomb of 40 fragments and names": (fragments(40, "a{0}: kind ...f{0} ...f{0}"), "repeats_exceeded"),
    "a bomb of other names each time": (chained(12, "a: ofType { ...f# } b: ofType { ...f# }"), "aliases_exceeded"),
    "a bomb of other fields each time": (
        chained(12, "ofType { ...f# } possibleTypes { ...f# } interfaces { ...f# }"),
        "fields_exceeded",
    ),
    "a thousand aliases": ("{" + repeated(1_000, "a#:x ") + "}", "tokens_exceeded"),
    "two hundred aliases": ("{" + repeated(200, "a#:__typename ") + "}", "aliases_exceeded"),
    "600 levels of one name": ("{a" * 600 + "}" * 600, "depth_exceeded"),
    "199 levels of one name": ("{a" * 199 + "}" * 199, "depth_exceeded"),
    "one key 240 times": ("{" + "me{kind}" * 240 + "}", "repeats_exceeded"),
    "lists of lists": (
        "{ communities(first: 100) { nodes { streams(first: 100) { nodes { channel { name } } } } } }",
        "cost_exceeded",
    ),
    "lists of lists in fragments": (
        "{ communities(first: 99) { nodes { ...s } } } fragment s on Community { streams(first: 99) { nodes { id } } }",
        "cost_exceeded",
    ),
    "a list as long as it likes": ("{ communities(first: 2147483648) { nodes { id } } }", "request_invalid"),
    "an unknown fragment": ("{ me { kind ...nope } }", "request_invalid"),
    "a fragment in itself": ("{ me { ...f } } fragment f on Me { kind ...f }", "request_invalid"),
    "fragments in each other": (
        "{ me { ...f } } fragment f on Me { ...g } fragment g on Me { ...f }",
        "request_invalid",
    ),
    "an unused fragment in itself": (ME + " fragment f on Me { ...f }", "request_invalid"),
    "many operations": (repeated(150, "query q# { me { kind } } "), "tokens_exceeded"),
    "many mistakes": ("{ me {" + repeated(200, "wrong# ") + "} }", "request_invalid"),
    "many variables": ("query (" + repeated(240, "$v#: Int ") + ") { me { kind } }", "request_invalid"),
    "an endless text": ('{ community(slug: "' + "x" * 15_000 + '") { id } }', "characters_exceeded"),
    "an endless number": ("{ communities(first: " + "9" * 14_000 + ") { totalCount } }", "request_invalid"),
}


async def over_http(graph: Graph, text: str, token: str | None) -> list[dict[str, Any]]:
    answer = await graph.ask(text, token)
    assert "data" not in answer, answer
    return answer["errors"]


async def over_socket(socket: Socket, text: str) -> list[dict[str, Any]]:
    await socket.subscribe(text, "bad")
    told = await socket.heard()
    assert (told["id"], told["type"]) == ("bad", "error"), told
    return told["payload"]


@contextmanager
def few_calls(name: str) -> Generator[None]:
    """Refuses a turn in which this thread, which is the server's and the client's, calls too many functions."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)
    assert calls < CALLS_MAX, f"{name} took {calls} calls"


def check(name: str, errors: list[dict[str, Any]]) -> None:
    """The errors of a hostile document are few, short, and name what is wrong with it."""
    assert {error["extensions"]["code"] for error in errors} == {HOSTILE[name][1]}, name
    assert len(errors) <= ERRORS_MAX, name
    assert all(len(error["message"]) <= 600 for error in errors), name


@pytest.mark.parametrize("is_stranger", [False, True], ids=["with a token", "a stranger"])
async def test_every_hostile_document_is_refused_by_name_and_at_once(graph: Graph, *, is_stranger: bool) -> None:
    token = None if is_stranger else graph.operator
    socket = await Socket(graph).open(token)
    assert await socket.heard() == {"type": "connection_ack"}
    for name, (text, _) in HOSTILE.items():
        for turn in range(2):
            with few_calls(name):
                check(name, await over_http(graph, text + turn * " ", token))
                check(name, await over_socket(socket, text + turn * " "))
    assert "errors" not in await graph.ask(ME, token)
    await socket.subscribe(ME)
    assert (await socket.heard())["type"] == "next"
    await socket.frames.close()
