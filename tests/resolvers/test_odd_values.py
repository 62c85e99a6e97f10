"""Values that no honest client sends, in every place of every mutation: refused or cleaned, never a fault of ours."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from tests.resolvers.case import Case
from tests.resolvers.facts import facts
from tests.resolvers.houses import Houses
from tests.resolvers.mutation_cases import CASES

TEXTS = ["\x00", "a\x00b", "\x1b[31m", "\u202e", "\ufeff", "\U0010ffff", "x" * 20_000]
IDS = [
    "",
    "zzz",
    "1",
    "-1",
    "é",
    "\x00",
    urlsafe_b64encode(b"Item:abc").decode(),
    urlsafe_b64encode(b"viewer:\xff").decode(),
]
CODES = {"id_invalid", "request_invalid", "forbidden"}


def changed(given: Any, key: str, value: str) -> Any:
    """An input with one of its texts in another's place."""
    first, _, rest = key.partition(".")
    if isinstance(given, list):
        return [changed(given[0], key, value) if isinstance(given[0], dict) else value]
    return given | {first: changed(given[first], rest, value) if rest else listed(given[first], value)}


def listed(before: Any, value: str) -> Any:
    return [value] if isinstance(before, list) else value


def texts(given: Any, path: str = "") -> Iterator[str]:
    """Where an input has text, as the names that lead there."""
    if isinstance(given, dict):
        for name, value in given.items():
            yield from texts(value, f"{path}.{name}".strip("."))
    elif isinstance(given, list):
        yield from texts(given[0], path)
    elif isinstance(given, str):
        yield path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_no_odd_value_breaks_a_mutation_or_changes_anything_unseen(houses: Houses, case: Case) -> None:
    graph, given = houses.graph, case.given(houses)
    for number, place in enumerate(texts(given)):
        is_id = place.lower().endswith(("communityid", "viewerid", "streamid", "deliveryids"))
        for turn, value in enumerate(IDS if is_id else TEXTS):
            before = await facts(graph)
            asked = changed(given, place, value) | {"idempotencyKey": f"{number} {turn}"}
            answer = await graph.ask(case.document, graph.operator, input=asked)
            codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
            assert codes <= CODES, (place, value[:20], answer)
            assert codes or not is_id, (place, value)
            if codes or "code" in answer["data"][case.name]:
                assert await facts(graph) == before, (place, value[:20])
