"""Totals become gains by what they come to, not by how they were told."""

from collections.abc import Sequence
from itertools import accumulate
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.instants import MINUTE
from server.domain.refusals import Refused
from server.domain.wagers import (
    LOWER_FOR,
    NAMES_MAX,
    Row,
    Series,
    Total,
    amount_of,
    codes_of,
    is_plausible,
    pause_after,
    totals_of,
)

TOTALS = st.integers(min_value=0, max_value=10**15)


def gained(totals: Sequence[int], *, every: int = 2 * MINUTE) -> int:
    """What a series of polls gained after the first, which it begins with."""
    series, sum_of = Series(totals[0]), 0
    for place, total in enumerate(totals[1:], 1):
        series, gain = series.seen(total, place * every)
        sum_of += gain
    return sum_of


@given(TOTALS, st.lists(st.integers(min_value=0, max_value=10**12), max_size=50))
def test_a_rise_gains_the_same_however_it_is_split(first: int, steps: list[int]) -> None:
    totals = list(accumulate(steps, initial=first))
    assert gained(totals) == gained([first, totals[-1]]) == totals[-1] - first


@given(st.lists(TOTALS, min_size=1, max_size=9))
def test_a_dip_never_lowers_and_its_end_gains_nothing_twice(totals: list[int]) -> None:
    """Nine polls of two minutes are too few for a correction."""
    assert gained(totals) == max(totals) - totals[0]


@given(st.integers(min_value=1, max_value=10**12), st.integers(min_value=3, max_value=6))
def test_a_fall_that_lasts_is_a_correction_and_a_return_undoes_it(loss: int, polls: int) -> None:
    high = 10**12
    assert gained([high] + [high - loss] * polls, every=LOWER_FOR // 2) == -loss
    assert gained([high] + [high - loss] * polls + [high], every=LOWER_FOR // 2) == 0


def test_three_polls_within_a_few_minutes_and_two_over_hours_are_no_correction() -> None:
    assert gained([100, 50, 50, 50]) == 0
    assert gained([100, 50, 50], every=LOWER_FOR) == 0


def test_a_total_that_goes_on_falling_is_no_correction_yet() -> None:
    assert gained([100, 50, 49, 48, 47], every=LOWER_FOR) == 0


@given(st.lists(st.tuples(st.sampled_from(["Ann", "ANN", "bo", "Bo "]), TOTALS), max_size=20), st.randoms())
def test_the_order_of_rows_does_not_matter(told: list[tuple[str, int]], random: Random) -> None:
    rows = [Row(name.strip().casefold(), name, "CODE", amount) for name, amount in told]
    shuffled = list(rows)
    random.shuffle(shuffled)
    amounts = [
        {key: total.micro_usd for key, total in totals_of(some, frozenset({"code"})).items()}
        for some in (rows, shuffled)
    ]
    assert amounts[0] == amounts[1]
    assert all(amount == max(row.micro_usd for row in rows if row.key == key) for key, amount in amounts[0].items())


def test_only_rows_of_the_named_codes_count_and_any_where_none_is_named() -> None:
    rows = [Row("a", "a", "HOUSE", 1), Row("b", "b", "other", 2), Row("c", "c", None, 3)]
    assert set(totals_of(rows, frozenset({"house"}))) == {"a"}
    assert set(totals_of(rows, frozenset())) == {"a", "b", "c"}


def test_too_many_names_are_refused() -> None:
    with pytest.raises(Refused):
        totals_of([Row(str(one), "x", None, 1) for one in range(NAMES_MAX + 1)], frozenset())


def test_an_answer_that_lost_most_of_the_last_one_is_not_plausible() -> None:
    totals = {"a": Total("a", 10), "b": Total("b", 5)}
    assert is_plausible({}, 0, totals)
    assert is_plausible({"a": 10, "b": 6}, 0, totals)
    assert not is_plausible({"a": 10, "b": 6}, 1, totals)
    assert not is_plausible({}, 3, {})


@pytest.mark.parametrize(("told", "micro"), [(0, 0), ("0.1", 100_000), ("116301.04286432", 116_301_042_864)])
def test_amounts_are_whole_micro_dollars(told: object, micro: int) -> None:
    assert amount_of(told) == micro


@pytest.mark.parametrize("told", [None, True, -1, "", "1e3", " 1", "1,5", 10**12, "٣", 0.5])
def test_what_is_no_exact_amount_is_none(told: object) -> None:
    assert amount_of(told) is None


def test_codes_are_compared_without_case_and_unusable_ones_refused() -> None:
    assert codes_of([" House ", "HOUSE", "b"]) == {"house", "b"}
    for unfit in (["a,b"], [" "], ["x" * 51], [str(one) for one in range(21)]):
        with pytest.raises(Refused):
            codes_of(unfit)


@given(st.integers(min_value=0, max_value=100), st.floats(min_value=0, max_value=1))
def test_a_feed_is_asked_every_two_minutes_at_most(failures: int, jitter: float) -> None:
    assert 2 * MINUTE <= pause_after(failures, jitter) <= 72 * MINUTE
