"""Opaque ids lead back to what they were made for, and nothing else is one."""

from base64 import urlsafe_b64encode
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.schema.ids import NUMBER_MAX, Kind, UnknownId, id_of, number_of

KINDS = get_args(Kind)
numbers = st.integers(min_value=1, max_value=NUMBER_MAX)


@given(kind=st.sampled_from(KINDS), number=numbers)
def test_an_id_leads_back(kind: Kind, number: int) -> None:
    assert number_of(kind, id_of(kind, number)) == number


@given(kinds=st.permutations(KINDS), number=numbers)
def test_the_id_of_one_thing_is_not_that_of_another(kinds: list[Kind], number: int) -> None:
    with pytest.raises(UnknownId):
        number_of(kinds[0], id_of(kinds[1], number))


@given(st.text())
def test_other_text_is_refused_and_never_breaks_anything(text: str) -> None:
    with pytest.raises(UnknownId) as refused:
        number_of("viewer", text)
    assert refused.value.extensions["code"] == "id_invalid"


@pytest.mark.parametrize("text", ["viewer:0", "viewer:-1", "viewer:01", "viewer:1.0", "viewer:9223372036854775808"])
def test_a_number_that_no_row_has_is_refused(text: str) -> None:
    with pytest.raises(UnknownId):
        number_of("viewer", urlsafe_b64encode(text.encode()).decode().rstrip("="))


def test_a_second_spelling_of_an_id_is_refused() -> None:
    with pytest.raises(UnknownId):
        number_of("viewer", id_of("viewer", 5) + "=")
