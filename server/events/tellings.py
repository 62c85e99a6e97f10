"""What a source tells: one copy of a happening, of which others may come by other ways."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.events.happening import Happening, Person


class Source(StrEnum):
    """How we heard of something."""

    WEBHOOK = "webhook"
    WEBSOCKET = "websocket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Happening):
    """One copy of the happening `of`. Without `is_timed` its times are when we heard it, as it carries none.

    `correlation` is common to the parts of one gift, `transaction` unique for what was paid; `is_part` where other
    parts tell the rest.
    """

    of: Happening
    source: Source
    is_timed: bool = True
    correlation: str | None = None
    transaction: str | None = None
    is_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(Happening):
    """A source told, beside something else, the platform id of a name at `at`; nothing happened by it."""

    person: Person
    source: Source
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Overheard(Happening):
    """Something from which nothing follows; `reason` says why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected(Happening):
    """What was told of a happening is known better now: `now` in place of `was`, or without `now` it never was.

    Whoever gave something for `was` gives the difference to `now`.
    """

    happening_id: int
    was: Happening
    now: Happening | None

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody whose platform id is known by now."""
        return () if self.now is None else self.now.people
