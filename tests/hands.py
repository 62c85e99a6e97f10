"""A clock that is moved by hand."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 8, 1, tzinfo=UTC)


class Hands:
    """Both its sides stand until `seconds` is changed."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds
