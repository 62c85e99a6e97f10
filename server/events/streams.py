"""Streams: live sessions of a channel."""

from dataclasses import dataclass
from datetime import datetime

from server.events.happening import Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStarted(Happening):
    """A channel went live at `started_at`, which identifies the stream."""

    started_at: datetime
    title: str
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEnded(Happening):
    """The stream that began at `started_at` ended at `ended_at`; a guess when only its being told has an instant."""

    started_at: datetime
    ended_at: datetime
    title: str
    told_at: datetime
    is_guess: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamDescribed(Happening):
    """A channel's title or category was told at `told_at`; the payload carries no time of its own."""

    title: str
    language: str
    category_id: str | None
    category_name: str | None
    is_mature: bool
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStopped(Happening):
    """A channel went off the air at about `at`; which stream that was is not said."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSeen(Happening):
    """The stream that began at `started_at` was live at `seen_at`: the platform said so when it was asked."""

    started_at: datetime
    seen_at: datetime
