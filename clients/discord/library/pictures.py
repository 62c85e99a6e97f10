"""Pictures beside messages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG beside a message, with the words for whoever does not see it."""

    name: str
    content: bytes
    alt: str
