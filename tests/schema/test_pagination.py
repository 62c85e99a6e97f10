"""Pages and their cursors."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.schema.pagination import Order, UnusablePage, checked_first, page_of

NEWEST = Order("stream", int, int)
BY_SLUG = Order("community", str)
whole = st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1)


@given(whole, whole)
def test_a_cursor_leads_back_to_its_key(one: int, other: int) -> None:
    assert NEWEST.key(NEWEST.cursor(one, other)) == (one, other)


@given(st.text(max_size=40, alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_key_may_be_text(slug: str) -> None:
    cursor = BY_SLUG.cursor(slug)
    if len(cursor) <= 200:
        assert BY_SLUG.key(cursor) == (slug,)


def test_no_cursor_is_the_beginning() -> None:
    assert NEWEST.key(None) is None


@given(st.text(max_size=300))
def test_other_text_is_refused_and_never_breaks_anything(text: str) -> None:
    with pytest.raises(UnusablePage) as refused:
        NEWEST.key(text)
    assert refused.value.extensions["code"] == "cursor_invalid"


@pytest.mark.parametrize(
    "cursor",
    [
        Order("standing", int, int).cursor(1, 2),
        Order("stream", int).cursor(1),
        Order("stream", int, str).cursor(1, "2"),
        Order("stream", int, int).cursor(1, 2**63),
        Order("stream", int, int).cursor(1, True),
        Order("stream", int, int).cursor(1, 2) + "=",
    ],
)
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(UnusablePage):
        NEWEST.key(cursor)


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1])
def test_a_page_has_a_size(first: int) -> None:
    with pytest.raises(UnusablePage) as refused:
        checked_first(first)
    assert refused.value.extensions["code"] == "page_size_invalid"
    assert [checked_first(size) for size in (1, 100)] == [1, 100]


@pytest.mark.parametrize(
    ("rows", "shown", "more"), [([], [], False), ([1, 2], [1, 2], False), ([1, 2, 3], [1, 2], True)]
)
def test_one_row_too_many_says_that_more_follow(rows: list[int], shown: list[int], *, more: bool) -> None:
    async def count() -> int:
        return 0

    page: Any = page_of(rows, 2, node=lambda row: row, cursor=str, count=count)
    assert [edge.node for edge in page.edges] == shown
    assert page.page_info.has_next_page is more
    assert page.page_info.end_cursor == (str(shown[-1]) if shown else None)
