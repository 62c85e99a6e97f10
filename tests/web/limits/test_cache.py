"""What is remembered of documents: within bounds, never mixed up, and not driven out by nonsense."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.resolvers.root import build_schema
from server.web.graphql import preparation as preparation_module
from server.web.graphql.cache import Cache
from server.web.graphql.preparation import Preparation, Prepared, Rejected

CORE = build_schema()._schema
ME = "{ me { kind } }"
WRONG = "{ me { knd } }"


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 120), st.booleans())))
def test_a_cache_holds_no_more_than_it_may_and_only_what_was_put_in(
    steps: list[tuple[int, int, bool]],
) -> None:
    cache: Cache[int, str] = Cache(500)
    last: dict[int, str] = {}
    for number, (key, size, is_read) in enumerate(steps):
        if is_read:
            assert cache.get(key) in {None, last.get(key)}
        elif cache.get(key) is None:
            last[key] = f"value {number}"
            cache.put(key, last[key], size)
        assert cache.size <= 500


def test_a_flood_of_new_entries_drives_out_nothing_that_is_used() -> None:
    cache: Cache[int, str] = Cache(1_000)
    cache.put(0, "friend", 100)
    assert cache.get(0) == "friend"
    for number in range(1, 10_000):
        cache.put(number, "stranger", 50)
    assert cache.get(0) == "friend"
    assert len(cache) <= 5
    cache.put(1, "too large for the place of new ones", 900)
    assert cache.get(1) is None


def test_a_document_is_parsed_and_validated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    preparation = Preparation(CORE)
    made = preparation.made(ME, is_stranger=False)
    wrong = preparation.made(WRONG, is_stranger=False)

    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(preparation_module, "validate", never)
    monkeypatch.setattr(preparation_module, "Parser", never)
    assert preparation.known(ME, is_stranger=False) is made
    assert preparation.known(WRONG, is_stranger=False) is wrong
    assert preparation.known(ME + " ", is_stranger=False) is None


def test_what_a_token_may_see_is_not_told_to_strangers_from_memory() -> None:
    preparation, schema = Preparation(CORE), "{ __schema { queryType { name } } }"
    assert isinstance(preparation.made(schema, is_stranger=False), Prepared)
    assert preparation.known(schema, is_stranger=True) is None
    assert isinstance(preparation.made(schema, is_stranger=True), Rejected)
    assert isinstance(preparation.known(schema, is_stranger=False), Prepared)
    hint = preparation.made(WRONG, is_stranger=False)
    assert isinstance(hint, Rejected)
    assert "Did you mean" in hint.errors[0].message
    bare = preparation.made(WRONG, is_stranger=True)
    assert isinstance(bare, Rejected)
    assert "Did you mean" not in bare.errors[0].message


def test_what_is_rejected_is_kept_small_apart_and_without_its_text() -> None:
    preparation = Preparation(CORE, accepted_bytes_max=100_000, rejected_bytes_max=10_000)
    for _ in range(2):
        preparation.known(ME, is_stranger=False) or preparation.made(ME, is_stranger=False)
    for number in range(200):
        text = f"{{ wrong{number} " + "wrong " * 10 + "}"
        rejected = preparation.made(text, is_stranger=False)
        assert isinstance(rejected, Rejected)
        assert all(error.nodes is None and error.source is None for error in rejected.errors)
    assert preparation.rejected.size <= 10_000
    assert preparation.known(ME, is_stranger=False) is not None


def test_documents_that_differ_every_time_fill_no_more_than_their_place() -> None:
    preparation = Preparation(CORE, accepted_bytes_max=200_000)
    for number in range(100):
        preparation.made(f"{{ me {{ kind }} }} # {number}", is_stranger=False)
    assert preparation.accepted.size <= 200_000 * 0.2


def test_an_error_of_a_rejected_document_keeps_its_place_and_is_not_endless() -> None:
    [error] = preparation_errors("{ me { " + "a" * 5_000 + " } }")
    assert error.locations
    assert len(error.message) <= preparation_module.ERROR_LENGTH_MAX
    assert len(preparation_errors("{ me {" + " ".join(f"wrong{number}" for number in range(100)) + "} }")) <= 21


def preparation_errors(text: str) -> tuple[Any, ...]:
    rejected = Preparation(CORE).made(text, is_stranger=False)
    assert isinstance(rejected, Rejected)
    return rejected.errors
