"""The book: what really happened, what was told of it, and the watch time that follows.

It reads the watch time law for itself, by the shortest road and without looking at the server: for every account and
stream, take the account's told messages whose window touches the stream, in order of time; a message that says the
same as one of the few before it proves nothing; every other one proves presence from its instant for one window; the
watch time is the measure of the union of those windows within the stream.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from clients.simulator.happenings import (
    Banned,
    Fact,
    Followed,
    Gifted,
    Happening,
    KicksGiven,
    MetadataChanged,
    Redeemed,
    Spoken,
    StreamTold,
    Subscribed,
)

WINDOW = timedelta(minutes=5)
REPEATS = 3
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Message = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as far as it was told, in microseconds since the epoch; an end never told is None."""

    starts_us: int
    ends_us: int | None


@dataclass(slots=True)
class Book:
    """Every happening of a run, which of them were tried and which of them were acknowledged at least once."""

    happenings: tuple[Happening, ...] = ()
    window: timedelta = WINDOW
    repeats: int = REPEATS
    tried: set[int] = field(default_factory=set[int])
    told: set[int] = field(default_factory=set[int])

    def streams(self) -> tuple[Stream, ...]:
        """Return the streams that were told of, in order; one of them ends at the latest where the next begins."""
        ends: dict[int, int | None] = {}
        for happening in self._known():
            fact = happening.fact
            if isinstance(fact, StreamTold):
                starts_us = micros(fact.started_at)
                ends[starts_us] = ends.get(starts_us) or (fact.ended_at and micros(fact.ended_at))
        starts = sorted(ends)
        return tuple(
            Stream(begun, min((end for end in (ends[begun], following) if end is not None), default=None))
            for begun, following in zip(starts, (*starts[1:], None), strict=False)
        )

    def watch_time(self) -> dict[tuple[int, int], int]:
        """Microseconds watched by (account, start of the stream in microseconds since the epoch); no zeros."""
        messages: dict[int, list[Message]] = {}
        for happening in self._known():
            if isinstance(happening.fact, Spoken):
                said = (micros(happening.at), normalised(happening.fact.text))
                messages.setdefault(happening.fact.sender.account, []).append(said)
        window_us, streams = self.window // MICROSECOND, self.streams()
        watched = {
            (account, stream.starts_us): watched_us(said, stream, window_us, self.repeats)
            for account, said in messages.items()
            for stream in streams
        }
        return {key: amount_us for key, amount_us in sorted(watched.items()) if amount_us}

    def totals(self) -> dict[int, int]:
        """Microseconds watched by account over all streams."""
        found: dict[int, int] = {}
        for (account, _), amount_us in self.watch_time().items():
            found[account] = found.get(account, 0) + amount_us
        return found

    def as_json(self) -> dict[str, object]:
        """Return the whole book; ids are strings, times RFC 3339 in UTC, `told` is `yes`, `no` or `unsure`.

        `unsure` was sent but never acknowledged: the receiver may or may not have it, and `is_certain` is false.
        """
        return {
            "window_s": self.window.total_seconds(),
            "repeats": self.repeats,
            "is_certain": self.tried <= self.told,
            "streams": [
                {"started_at": clock_time(stream.starts_us), "ended_at": clock_time(stream.ends_us)}
                for stream in self.streams()
            ],
            "happenings": [
                {"kind": happening.fact.kind, "at": clock_time(micros(happening.at)), "told": self._told(happening)}
                | _details(happening.fact)
                for happening in self.happenings
            ],
            "watch_time": [
                {"account": str(account), "stream": clock_time(starts_us), "watched_us": amount_us}
                for (account, starts_us), amount_us in self.watch_time().items()
            ],
            "totals_us": {str(account): amount_us for account, amount_us in self.totals().items()},
        }

    def _known(self) -> Iterable[Happening]:
        return (happening for happening in self.happenings if happening.number in self.told)

    def _told(self, happening: Happening) -> str:
        if happening.number in self.told:
            return "yes"
        return "unsure" if happening.number in self.tried else "no"


def micros(at: datetime) -> int:
    """Microseconds since the epoch, exact."""
    return (at - EPOCH) // MICROSECOND


def clock_time(at_us: int | None) -> str | None:
    """RFC 3339 in UTC with microseconds."""
    if at_us is None:
        return None
    return f"{EPOCH + timedelta(microseconds=at_us):%Y-%m-%dT%H:%M:%S.%fZ}"


def normalised(text: str) -> str:
    """Return the text as the repeat guard compares it: case folded, trimmed, runs of white space as one space."""
    return " ".join(text.casefold().split())


def watched_us(messages: Iterable[Message], stream: Stream, window_us: int, repeats: int) -> int:
    """Return the microseconds that one account's messages prove within the stream."""
    ends_us = stream.ends_us
    latest: deque[str] = deque(maxlen=repeats)
    total_us, covered_us = 0, stream.starts_us
    for at_us, words in sorted(set(messages)):
        if at_us <= stream.starts_us - window_us or (ends_us is not None and at_us >= ends_us):
            continue
        if words not in latest:
            until_us = at_us + window_us if ends_us is None else min(at_us + window_us, ends_us)
            total_us += max(0, until_us - max(at_us, covered_us))
            covered_us = max(covered_us, until_us)
        latest.append(words)
    return total_us


def _details(fact: Fact) -> dict[str, object]:
    """Return what the book keeps of a fact beside its kind and instant."""
    kept: dict[str, object]
    match fact:
        case Spoken():
            kept = {"account": str(fact.sender.account), "message_id": fact.message_id, "text": fact.text}
        case Followed():
            kept = {"account": str(fact.follower.account)}
        case Subscribed():
            kept = {"account": str(fact.subscriber.account), "months": fact.months}
        case Gifted():
            giftees = [str(person.account) for person in fact.giftees]
            kept = {"account": None if fact.gifter is None else str(fact.gifter.account), "giftees": giftees}
        case Redeemed():
            kept = {"account": str(fact.redeemer.account), "id": fact.redemption_id, "status": fact.status}
        case StreamTold():
            ended_at = None if fact.ended_at is None else clock_time(micros(fact.ended_at))
            kept = {"started_at": clock_time(micros(fact.started_at)), "ended_at": ended_at}
        case MetadataChanged():
            kept = {"title": fact.title}
        case Banned():
            kept = {"account": str(fact.banned.account), "is_permanent": fact.expires_at is None}
        case KicksGiven():
            kept = {"account": str(fact.sender.account), "amount": fact.amount}
    return kept
