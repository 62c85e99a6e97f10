"""Whether a channel is live: what the platform says when asked, against what we were told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

ALIKE = timedelta(minutes=2)
"""Two starts this near are one: the platform writes the same one now with its fraction of a second and now without."""

UNTOLD_AFTER = timedelta(seconds=90)
"""So long a start may be on its way by webhook before it is told by us."""

GONE_AFTER = timedelta(seconds=90)
"""So long a stream that was seen must be missing before it counts as over."""

NEVER_SEEN_AFTER = timedelta(minutes=30)
"""The same for one that was told and never seen: perhaps the platform leaves it out."""

LAG = timedelta(minutes=10)
"""So long after a told end the platform may go on saying that the channel is live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStream:
    """A channel's newest stream as told; a guessed end is one without an instant of its own."""

    started_at: datetime
    ended_at: datetime | None
    guessed_end: datetime | None
    title: str = ""

    @property
    def is_open(self) -> bool:
        """Whether no end of any kind is known."""
        return self.ended_at is None and self.guessed_end is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The stream that was seen last, when it was seen last, and since when it is missing."""

    checked_at: datetime | None = None
    started_at: datetime | None = None
    seen_at: datetime | None = None
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A channel with its newest stream and what was seen of it."""

    channel_id: int
    external_id: str
    name: str
    slug: str | None
    newest: KnownStream | None
    sighting: Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The platform says: live since then."""

    started_at: datetime
    title: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A stream began that nobody told."""

    started_at: datetime
    title: str


@dataclass(frozen=True, slots=True)
class Over:
    """A stream is over that nobody told the end of; it was live at `last_seen_at` for certain."""

    started_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class StillLive:
    """A stream whose end was only guessed is live at `seen_at`."""

    started_at: datetime
    seen_at: datetime


Verdict = Begun | Over | StillLive


@dataclass(frozen=True, slots=True)
class Judged:
    """What follows from one look at a channel, and what to remember of it.

    `Over` is to be believed only where another part of the platform says the same.
    """

    sighting: Sighting
    verdicts: Sequence[Verdict] = ()


def judge(channel: Followed, live: Live | None, now: datetime) -> Judged:
    """What follows from what the platform says of a channel at `now`; None is off the air."""
    before = replace(channel.sighting, checked_at=now)
    return _on_air(channel.newest, live, before, now) if live else _off_air(channel.newest, before, now)


def _on_air(known: KnownStream | None, live: Live, before: Sighting, now: datetime) -> Judged:
    is_known = known is not None and alike(known.started_at, live.started_at)
    started_at = known.started_at if known is not None and is_known else live.started_at
    seen = replace(before, started_at=started_at, seen_at=now, missing_since=None)
    if known is None or (not is_known and live.started_at > known.started_at):
        untold = now - live.started_at >= UNTOLD_AFTER
        return Judged(seen, [Begun(live.started_at, live.title)] if untold else ())
    if not is_known or known.ended_at is not None:
        # Old news: of a stream before the newest, or of one whose end was told.
        return Judged(before)
    if known.guessed_end is not None and known.guessed_end < now:
        # An end without an instant is told the moment it happens, so at first the platform may simply lag behind.
        guess_stands = now - known.guessed_end < LAG and before.missing_since is None
        return Judged(before if guess_stands else seen, () if guess_stands else [StillLive(started_at, now)])
    return Judged(seen)


def _off_air(known: KnownStream | None, before: Sighting, now: datetime) -> Judged:
    if known is None or not known.is_open:
        return Judged(replace(before, missing_since=None) if known is None else before)
    missing_since = before.missing_since or now
    after = replace(before, missing_since=missing_since)
    was_seen = before.started_at == known.started_at and before.seen_at is not None
    if now - missing_since < (GONE_AFTER if was_seen else NEVER_SEEN_AFTER):
        return Judged(after)
    last_seen_at = before.seen_at if was_seen and before.seen_at is not None else known.started_at
    return Judged(after, [Over(known.started_at, max(last_seen_at, known.started_at))])


def alike(one: datetime, other: datetime) -> bool:
    """Whether two starts are those of one stream."""
    return abs(one - other) <= ALIKE
