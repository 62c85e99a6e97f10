"""Subscriptions and gifts. `happening_id` is the row that all copies are attached to; 0 in a single copy."""

from dataclasses import dataclass
from datetime import datetime

from server.events.happening import Happening, Person, known


@dataclass(frozen=True, slots=True, kw_only=True)
class SubStarted(Happening):
    """Somebody subscribed for the first time."""

    subscriber: Person
    months: int
    at: datetime
    expires_at: datetime | None = None
    happening_id: int = 0

    @property
    def people(self) -> tuple[Person, ...]:
        """The subscriber."""
        return known(self.subscriber)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubRenewed(Happening):
    """Somebody's subscription went on; `months` counts them all."""

    subscriber: Person
    months: int
    at: datetime
    expires_at: datetime | None = None
    happening_id: int = 0

    @property
    def people(self) -> tuple[Person, ...]:
        """The subscriber."""
        return known(self.subscriber)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsGifted(Happening):
    """Somebody, perhaps anonymously, gave a subscription to each of `giftees`.

    `total` is how many were given where a source says so; it may not name all of them, or none.
    """

    gifter: Person
    giftees: tuple[Person, ...]
    at: datetime
    expires_at: datetime | None = None
    total: int | None = None
    happening_id: int = 0

    @property
    def count(self) -> int:
        """How many subscriptions were given."""
        return max(self.total or 0, len(self.giftees))

    @property
    def people(self) -> tuple[Person, ...]:
        """The gifter, unless anonymous, and everybody who received."""
        return known(self.gifter, *self.giftees)


@dataclass(frozen=True, slots=True, kw_only=True)
class KicksGifted(Happening):
    """Somebody sent `amount` KICKs, Kick's paid reactions."""

    sender: Person
    amount: int
    name: str
    kind: str
    tier: str
    message: str
    at: datetime
    pinned_s: int | None = None
    happening_id: int = 0

    @property
    def people(self) -> tuple[Person, ...]:
        """The one who paid."""
        return known(self.sender)
