"""What Kick's two websocket transports have in common: what to send, and what a message means. No input, no output."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ready:
    """The server has let us in; after `activity_timeout_s` of silence it has to be asked whether it lives."""

    activity_timeout_s: float
    expires_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A channel is listened to from now on, or where it `is_refused` not to be had."""

    channel: str
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Pushed:
    """A frame of Kick's, as Pusher writes it whatever the transport."""

    frame: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The server wants to be answered so."""

    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The server says that something is wrong; `code` tells whether it is worth trying again."""

    code: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Odd:
    """A message that means nothing to us."""

    reason: str


@dataclass(frozen=True, slots=True)
class Alive:
    """The server lives, and says no more."""


Signal = Ready | Subscribed | Pushed | Reply | Failed | Odd | Alive

MESSAGE_LENGTH_MAX = 200


class Again(Enum):
    """When to connect again after an end."""

    AT_ONCE = "at once"
    LATER = "later"
    NEVER = "never"


class Transport(Protocol):
    """One way to hear Kick's frames."""

    @property
    def name(self) -> str:
        """What the way is called."""
        ...

    @property
    def url(self) -> str:
        """Where to connect to."""
        ...

    def greeting(self) -> str | None:
        """What to say first, if anything."""
        ...

    def subscribe(self, channel: str) -> str:
        """What to say to hear a channel."""
        ...

    def unsubscribe(self, channel: str) -> str:
        """What to say to hear it no more."""
        ...

    def ping(self) -> str | None:
        """What to say to learn whether the server lives; None where only the server asks."""
        ...

    def refresh(self, token: str) -> str | None:
        """What to say before a connection expires; None where none does."""
        ...

    def read(self, text: str) -> Sequence[Signal]:
        """What a message means; never raises."""
        ...

    def again(self, code: int | None) -> Again:
        """When to connect again after this code."""
        ...


def shortened(message: object) -> str:
    """A foreign text, short enough to be shown."""
    return str(message)[:MESSAGE_LENGTH_MAX] if isinstance(message, str) else ""
