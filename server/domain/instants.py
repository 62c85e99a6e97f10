"""Instants as integers: microseconds since 1970-01-01 UTC, exact and the same on every engine."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FAR = 253_370_764_800 * SECOND
"""The beginning of the year 9999: later than anything that happens."""


def micros(instant: datetime) -> int:
    """Microseconds from the epoch to an aware instant, exact."""
    return (instant - EPOCH) // MICROSECOND


def instant_of(micros_since_epoch: int) -> datetime:
    """The aware UTC instant that `micros_since_epoch` names."""
    return EPOCH + timedelta(microseconds=micros_since_epoch)


def midnight(day: date, zone: ZoneInfo) -> int:
    """When `day` starts in `zone`: the first midnight of two, and of none the instant when clocks go forward."""
    return micros(datetime.combine(day, time(), zone))
