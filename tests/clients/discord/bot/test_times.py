"""Durations and dates are read as people write them, and what is none is read as nothing."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.discord.asked.times import SPAN_MAX, instant, span

NOW = datetime(2030, 8, 1, 17, 30, tzinfo=UTC)  # a Thursday
BERLIN = ZoneInfo("Europe/Berlin")
UNITS = {"d": 86_400, "h": 3_600, "m": 60}
MOMENTS = st.timedeltas(timedelta(days=-3_000), timedelta(days=9_000)).map(lambda away: NOW + away)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90m", 90),
        ("2h", 120),
        ("3d", 4_320),
        ("1h30m", 90),
        ("1H 30 min", 90),
        ("1w", 10_080),
        ("366d", 527_040),
        ("2 std", 120),
        ("367d", None),
        ("0m", None),
        ("-5m", None),
        ("1.5h", None),
        ("h", None),
        ("", None),
        ("5", None),
        ("\N{ARABIC-INDIC DIGIT ONE}h", None),
        ("99999d 99999d", None),
    ],
)
def test_a_duration_is_read(text: str, minutes: int | None) -> None:
    assert span(text) == (None if minutes is None else timedelta(minutes=minutes))


@given(parts=st.lists(st.tuples(st.integers(0, 300), st.sampled_from("dhm")), min_size=1, max_size=6))
def test_a_duration_is_the_sum_of_its_parts(parts: list[tuple[int, str]]) -> None:
    whole = timedelta(seconds=sum(many * UNITS[unit] for many, unit in parts))
    told = " ".join(f"{many}{unit}" for many, unit in parts)
    assert span(told) == (whole if timedelta() < whole <= SPAN_MAX else None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2h", "2030-08-01T19:30"),
        ("2030-08-03", "2030-08-02T22:00"),
        ("3.8.2030", "2030-08-02T22:00"),
        ("2030-08-03 20:00", "2030-08-03T18:00"),
        ("2030-08-03T20:00:15", "2030-08-03T18:00:15"),
        ("2030-08-03T20:00Z", "2030-08-03T20:00"),
        ("2030-08-03T20:00+05:30", "2030-08-03T14:30"),
        ("next monday", "2030-08-04T22:00"),
        ("Nächsten Montag 20:00", "2030-08-05T18:00"),
        ("thursday", "2030-08-07T22:00"),
        ("tomorrow 20:00", "2030-08-02T18:00"),
        ("heute 23:15", "2030-08-01T21:15"),
        ("20:00", "2030-08-01T18:00"),
        ("19:30", "2030-08-02T17:30"),
        ("2031-03-30 02:30", "2031-03-30T01:30"),
        ("2031-10-26 02:30", "2031-10-26T00:30"),
        ("2030-02-30", None),
        ("2030-08-03 25:00", None),
        ("monday tuesday", None),
        ("next", None),
        ("soon", None),
        ("", None),
        ("9999-12-31", None),
        ("0001-01-01", None),
        ("8:00 2030-08-03", None),
        ("x" * 5_000, None),
    ],
)
def test_a_moment_is_read_in_the_communitys_time_zone(text: str, told: str | None) -> None:
    expected = None if told is None else datetime.fromisoformat(told).replace(tzinfo=UTC)
    assert instant(text, NOW, BERLIN) == expected


def test_a_day_that_is_an_end_is_meant_whole() -> None:
    assert instant("2030-08-31", NOW, BERLIN, is_end=True) == datetime(2030, 8, 31, 22, tzinfo=UTC)
    assert instant("2030-08-31 20:00", NOW, BERLIN, is_end=True) == datetime(2030, 8, 31, 18, tzinfo=UTC)


@given(moment=MOMENTS, zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"]))
def test_every_moment_is_read_as_it_is_written(moment: datetime, zone: str) -> None:
    moment = moment.replace(microsecond=0)
    assert instant(moment.isoformat(), NOW, ZoneInfo(zone)) == moment
    here = moment.astimezone(ZoneInfo(zone))
    found = instant(here.strftime("%Y-%m-%d %H:%M:%S"), NOW, ZoneInfo(zone))
    assert found == here.replace(fold=0).astimezone(UTC)


@given(text=st.text(max_size=80), is_end=st.booleans())
def test_whatever_is_written_is_a_moment_or_nothing(text: str, *, is_end: bool) -> None:
    found = instant(text, NOW, BERLIN, is_end=is_end)
    assert found is None or found.utcoffset() == timedelta()


@given(day=st.sampled_from(["monday", "freitag", "sun"]), moment=MOMENTS)
def test_a_weekday_is_the_next_one(day: str, moment: datetime) -> None:
    found = instant(f"next {day}", moment, ZoneInfo("UTC"))
    assert found is not None
    assert timedelta() < found - moment <= timedelta(days=7)
    assert found.strftime("%A").lower()[:2] == {"monday": "mo", "freitag": "fr", "sun": "su"}[day]
