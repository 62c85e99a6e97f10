"""Timed messages: said every so many minutes and lines, while the channel is live, and never twice in a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.domain.chat.texts import checked_text
from server.domain.instants import MICROSECOND
from server.domain.refusals import Refused

NAME_LENGTH_MAX = 50
TIMERS_MAX = 50
MINUTES_MIN, MINUTES_MAX = 1, 1_440
LINES_MAX = 10_000
JITTER_SHARE = 10
"""A message comes up to a tenth of its interval later than that, so that nobody can set a clock by it."""

APART = timedelta(seconds=60)
"""Between two timed messages of a channel lies at least this."""

USEFUL_FOR = timedelta(minutes=5)
PLACEHOLDERS = frozenset({"channel", "community"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A timed message: what is said, every how many minutes, and after how many lines of others at least."""

    name: str
    text: str
    minutes: int = 15
    lines: int = 5
    is_on: bool = True

    def checked(self) -> "Plan":
        """The same with its text as it will be said; refuses what cannot be."""
        name = self.name.strip()
        if not 1 <= len(name) <= NAME_LENGTH_MAX:
            raise Refused(
                "timer_name_invalid", f"A name has 1 to {NAME_LENGTH_MAX} characters.", "Choose another name."
            )
        if not MINUTES_MIN <= self.minutes <= MINUTES_MAX:
            raise Refused(
                "timer_minutes",
                f"A message comes every {MINUTES_MIN} to {MINUTES_MAX} minutes.",
                "Choose one of those.",
            )
        if not 0 <= self.lines <= LINES_MAX:
            raise Refused("timer_lines", f"It waits for 0 to {LINES_MAX} lines of others.", "Choose one of those.")
        text = checked_text(self.text, PLACEHOLDERS)
        return Plan(name=name, text=text, minutes=self.minutes, lines=self.lines, is_on=self.is_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A timed message in one channel: when it is due, and how many lines of others came since it was said."""

    timer_id: int
    text: str
    lines_wanted: int
    due_at: datetime
    lines_since: int


def due_after(plan_minutes: int, at: datetime, drawn: int, of: int) -> datetime:
    """When a message that is said at an instant is due again; `drawn` of `of` is its random delay."""
    interval = timedelta(minutes=plan_minutes)
    delay_us = interval // MICROSECOND * drawn // (JITTER_SHARE * of)
    return at + interval + delay_us * MICROSECOND


@dataclass(frozen=True, slots=True)
class Last:
    """The timed message that a channel was told last, and how many lines of others came since."""

    text: str | None = None
    at: datetime | None = None
    lines_since: int = 0


def next_of(waiting: Sequence[Waiting], last: Last, now: datetime) -> Waiting | None:
    """Which message a live channel is told now, if any: the one that is due longest, rather another than the last one.

    The text that came last comes again only when somebody wrote something in between.
    """
    if last.at is not None and now - last.at < APART:
        return None
    ready = [
        one
        for one in waiting
        if one.due_at <= now and one.lines_since >= one.lines_wanted and (one.text != last.text or last.lines_since > 0)
    ]
    return min(ready, key=lambda one: (one.text == last.text, one.due_at, one.timer_id), default=None)
