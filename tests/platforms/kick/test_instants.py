from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.platforms.kick.instants import read_instant


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-10-03T19:20:21Z", datetime(2026, 10, 3, 19, 20, 21, tzinfo=UTC)),
        ("2026-10-03T19:20:21.5Z", datetime(2026, 10, 3, 19, 20, 21, 500_000, tzinfo=UTC)),
        ("2026-10-03T19:20:21.123456Z", datetime(2026, 10, 3, 19, 20, 21, 123_456, tzinfo=UTC)),
        ("2026-10-03T19:20:21.123456999Z", datetime(2026, 10, 3, 19, 20, 21, 123_456, tzinfo=UTC)),
        ("2026-10-04T06:20:21+11:00", datetime(2026, 10, 3, 19, 20, 21, tzinfo=UTC)),
        ("2026-10-03T15:50:21.25-03:30", datetime(2026, 10, 3, 19, 20, 21, 250_000, tzinfo=UTC)),
        ("2026-10-03T19:20:21-00:00", datetime(2026, 10, 3, 19, 20, 21, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2017-01-01T10:59:60.25+11:00", datetime(2017, 1, 1, microsecond=250_000, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_reads_every_form_as_utc(text: str, instant: datetime) -> None:
    read = read_instant(text)

    assert read == instant
    assert read is not None
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-10-03",
        "2026-10-03T19:20:21",
        "2026-10-03T19:20Z",
        "2026-10-03 19:20:21Z",
        "2026-10-03t19:20:21z",
        "20261003T192021Z",
        "2026-W40-6T19:20:21Z",
        "2026-10-03T19:20:21.Z",
        "2026-10-03T19:20:21,5Z",
        "2026-10-03T19:20:21.1234567890Z",
        "2026-10-03T19:20:21+1100",
        "2026-10-03T19:20:21+24:00",
        "2026-10-03T19:20:21+11:60",
        "2026-10-03T24:00:00Z",
        "2026-10-03T19:60:00Z",
        "2026-10-03T19:20:61Z",
        "2026-10-03T19:20:60Z",
        "2026-02-30T19:20:21Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+11:00",
        "9999-12-31T23:59:60Z",
        "2026-10-03T19:20:21Z\n",
        " 2026-10-03T19:20:21Z",
        "٢٠٢٦-10-03T19:20:21Z",
    ],
)
def test_refuses_everything_else(text: str) -> None:
    assert read_instant(text) is None


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31)),  # noqa: DTZ001 - the zone comes next
    st.integers(min_value=-23 * 60 - 59, max_value=23 * 60 + 59),
)
def test_reads_back_what_python_writes(local: datetime, offset_minutes: int) -> None:
    written = local.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))

    assert read_instant(written.isoformat()) == written


@given(st.text())
def test_never_raises(text: str) -> None:
    assert read_instant(text) is None or len(text) >= len("2026-10-03T19:20:21Z")
