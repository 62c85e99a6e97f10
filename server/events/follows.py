"""Follows."""

from dataclasses import dataclass
from datetime import datetime

from server.events.happening import Happening, Person, known


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed(Happening):
    """Somebody followed a channel; the payload carries no time, `told_at` is when we were told."""

    follower: Person
    told_at: datetime

    @property
    def people(self) -> tuple[Person, ...]:
        """The follower."""
        return known(self.follower)
