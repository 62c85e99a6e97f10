"""Pictures and other files beside messages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """A file beside a message, a PNG unless its `kind` says otherwise, with words for whoever does not see it."""

    name: str
    content: bytes
    alt: str
    kind: str = "image/png"
