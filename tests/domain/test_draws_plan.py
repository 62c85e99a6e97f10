"""What a person brings into a draw under caps, and titles that every record can hold."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.domain.draws.plan import draw_title, weight_of
from server.domain.draws.records import read_record
from server.domain.raffle.rules import TicketSource
from tests.domain.drawing import COMMIT

SOURCES = st.sampled_from(sorted(TicketSource))
AMOUNTS = st.dictionaries(SOURCES, st.integers(-300, 300))
CAPS = st.dictionaries(SOURCES, st.integers(0, 200))
STAFF, GIFTS, WATCHED = TicketSource.STAFF, TicketSource.GIFTED_SUB, TicketSource.WATCH_TIME


def test_of_each_source_at_most_its_cap_counts_and_what_staff_takes_comes_off_that() -> None:
    amounts = {GIFTS: 120, WATCHED: 10}
    assert weight_of(amounts, {GIFTS: 40}) == 50
    assert weight_of({**amounts, STAFF: -5}, {GIFTS: 40}) == 45
    assert weight_of({**amounts, STAFF: -60}, {GIFTS: 40}) == 0


@given(AMOUNTS, CAPS, SOURCES, st.integers(0, 300))
def test_taking_lowers_what_counts_by_its_own_number_at_most_and_earning_never_does(
    amounts: Mapping[TicketSource, int], caps: Mapping[TicketSource, int], source: TicketSource, many: int
) -> None:
    before = weight_of(amounts, caps)
    taken = weight_of({**amounts, source: amounts.get(source, 0) - many}, caps)
    earned = weight_of({**amounts, source: amounts.get(source, 0) + many}, caps)
    assert max(0, before - many) <= taken <= before <= earned <= before + many
    assert weight_of(amounts, {}) >= before >= 0, "a cap never adds"


@given(st.text(max_size=300), st.booleans())
def test_every_title_that_is_given_is_one_that_a_record_can_hold(title: str, is_test: bool) -> None:  # noqa: FBT001 - hypothesis calls it
    told: dict[str, Any] = {**COMMIT, "title": draw_title(title, "Raffle 1", is_test=is_test)}
    assert read_record(told)
