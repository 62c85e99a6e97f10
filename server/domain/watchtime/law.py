"""The watch time law: a viewer's watch time as a function of the facts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import heappop, heappush
from itertools import pairwise
from operator import attrgetter
from zoneinfo import ZoneInfo

from server.domain.watchtime.days import local_day
from server.domain.watchtime.evidence import Evidence, Ignored, gather
from server.domain.watchtime.quorum import Quorum
from server.domain.watchtime.values import FOREVER, Live, Message, Micros, RuleBook


class Lost(StrEnum):
    """Why time with evidence does not count."""

    QUORUM = "quorum"
    CAP = "cap"


@dataclass(frozen=True, slots=True)
class Span:
    """`[starts, ends)` of a stream, watched through one account."""

    account: int
    stream: int
    starts: Micros
    ends: Micros

    @property
    def length(self) -> Micros:
        """How long it lasts."""
        return self.ends - self.starts


@dataclass(frozen=True, slots=True)
class Watch:
    """A viewer's watch time and why it is not more.

    `spans` are in time order, do not overlap and are as long as they can be. `totals` are their lengths by account and
    stream; all of them add up to the viewer's watch time. `ignored` counts messages by stream and reason, those outside
    every stream under None. `lost` measures, by stream and reason, what the guards took away.
    """

    spans: tuple[Span, ...]
    totals: Mapping[tuple[int, int], Micros]
    ignored: Mapping[tuple[int | None, Ignored], int]
    lost: Mapping[tuple[int, Lost], Micros]


def watch(
    messages: Iterable[Message], lives: Iterable[Live], book: RuleBook, *, zone: ZoneInfo, quorum: Quorum | None = None
) -> Watch:
    """Return the watch time of the viewer whose accounts wrote `messages`, over the streams of all attached channels.

    It is the union of the evidence (see `gather`). Each instant belongs to one account and stream: those of the
    earliest message that covers it; of messages at the same instant, the smaller account, then stream, then digest.
    Then minutes that miss the quorum are cut out, and of each local day in `zone` the first `daily_cap` counts, by the
    rules in force when that day began. A book that asks for a quorum needs `quorum`, made from everybody's evidence,
    this viewer's included; else ValueError.
    """
    if quorum is None and book.asks_quorum:
        raise ValueError("These rules ask for a quorum, so watch time needs the minutes that meet it.")
    gathered = gather(messages, lives, book)
    covered = list(_attributed(gathered.evidence))
    quorate = list(_within(covered, quorum)) if quorum is not None and book.asks_quorum else covered
    counted = list(_capped(quorate, book, zone)) if book.caps_days else quorate
    lost = Counter({(stream, Lost.QUORUM): length for stream, length in _difference(covered, quorate)})
    lost.update({(stream, Lost.CAP): length for stream, length in _difference(quorate, counted)})
    totals: Counter[tuple[int, int]] = Counter()
    for span in counted:
        totals[span.account, span.stream] += span.length
    return Watch(_merged(counted), totals, gathered.ignored, lost)


def _attributed(evidence: Iterable[Evidence]) -> Iterator[Span]:
    """Yield the union of `evidence` in time order, cut so that each piece belongs to its earliest covering message."""
    arriving = sorted(evidence, key=attrgetter("starts"), reverse=True)
    boundaries = sorted({edge for piece in arriving for edge in (piece.starts, piece.ends)})
    covering: list[tuple[Micros, int, int, int, Micros]] = []
    for starts, ends in pairwise(boundaries):
        while arriving and arriving[-1].starts == starts:
            piece = arriving.pop()
            message = piece.message
            heappush(covering, (message.at, message.account, piece.stream, message.digest, piece.ends))
        while covering and covering[0][-1] <= starts:
            heappop(covering)
        if covering:
            _, account, stream, _, _ = covering[0]
            yield Span(account, stream, starts, ends)


def _within(spans: Iterable[Span], quorum: Quorum) -> Iterator[Span]:
    """Yield what of `spans` lies in minutes that meet the quorum."""
    for span in spans:
        for starts, ends in quorum.met_during(span.starts, span.ends):
            yield replace(span, starts=starts, ends=ends)


def _capped(spans: Iterable[Span], book: RuleBook, zone: ZoneInfo) -> Iterator[Span]:
    """Yield what of `spans`, given in time order, comes before each local day's cap is used up."""
    day_ends = left = 0
    for span in spans:
        starts = span.starts
        while starts < span.ends:
            if starts >= day_ends:
                day_starts, day_ends = local_day(starts, zone)
                cap = book.at(day_starts).daily_cap
                left = FOREVER if cap is None else cap
            ends = min(span.ends, day_ends)
            counted = min(ends - starts, left)
            left -= counted
            if counted:
                yield replace(span, starts=starts, ends=starts + counted)
            starts = ends


def _difference(before: Iterable[Span], after: Iterable[Span]) -> Iterator[tuple[int, Micros]]:
    """Return the streams that lost something between two steps, with how much."""
    lengths: Counter[int] = Counter()
    for span in before:
        lengths[span.stream] += span.length
    for span in after:
        lengths[span.stream] -= span.length
    return ((stream, length) for stream, length in lengths.items() if length)


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Join neighbours of one account and stream."""
    merged: list[Span] = []
    for span in spans:
        last = merged[-1] if merged else None
        if last and (last.account, last.stream, last.ends) == (span.account, span.stream, span.starts):
            merged[-1] = replace(last, ends=span.ends)
        else:
            merged.append(span)
    return tuple(merged)
