"""A correction of a viewer belongs to his accounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.watchtime.shares import shares

WORTH = st.dictionaries(st.integers(1, 9), st.integers(-50, 100), min_size=1, max_size=5)


def test_what_is_added_goes_to_the_first() -> None:
    assert shares(30, [7, 3], {3: 100, 7: 0}) == {7: 30}


def test_what_is_taken_is_taken_from_each_no_more_than_it_has() -> None:
    assert shares(-30, [7, 3, 5], {7: 10, 3: -5, 5: 40}) == {7: -10, 5: -20}
    assert shares(-10, [7, 3], {7: 10, 3: 10}) == {7: -10}


def test_more_than_all_have_cannot_be_taken() -> None:
    with pytest.raises(ValueError, match="More is taken"):
        shares(-31, [7, 3], {7: 10, 3: 20})


@given(WORTH, st.data())
def test_a_removal_is_split_without_a_remainder_and_leaves_nobody_below_nothing(
    worth: dict[int, int], data: st.DataObject
) -> None:
    most = sum(max(one, 0) for one in worth.values())
    amount = -data.draw(st.integers(0, most))
    order = data.draw(st.permutations(sorted(worth)))
    split = shares(amount, order, worth)
    assert sum(split.values()) == amount
    if amount:
        assert all(part < 0 <= worth[account] + part for account, part in split.items())
