"""Reads durations and dates as people write them, in English, in German, or as ISO 8601 has them."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SPAN_MAX = timedelta(days=366)
TEXT_MAX = 60
UNITS: Mapping[str, timedelta] = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "t": timedelta(days=1),
    "h": timedelta(hours=1),
    "std": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
WEEKDAYS: Sequence[frozenset[str]] = (
    frozenset({"monday", "mon", "montag"}),
    frozenset({"tuesday", "tue", "dienstag"}),
    frozenset({"wednesday", "wed", "mittwoch"}),
    frozenset({"thursday", "thu", "donnerstag"}),
    frozenset({"friday", "fri", "freitag"}),
    frozenset({"saturday", "sat", "samstag"}),
    frozenset({"sunday", "sun", "sonntag"}),
)
DAYS_AHEAD: Mapping[str, int] = {"today": 0, "heute": 0, "tomorrow": 1, "morgen": 1}
NEXT = frozenset({"next", "nächsten", "nächster"})

SPAN = re.compile(r"(?:\d{1,5}\s*(?:std|min|[wdthms])\s*)+", re.ASCII)
PART = re.compile(r"(\d{1,5})\s*(std|min|[wdthms])", re.ASCII)
ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
WITH_OFFSET = re.compile(r"(\d{4}-\d{2}-\d{2})[t ](\d{2}:\d{2}(?::\d{2})?)\s?(z|[+-]\d{2}:?\d{2})", re.ASCII)


def span(text: str) -> timedelta | None:
    """A duration such as `90m`, `2h`, `1h30m` or `3d`; None for none, for nothing, and for more than a year."""
    found = text.strip().lower()
    if len(found) > TEXT_MAX or SPAN.fullmatch(found) is None:
        return None
    parts: list[tuple[str, str]] = PART.findall(found)
    whole = sum((int(many) * UNITS[unit] for many, unit in parts), timedelta())
    return whole if timedelta() < whole <= SPAN_MAX else None


def instant(text: str, now: datetime, zone: ZoneInfo, *, is_end: bool = False) -> datetime | None:
    """A moment such as `2h` (from now), `20:00` (the next time), `tomorrow 20:00`, `next monday` or `2030-08-01 20:00`.

    A day without a time begins at midnight in the zone; as an end it is meant whole, so that is its last midnight. An
    hour that a change of clocks leaves out is the one after it, one that comes twice is the first. None for what is no
    moment.
    """
    found = text.strip().lower()
    if len(found) > TEXT_MAX:
        return None
    away, exact = span(found), WITH_OFFSET.fullmatch(found)
    if away is not None:
        return now + away
    # A space or a T stands between day and time; a T within a word is none.
    words = re.sub(r"(?<=\d)t(?=\d)", " ", found).split()
    return _local(words, now.astimezone(zone), is_end=is_end) if exact is None else _exact(exact)


def _local(words: Sequence[str], here: datetime, *, is_end: bool) -> datetime | None:
    """A day, a time, or both, where it is `here` now."""
    clock = _clock(words[-1]) if words else None
    if clock is not None:
        words = words[:-1]
    if clock is not None and not words:
        today = _at(here.date(), clock, here)
        return today if today is not None and today > here else _at(_following(here.date()), clock, here)
    day = _day(words, here.date())
    if day is None:
        return None
    return _at(_following(day), time(), here) if is_end and clock is None else _at(day, clock or time(), here)


def _exact(found: re.Match[str]) -> datetime | None:
    try:
        told = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3].upper()}")
        return told.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _clock(word: str) -> time | None:
    found = CLOCK.fullmatch(word)
    try:
        return None if found is None else time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        return None


def _day(words: Sequence[str], today: date) -> date | None:
    """The day that words name; None for none."""
    if len(words) > 1 and words[0] in NEXT:
        words = words[1:]
    if len(words) != 1:
        return None
    [word] = words
    if word in DAYS_AHEAD:
        return today + timedelta(days=DAYS_AHEAD[word])
    for number, names in enumerate(WEEKDAYS):
        if word in names:
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    iso, german = ISO_DAY.fullmatch(word), GERMAN_DAY.fullmatch(word)
    try:
        if iso is not None:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        return None if german is None else date(int(german[3]), int(german[2]), int(german[1]))
    except ValueError:
        return None


def _following(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)


def _at(day: date, clock: time, here: datetime) -> datetime | None:
    """The instant at which clocks show this in the zone of `here`; None beyond what a calendar holds."""
    try:
        # An hour that is left out has the offset from before the change, so it comes out later by as much.
        told = datetime.combine(day, clock, tzinfo=here.tzinfo).astimezone(UTC)
    except OverflowError:
        return None
    return told if told.year < date.max.year else None
