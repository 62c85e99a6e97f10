"""The periods of a raffle: half-open spans between local midnights or chosen instants, and their way to a draw."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from server.domain.instants import DAY, HOUR, MINUTE, instant_of, midnight
from server.domain.refusals import Refused

LENGTH_MIN, LENGTH_MAX = HOUR, 366 * DAY
AHEAD_MAX = 366 * DAY
DRAW_AFTER_SETTLEMENT = 30 * MINUTE
ARCHIVED_AFTER = timedelta(days=30)
"""How long after its draw a raffle becomes history: until then it may be drawn again."""

YEAR_MONTHS = 12


class PeriodState(StrEnum):
    """Where a period is on its way.

    Open ones gather tickets; once over they are settling until late events had their time, then frozen: from then on
    nothing in them changes. Drawn ones have winners, archived ones are history.
    """

    OPEN = "open"
    SETTLING = "settling"
    FROZEN = "frozen"
    DRAWN = "drawn"
    ARCHIVED = "archived"


COUNTING = frozenset({PeriodState.OPEN, PeriodState.SETTLING})
"""The states in which entries may still be appended."""


@dataclass(frozen=True, slots=True)
class PeriodSpan:
    """`[starts, ends)` in microseconds."""

    starts: int
    ends: int

    def holds(self, instant: int) -> bool:
        """Whether something at `instant` belongs to it."""
        return self.starts <= instant < self.ends

    def check(self, now: int) -> None:
        """Refuse a span that is no period."""
        if self.ends <= self.starts:
            raise impossible("A raffle ends after it starts.")
        if not LENGTH_MIN <= self.ends - self.starts <= LENGTH_MAX:
            raise impossible("A raffle lasts an hour at least and 366 days at most.")
        if self.ends <= now:
            raise impossible("That end is over already.")
        if self.starts > now + AHEAD_MAX:
            raise impossible("That start is more than 366 days ahead.")

    def overlaps(self, other: "PeriodSpan") -> bool:
        """Whether both have an instant in common."""
        return self.starts < other.ends and other.starts < self.ends


def month_around(instant: int, zone: ZoneInfo) -> PeriodSpan:
    """The month of `zone` that `instant` lies in, from the midnight of its first day to that of the next month's."""
    day = instant_of(instant).astimezone(zone).date().replace(day=1)
    span = PeriodSpan(midnight(day, zone), midnight(month_after(day), zone))
    # Where clocks go back over the border, an hour of the old month comes again after the new one has begun.
    return span if span.holds(instant) else PeriodSpan(span.ends, midnight(month_after(month_after(day)), zone))


def month_after(day: date) -> date:
    """The first day of the month after the one of `day`."""
    years, month = divmod(day.month, YEAR_MONTHS)
    return date(day.year + years, month + 1, 1)


def following(ended: PeriodSpan, zone: ZoneInfo) -> PeriodSpan:
    """The period after one that renews itself: until the end of the month that its end lies in, without a gap."""
    month = month_around(ended.ends, zone)
    if month.ends - ended.ends < DAY:
        month = month_around(month.ends, zone)
    return PeriodSpan(ended.ends, month.ends)


def draw_time(ends: int, settlement_h: int) -> int:
    """When a period that ends at `ends` is drawn."""
    return ends + settlement_h * HOUR + DRAW_AFTER_SETTLEMENT


def impossible(sentence: str) -> Refused:
    """The refusal of dates."""
    return Refused("raffle_dates_impossible", sentence, "Choose other dates.")
