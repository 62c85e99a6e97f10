"""Instants as RFC 3339 writes them, read strictly."""

import re
from datetime import UTC, datetime, timedelta

_FORM = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:([0-5][0-9])|60)(?:\.[0-9]{1,9})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


def read_instant(text: str) -> datetime | None:
    """Return the UTC instant that `text` names, or None when it is not RFC 3339 with a zone.

    Fractions beyond microseconds are cut off. A leap second is the first second of the next day, as POSIX counts.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    try:
        if form[1] is None:
            return _after_leap_second(text)
        instant = datetime.fromisoformat(text)
        return instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        # The form is right but no calendar has the day, or UTC falls outside the years 1 to 9999.
        return None


def _after_leap_second(text: str) -> datetime | None:
    second_before = datetime.fromisoformat(f"{text[:17]}59{text[19:]}")
    instant = second_before.astimezone(UTC) + timedelta(seconds=1)
    return instant if instant.hour == instant.minute == 0 else None
