"""Moderation."""

from dataclasses import dataclass
from datetime import datetime

from server.events.happening import Happening, Person, known


@dataclass(frozen=True, slots=True, kw_only=True)
class Banned(Happening):
    """A moderator banned somebody at `at`; without `expires_at` for good."""

    moderator: Person
    banned: Person
    reason: str
    at: datetime
    expires_at: datetime | None = None
    happening_id: int = 0

    @property
    def people(self) -> tuple[Person, ...]:
        """The moderator and the banned."""
        return known(self.moderator, self.banned)
