"""What is nearest in time, found without comparing everything with everything."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

Span = tuple[int, int]
"""A first and a last moment, in microseconds."""


def apart(one: Span, other: Span) -> int:
    """Microseconds between two spans; 0 where they share time."""
    return max(0, one[0] - other[1], other[0] - one[1])


class Nearest:
    """Spans by number. Those of a like length are kept together, so that a long one makes no search longer."""

    def __init__(self) -> None:
        self._by_length: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        self._spans: dict[int, Span] = {}

    def put(self, number: int, span: Span) -> None:
        """Keep a span."""
        self._spans[number] = span
        insort(self._by_length[_length(span)], (span[0], number))

    def take(self, number: int) -> None:
        """Forget a span that is kept."""
        span = self._spans.pop(number)
        kept = self._by_length[_length(span)]
        del kept[bisect_left(kept, (span[0], number))]

    def to(self, span: Span) -> tuple[int, int, int] | None:
        """The nearest span: how far away it is, how far apart the two start, and its number; None where none is kept.

        Of several as near it is the one that starts the least far from `span`, then the one with the least number.
        """
        found = [one for length, kept in self._by_length.items() for one in self._sides(span, kept, 1 << length)]
        return min(found, default=None)

    def _sides(self, span: Span, kept: Sequence[tuple[int, int]], longest: int) -> Iterator[tuple[int, int, int]]:
        """The nearest of those that start later, and of those that start before, none being longer than `longest`."""
        middle = bisect_left(kept, (span[0], -1))
        for starts, number in kept[middle : middle + 1]:
            yield apart(span, self._spans[number]), starts - span[0], number
        best: tuple[int, int, int] | None = None
        for place in range(middle - 1, -1, -1):
            starts, number = kept[place]
            earlier = span[0] - starts
            if best is not None and earlier > best[1] and (best[0] == 0 or earlier - longest >= best[0]):
                break
            one = apart(span, self._spans[number]), earlier, number
            best = one if best is None else min(best, one)
        if best is not None:
            yield best


def _length(span: Span) -> int:
    return (span[1] - span[0]).bit_length()


def couples(spans: Sequence[Span], is_one: Sequence[bool], within: int) -> dict[int, int]:
    """Couple each one with the nearest other while any two are left that are less than `within` apart, by place.

    `spans` share no time and are in its order: then the nearest two of different sorts stand side by side.
    """
    after = dict(pairwise([*range(len(spans)), len(spans)]))
    before = {later: place for place, later in after.items()} | {0: -1}

    def near(place: int, later: int) -> list[tuple[int, int, int]]:
        if place < 0 or later >= len(spans) or is_one[place] == is_one[later]:
            return []
        away = apart(spans[place], spans[later])
        one, other = (place, later) if is_one[place] else (later, place)
        return [(away, one, other)] if away < within else []

    waiting = [found for place, later in after.items() for found in near(place, later)]
    heapify(waiting)
    coupled: dict[int, int] = {}
    left = set(range(len(spans)))
    while waiting:
        _, one, other = heappop(waiting)
        if not {one, other} <= left:
            continue
        coupled[one] = other
        left -= {one, other}
        place, later = before[min(one, other)], after[max(one, other)]
        after[place], before[later] = later, place
        for found in near(place, later):
            heappush(waiting, found)
    return coupled
