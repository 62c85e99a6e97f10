"""Chat."""

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCounted:
    """So many lines of people, none of ours, were heard in a channel; the newest was written at `last_at`."""

    channel_id: int
    lines: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAsked:
    """Somebody used a command in a channel's chat, in time and allowed to."""

    command: str
    argument: str
    channel_id: int
    account_id: int
    account: tuple[str, str]
    name: str
    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAnswered:
    """What a command led to: the text to answer with, by its name, and what fills it.

    A refused one burns no cool-down.
    """

    asked: CommandAsked
    text: str
    values: Mapping[str, str]
    is_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LineWanted:
    """A line is to be said in a channel; `key` names its cause, so that the same cause is said once."""

    channel_id: int
    kind: str
    key: str
    text: str
    expires_at: datetime
