"""How values look on the wire."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from server.schema.scalars import read_big, read_duration, read_instant, write_instant

zones = st.integers(min_value=-14 * 60, max_value=14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(
    st.builds(
        lambda instant, zone: instant.astimezone(zone),
        st.datetimes(timezones=st.just(UTC)).filter(lambda instant: 1 < instant.year < 9999),
        zones,
    )
)
def test_an_instant_survives_the_wire_and_is_utc_there(instant: datetime) -> None:
    written = write_instant(instant)
    assert written.endswith("Z")
    assert read_instant(written) == instant
    assert read_instant(instant.isoformat(timespec="microseconds")).tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "2026-08-01T18:00:00",
        "2026-08-01",
        "2026-08-01 18:00:00Z",
        "2026-13-01T18:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "2026-08-01T18:00:00+25:00",
        "",
        5,
        None,
        True,
    ],
)
def test_an_instant_without_a_zone_or_sense_is_refused(value: Any) -> None:
    with pytest.raises(GraphQLError, match="RFC 3339"):
        read_instant(value)


@given(st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1))
def test_a_big_number_survives_as_text_or_number(number: int) -> None:
    assert read_big(str(number)) == number
    assert read_big(number) == number


@pytest.mark.parametrize("value", ["9223372036854775808", 2**63, "1.0", "01", "+1", "", 1.0, True, None, "٣"], ids=repr)
def test_what_is_no_big_number_is_refused(value: Any) -> None:
    with pytest.raises(GraphQLError, match="BigInt"):
        read_big(value)


@pytest.mark.parametrize("value", [2**53, "5", 1.5, True, None], ids=repr)
def test_what_is_no_duration_is_refused(value: Any) -> None:
    with pytest.raises(GraphQLError, match="Duration"):
        read_duration(value)
    assert read_duration(-5) == -5
