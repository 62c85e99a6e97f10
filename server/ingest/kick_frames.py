"""What is recorded of a frame that a websocket brought, and of which channel."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from server.platforms.kick.frames import (
    IGNORED,
    KINDS,
    Frame,
    envelope,
    kind_of,
)
from server.store.inbox import Received

OTHER = "websocket.other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel to listen to: its names on the sockets, and the events that somebody wants of it."""

    channel_id: int
    external_id: str
    name: str
    channel_ref: str | None
    rooms: tuple[str, ...]
    events: frozenset[str]


def event_of(frame: Frame) -> str:
    """The event of a frame as figures count it, of those that nobody knows all in one."""
    return frame.event if frame.event in KINDS or frame.event in IGNORED else "other"


def received_of(channel: Channel, frame: Frame, text: str, now: datetime) -> Received:
    """A frame as the inbox keeps it.

    Frames have no id. The same data within a minute is taken for the same frame by another way; that only saves room,
    as what counts once is decided by what a frame tells.
    """
    told = sha256(f"{channel.external_id}\n{frame.event}\n".encode())
    told.update(frame.written.encode() if isinstance(frame.written, str) else frame.written)
    minute = int(now.timestamp()) // 60
    return Received(
        source="kick",
        message_id=f"{told.hexdigest()[:48]}-{minute}",
        kind=kind_of(frame.event),
        kind_key=kind_of(frame.event) if frame.event in KINDS else OTHER,
        subscription_id="",
        broadcaster_id=channel.external_id,
        told_at=now,
        received_at=now,
        body=envelope(channel.external_id, channel.name, text),
    )
