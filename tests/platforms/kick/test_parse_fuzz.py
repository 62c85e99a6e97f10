import copy
import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from server.events.happening import Happening
from server.platforms.kick.parse import KINDS, broadcaster_id, parse
from server.platforms.kick.values import Unparsable

PAYLOADS = Path(__file__).parents[2] / "payloads/kick"
TOLD_AT = datetime(2026, 10, 3, 23, 30, 1, tzinfo=UTC)
BODIES = {path.stem: path.read_bytes() for path in sorted(PAYLOADS.glob("*--*.json"))}
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")

kinds = st.sampled_from(sorted(KINDS))
names = st.sampled_from(sorted(BODIES))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "2026-10-03T19:20:60Z", "\x00", "pending", "8800011"])
)
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


def outcome(kind: str, body: bytes) -> Happening | Unparsable:
    result: Happening | Unparsable
    try:
        result = parse(kind, body, TOLD_AT)
    except Unparsable as fault:
        result = fault
    assert isinstance(result, Happening) or result.code in {"unknown_kind", "not_json", "wrong_shape"}
    assert isinstance(result, Happening) or len(result.message) < 250
    return result


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in `value` with each of its keys or indices."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)
    elif hasattr(value, "items"):
        for key, item in value.items():
            yield key
            yield from texts(item)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A payload with up to three values replaced, dropped or joined by unknown ones."""
    name = draw(names)
    payload = json.loads(BODIES[name])
    for _ in range(draw(st.integers(min_value=1, max_value=3))):
        container, key = draw(st.sampled_from(list(places(payload))))
        if isinstance(container, dict) and draw(st.booleans()):
            container[draw(st.text())] = draw(values)
        elif draw(st.booleans()):
            container[key] = copy.deepcopy(draw(values))
        else:
            del container[key]
        if not payload:
            break
    return name.partition("--")[0], orjson.dumps(payload)


@given(kinds | st.text(), st.binary())
def test_no_bytes_raise_anything_else(kind: str, body: bytes) -> None:
    outcome(kind, body)
    assert broadcaster_id(body) is None or body


@given(kinds, values)
def test_no_json_raises_anything_else(kind: str, value: Any) -> None:
    body = orjson.dumps(value)
    outcome(kind, body)
    broadcaster_id(body)


@given(mutated())
def test_no_mutated_payload_raises_anything_else_or_smuggles_control_characters(case: tuple[str, bytes]) -> None:
    kind, body = case
    happening = outcome(kind, body)

    if not isinstance(happening, Unparsable):
        assert happening.broadcaster.id == broadcaster_id(body)
        assert not [text for text in texts(happening) if CONTROL_CHARACTERS.search(text)]


@given(kinds, mutated())
def test_no_mutated_payload_raises_anything_else_under_any_type(kind: str, case: tuple[str, bytes]) -> None:
    outcome(kind, case[1])


@given(names, st.data())
def test_no_broken_bytes_raise_anything_else(name: str, data: st.DataObject) -> None:
    body = bytearray(BODIES[name])
    for _ in range(data.draw(st.integers(min_value=1, max_value=4))):
        body[data.draw(st.integers(min_value=0, max_value=len(body) - 1))] = data.draw(st.integers(0, 255))
    del body[data.draw(st.integers(min_value=0, max_value=len(body))) :]

    outcome(name.partition("--")[0], bytes(body))
    broadcaster_id(bytes(body))


def test_the_deepest_nesting_that_json_allows_is_cut() -> None:
    deep = b"[" * 1_000 + b"]" * 1_000
    body = BODIES["channel.followed--plain"].rstrip()[:-1] + b',"deep":' + deep + b"}"

    happening = outcome("channel.followed", body)

    assert isinstance(happening, Happening)
    assert str(happening.extra["deep"]) == "[" * 16 + "None" + "]" * 16
