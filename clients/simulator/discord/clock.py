"""The time on the played Discord, which a test can move on, and the ids that are made of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from clients.simulator.system import wall_now

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """The real time, moved on by whatever was skipped."""

    _skipped: timedelta = timedelta()
    _numbers: "count[int]" = field(default_factory=count)

    def now(self) -> datetime:
        """Return the instant that Discord believes it is, in UTC."""
        return wall_now() + self._skipped

    def skip(self, seconds: float) -> None:
        """Let so many seconds have passed."""
        self._skipped += timedelta(seconds=seconds)

    def snowflake(self) -> str:
        """Return a new id, made as Discord makes them: milliseconds since 2015, then a number of its own."""
        milliseconds = (self.now() - EPOCH) // timedelta(milliseconds=1)
        return str((milliseconds << 22) | (next(self._numbers) & 0x3F_FFFF))
