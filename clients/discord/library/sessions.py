"""How often the bot may begin a session anew: Discord resets the token of a bot that does so 1,000 times in a day."""

from collections import deque
from collections.abc import Callable
from pathlib import Path

import orjson

SPACING_S = 5.0
DAY_S = 24 * 3600.0
SESSIONS_MAX = 500


class SessionsSpent(Exception):
    """No further session until `wait_s` are over; something is wrong that trying again does not mend."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(
            f"The bot began {SESSIONS_MAX} sessions within a day. It waits {wait_s / 3600:.1f} hours, as Discord takes "
            "the token from whoever begins 1,000. Look for a second process with the same token."
        )
        self.wait_s = wait_s


class SessionBudget:
    """At most 500 sessions in 24 hours and one in 5 seconds; across restarts, too, where a file keeps them."""

    def __init__(self, clock: Callable[[], float], file: Path | None = None) -> None:
        self._clock = clock
        self._file = file
        self._begun = deque(self._read(), maxlen=SESSIONS_MAX)

    @property
    def begun(self) -> int:
        """How many sessions began within the last 24 hours."""
        now = self._clock()
        return sum(now - at < DAY_S for at in self._begun)

    def wait_s(self) -> float:
        """How long to wait for the next session; raises `SessionsSpent` where that is more than the spacing."""
        now = self._clock()
        if self.begun >= SESSIONS_MAX:
            raise SessionsSpent(self._begun[0] + DAY_S - now)
        return max(0.0, self._begun[-1] + SPACING_S - now) if self._begun else 0.0

    def spend(self) -> None:
        """Note that a session begins, before it does."""
        self._begun.append(self._clock())
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_suffix(".new")
            fresh.write_bytes(orjson.dumps(list(self._begun)))
            fresh.replace(self._file)

    def _read(self) -> list[float]:
        if self._file is None or not self._file.exists():
            return []
        try:
            kept = orjson.loads(self._file.read_bytes())
        except orjson.JSONDecodeError:
            return []
        now = self._clock()
        # A clock that was put back must not silence the bot for longer than a day.
        return sorted(min(float(at), now) for at in kept if isinstance(at, int | float))
