"""Chat."""

from dataclasses import dataclass
from datetime import datetime

from server.events.happening import Happening, Person, known


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A chat badge, for example kind `moderator`; `count` is the months of a subscriber badge."""

    kind: str
    text: str
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSpoken(Happening):
    """Somebody wrote in a channel's chat at `at`."""

    message_id: str
    sender: Person
    text: str
    at: datetime
    badges: tuple[Badge, ...] = ()
    replies_to: str | None = None

    @property
    def people(self) -> tuple[Person, ...]:
        """The one who wrote."""
        return known(self.sender)
