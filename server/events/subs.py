"""Subscriptions and gifts."""

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

    @property
    def people(self) -> tuple[Person, ...]:
        """The subscriber."""
        return known(self.subscriber)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsGifted(Happening):
    """Somebody, perhaps anonymously, gave a subscription to each of `giftees`."""

    gifter: Person
    giftees: tuple[Person, ...]
    at: datetime
    expires_at: datetime | None = None

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

    @property
    def people(self) -> tuple[Person, ...]:
        """The one who paid."""
        return known(self.sender)
