from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.instants import HOUR, MINUTE, micros
from server.domain.watchtime.days import local_day
from server.domain.watchtime.values import Live, RuleBook, Rules, settle_lives

lives_told = st.lists(
    st.builds(
        Live,
        stream=st.integers(1, 4),
        channel=st.integers(1, 2),
        starts=st.integers(0, 20),
        ends=st.none() | st.integers(0, 25),
    ),
    max_size=8,
)


def test_a_stream_ends_when_the_next_of_its_channel_starts() -> None:
    told = [Live(1, 7, 10), Live(2, 7, 20, 25), Live(3, 7, 30), Live(4, 8, 15), Live(5, 7, 12, 50)]
    assert settle_lives(told) == [
        Live(1, 7, 10, 12),
        Live(5, 7, 12, 20),
        Live(2, 7, 20, 25),
        Live(3, 7, 30),
        Live(4, 8, 15),
    ]


def test_a_stream_that_lasted_no_time_is_left_out() -> None:
    assert settle_lives([Live(1, 7, 10, 10), Live(2, 7, 30, 20), Live(3, 7, 40), Live(4, 7, 40)]) == [Live(4, 7, 40)]


@given(lives_told, st.data())
def test_streams_settle_the_same_in_whatever_order_they_are_told(told: list[Live], data: st.DataObject) -> None:
    assert settle_lives(data.draw(st.permutations([*told, *told]))) == settle_lives(told)


@given(lives_told)
def test_settled_streams_of_a_channel_do_not_overlap_and_stay_as_they_are(told: list[Live]) -> None:
    settled = settle_lives(told)
    assert settle_lives(settled) == settled
    assert all(live.starts < live.until for live in settled)
    for earlier, later in pairwise(settled):
        assert earlier.channel < later.channel or earlier.until <= later.starts


def test_the_rules_in_force_are_the_newest_that_have_begun_and_before_all_the_first() -> None:
    first, second, third = Rules(), Rules(window=MINUTE), Rules(tracking=False)
    book = RuleBook(((100, first), (200, second), (300, third)))
    in_force = {99: first, 100: first, 199: first, 200: second, 299: second, 300: third, 999: third}
    assert {at: book.at(at) for at in in_force} == in_force
    assert book.longest_window == 5 * MINUTE


def test_a_rule_book_without_versions_or_out_of_order_is_an_error() -> None:
    for versions in ((), ((5, Rules()), (5, Rules())), ((6, Rules()), (5, Rules()))):
        with pytest.raises(ValueError, match="version"):
            RuleBook(versions)


@pytest.mark.parametrize(
    "wrong", [{"window": 0}, {"repeats": -1}, {"repeats": 6}, {"quorum": 0}, {"daily_cap": -1}], ids=str
)
def test_rules_without_meaning_are_an_error(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=str(next(iter(wrong.values())))):
        Rules(**wrong)


def utc(text: str) -> int:
    return micros(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("zone", "instant", "starts", "hours"),
    [
        ("Europe/Stockholm", "2026-03-29T12:00", "2026-03-28T23:00", 23),
        ("Europe/Stockholm", "2026-10-25T12:00", "2026-10-24T22:00", 25),
        ("Europe/Stockholm", "2026-10-25T23:00", "2026-10-25T23:00", 24),
        ("Pacific/Kiritimati", "2026-06-01T10:00", "2026-06-01T10:00", 24),
        # Midnight is skipped: the day begins at one o'clock.
        ("Africa/Cairo", "2026-04-24T12:00", "2026-04-23T22:00", 23),
        # Midnight comes twice: the day begins with the first.
        ("America/Havana", "2026-11-01T04:30", "2026-11-01T04:00", 25),
        # A minute into the day clocks go back to yesterday's last hour, which stays with the day that had begun.
        ("America/St_Johns", "2006-10-29T03:00", "2006-10-29T02:30", 25),
    ],
)
def test_a_local_day_lasts_from_midnight_to_midnight(zone: str, instant: str, starts: str, hours: int) -> None:
    assert local_day(utc(instant), ZoneInfo(zone)) == (utc(starts), utc(starts) + hours * HOUR)


@given(
    st.sampled_from(["Europe/Stockholm", "America/St_Johns", "America/Havana", "Pacific/Apia", "Australia/Lord_Howe"]),
    st.integers(utc("1987-01-01T00:00"), utc("2037-01-01T00:00")),
)
def test_local_days_follow_each_other_without_gap_or_overlap(zone: str, instant: int) -> None:
    starts, ends = local_day(instant, ZoneInfo(zone))
    assert starts <= instant < ends
    assert local_day(starts, ZoneInfo(zone)) == local_day(ends - 1, ZoneInfo(zone)) == (starts, ends)
    assert local_day(ends, ZoneInfo(zone))[0] == ends
