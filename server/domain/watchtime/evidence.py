"""Which messages are evidence of watching, of what, and from when to when."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter

from server.domain.watchtime.values import REPEATS_MAX, Live, Message, Micros, RuleBook, Rules, settle_lives


class Ignored(StrEnum):
    """Why a message is evidence of nothing."""

    EXCLUDED = "excluded"
    TRACKING_OFF = "tracking_off"
    REPEAT = "repeat"
    OUTSIDE_STREAM = "outside_stream"


@dataclass(frozen=True, slots=True)
class Evidence:
    """`message` shows that its account watched `stream` during `[starts, ends)`."""

    starts: Micros
    ends: Micros
    message: Message
    stream: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence in messages, and how many messages gave none, by stream and reason.

    A message outside every stream is counted under the stream None.
    """

    evidence: tuple[Evidence, ...]
    ignored: Mapping[tuple[int | None, Ignored], int]


def gather(messages: Iterable[Message], lives: Iterable[Live], book: RuleBook) -> Gathered:
    """Read off `messages` what they show about `lives`, under the rules in force when each was written.

    A message is worth the window that begins with it, in every stream of its channel which that window touches, clipped
    to the stream. It is worth nothing in a stream if its account is excluded, if tracking is off, or if it repeats one
    of the account's previous messages that touch the same stream, whether or not those were worth anything; so every
    stream starts afresh. Messages are a set: neither their order nor saying one twice matters.
    """
    gathering = Gathering(lives, book)
    ordered = sorted(set(messages), key=attrgetter("at", "account", "channel", "digest"))
    return Gathered(tuple(gathering.take(ordered)), gathering.ignored)


class Gathering:
    """`gather` for messages that come in parts: each once, every account's in a channel by instant, then digest.

    What one part's messages are compared with is carried over to the next. `ignored` counts those that gave nothing so
    far.
    """

    def __init__(self, lives: Iterable[Live], book: RuleBook) -> None:
        self._streams = _by_channel(lives)
        self._book = book
        self._recent: defaultdict[tuple[int, int], tuple[int, ...]] = defaultdict(tuple)
        self.ignored: Counter[tuple[int | None, Ignored]] = Counter()

    def take(self, messages: Iterable[Message]) -> Iterator[Evidence]:
        """Yield the evidence in the next messages."""
        for message in messages:
            rules = self._book.at(message.at)
            touched = False
            for live in _touched(self._streams[message.channel], message.at, message.at + rules.window):
                touched = True
                earlier = self._recent[message.account, live.stream]
                self._recent[message.account, live.stream] = remember(message, earlier)
                reason = reason_to_ignore(message, rules, earlier)
                if reason is None:
                    yield _worth(message, rules, live)
                else:
                    self.ignored[live.stream, reason] += 1
            if not touched:
                self.ignored[None, Ignored.OUTSIDE_STREAM] += 1


def reason_to_ignore(message: Message, rules: Rules, recent: tuple[int, ...]) -> Ignored | None:
    """Why a message that touches a stream is worth nothing in it, or None.

    `recent` are the digests of the account's previous messages that touch the stream, newest first.
    """
    if message.account in rules.excluded:
        return Ignored.EXCLUDED
    if not rules.tracking:
        return Ignored.TRACKING_OFF
    if message.digest in recent[: rules.repeats]:
        return Ignored.REPEAT
    return None


def remember(message: Message, recent: tuple[int, ...]) -> tuple[int, ...]:
    """Return the digests to compare the next message with, newest first."""
    return (message.digest, *recent[: REPEATS_MAX - 1])


def _worth(message: Message, rules: Rules, live: Live) -> Evidence:
    starts, ends = max(message.at, live.starts), min(message.at + rules.window, live.until)
    return Evidence(starts, ends, message, live.stream)


def _by_channel(lives: Iterable[Live]) -> defaultdict[int, list[Live]]:
    streams: defaultdict[int, list[Live]] = defaultdict(list)
    for live in settle_lives(lives):
        streams[live.channel].append(live)
    return streams


def _touched(streams: list[Live], starts: Micros, ends: Micros) -> Iterator[Live]:
    """Yield the streams of one channel that share time with `[starts, ends)`."""
    # Settled streams do not overlap, so their ends are sorted like their starts.
    for live in streams[bisect_right(streams, starts, key=attrgetter("until")) :]:
        if live.starts >= ends:
            return
        yield live
