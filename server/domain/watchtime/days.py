"""Local days as spans of real time."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from server.domain.instants import instant_of, midnight
from server.domain.watchtime.values import Micros

_DAY = timedelta(days=1)


def local_day(instant: Micros, zone: ZoneInfo) -> tuple[Micros, Micros]:
    """Return the day of `zone` that `instant` lies in, `[midnight, next midnight)`.

    Where clocks change it lasts as long as it really does. A midnight that happens twice is the first one; a midnight
    that is skipped is the instant of the skip.
    """
    day = local_date(instant, zone)
    return midnight(day, zone), midnight(day + _DAY, zone)


def local_date(instant: Micros, zone: ZoneInfo) -> date:
    """Return the date of the local day that `instant` lies in."""
    day = instant_of(instant).astimezone(zone).date()
    # Where clocks go back across midnight, an hour of yesterday comes again after today has begun: it is today's.
    return day + _DAY if midnight(day + _DAY, zone) <= instant else day


def days_until(instant: Micros, zone: ZoneInfo, count: int) -> list[date]:
    """Return so many local dates, the last of which is that of `instant`."""
    today = local_date(instant, zone)
    return [today - back * _DAY for back in reversed(range(count))]
