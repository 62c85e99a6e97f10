"""Months of a raffle leave no gap in any zone, and what is shared out adds up however a sum is split."""

import time
from datetime import UTC, datetime
from fractions import Fraction
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.instants import DAY, micros
from server.domain.raffle.periods import PeriodSpan, following, month_around
from server.domain.raffle.rules import BY_RATE, MICRO_USD, RaffleRules, TicketSource
from server.domain.raffle.shares import shares
from server.domain.wagers import amount_of

ZONES = ["UTC", "Europe/Stockholm", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12", "America/Santiago"]
INSTANTS = st.integers(micros(datetime(2020, 1, 1, tzinfo=UTC)), micros(datetime(2030, 1, 1, tzinfo=UTC)))


@given(INSTANTS, st.sampled_from(ZONES))
def test_months_follow_upon_each_other_without_a_gap(instant: int, zone: str) -> None:
    local = ZoneInfo(zone)
    month = month_around(instant, local)
    assert month.holds(instant)
    assert not month.holds(month.ends)
    following_month = month_around(month.ends, local)
    assert following_month.starts == month.ends
    assert month_around(month.ends - 1, local) == month
    assert month_around(month.starts, local) == month
    assert datetime.fromtimestamp(month.ends // 1_000_000, local).day == 1


@given(INSTANTS, st.integers(DAY, 40 * DAY), st.sampled_from(ZONES))
def test_a_renewed_raffle_begins_where_the_last_one_ended_and_ends_with_a_month(
    starts: int, length: int, zone: str
) -> None:
    local = ZoneInfo(zone)
    ended = PeriodSpan(starts, starts + length)
    renewed = following(ended, local)
    assert renewed.starts == ended.ends
    assert not renewed.overlaps(ended)
    assert DAY <= renewed.ends - renewed.starts <= 33 * DAY
    assert month_around(renewed.ends, local).starts == renewed.ends


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def test_the_zone_of_the_machine_changes_nothing(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        span = month_around(micros(datetime(2026, 10, 31, 23, 30, tzinfo=UTC)), ZoneInfo("Europe/Stockholm"))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert span.starts == micros(datetime(2026, 10, 31, 23, tzinfo=UTC))
    assert span.ends == micros(datetime(2026, 11, 30, 23, tzinfo=UTC))


@given(
    st.lists(st.integers(0, 10**13), min_size=1, max_size=8),
    st.integers(0, 100_000),
    st.sampled_from(sorted(BY_RATE)),
)
def test_shares_add_up_to_what_the_whole_sum_gives(sums: list[int], rate: int, source: TicketSource) -> None:
    exact = RaffleRules(watch_time=rate, wager=rate, kicks=rate).rate(source)
    given_out = shares(sums, exact)
    assert sum(given_out) == int(sum(sums) * exact)
    assert min(given_out) >= 0


def test_tenths_of_a_dollar_are_exact() -> None:
    """Three times 0.1 is 0.3, where floats make 0.30000000000000004 of it."""
    tenth = MICRO_USD // 10
    assert shares([tenth] * 3, Fraction(10, 3 * MICRO_USD)) == [0, 0, 1]
    assert sum(shares([tenth] * 10_000, RaffleRules(wager=20).rate(TicketSource.WAGER))) == 20


def test_a_million_random_parts_of_a_total_give_what_the_total_gives() -> None:
    """Each part is told in dollars, to the last micro-dollar."""
    chance, many = Random(19), 1_000_000
    parts = [chance.randrange(10 * MICRO_USD) for _ in range(many)]
    told = [amount_of(f"{part // MICRO_USD}.{part % MICRO_USD:06}") for part in parts]
    assert told == parts
    rate = Fraction(20, 1_000 * MICRO_USD)
    assert sum(shares(parts, rate)) == sum(shares([sum(parts)], rate)) == sum(parts) * 20 // (1_000 * MICRO_USD)
