"""Local days as spans of real time."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from server.domain.instants import instant_of, midnight
from server.domain.watchtime.values import Micros

_DAY = timedelta(days=1)


def local_day(instant: Micros, zone: ZoneInfo) -> tuple[Micros, Micros]:
    """Return the day of `zone` that `instant` lies in, `[midnight, next midnight)`.

    Where clocks change it lasts as long as it really does. A midnight that happens twice is the first one; a midnight
    that is skipped is the instant of the skip.
    """
    day = instant_of(instant).astimezone(zone).date()
    # Where clocks go back across midnight, an hour of yesterday comes again after today has begun: it is today's.
    if midnight(day + _DAY, zone) <= instant:
        day += _DAY
    return midnight(day, zone), midnight(day + _DAY, zone)
