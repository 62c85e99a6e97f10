"""Which minutes had enough active accounts to count."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from server.domain.instants import MINUTE
from server.domain.watchtime.evidence import Evidence
from server.domain.watchtime.values import Micros, RuleBook


@dataclass(frozen=True, slots=True)
class Quorum:
    """The time in which the quorum was met: half-open stretches of whole minutes, sorted and apart."""

    met: tuple[tuple[Micros, Micros], ...]

    def met_during(self, starts: Micros, ends: Micros) -> Iterator[tuple[Micros, Micros]]:
        """Yield what of `[starts, ends)` counts."""
        first = bisect_right(self.met, starts, key=itemgetter(1))
        for met_from, met_until in self.met[first:]:
            if met_from >= ends:
                return
            yield max(starts, met_from), min(ends, met_until)


def quorum_minutes(evidence: Iterable[Evidence], book: RuleBook) -> Quorum:
    """Return the minutes, counted from the epoch in UTC, that the evidence of enough distinct accounts touches.

    `evidence` is everybody's, over all attached channels; excluded accounts have none. How many accounts are enough is
    what the rules in force at the minute's start say.
    """
    crowd = Crowd()
    crowd.add(evidence)
    return crowd.quorum(book)


class Crowd:
    """Who was active in which minutes, by evidence that is added in parts and in any order."""

    def __init__(self) -> None:
        self._active: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        self._steps: Counter[int] = Counter()

    def add(self, evidence: Iterable[Evidence]) -> None:
        """Count the accounts in `evidence` active in every minute that it touches."""
        for piece in evidence:
            self._touch(self._active[piece.message.account], piece.starts // MINUTE, -(-piece.ends // MINUTE))

    def quorum(self, book: RuleBook) -> Quorum:
        """The minutes in which as many accounts were active as the rules in force at their start ask for."""
        steps = {-(-effective_from // MINUTE): 0 for effective_from, _ in book.versions} | self._steps
        met: list[tuple[Micros, Micros]] = []
        active = 0
        for minute, following in pairwise(sorted(steps)):
            active += steps[minute]
            if active and active >= book.at(minute * MINUTE).quorum:
                _extend(met, minute * MINUTE, following * MINUTE)
        return Quorum(tuple(met))

    def _touch(self, active: list[tuple[int, int]], first: int, following: int) -> None:
        """Join minutes with those in which an account is known to be active; `active` stays sorted and apart."""
        begin = bisect_left(active, first, key=itemgetter(1))
        end = bisect_right(active, following, key=itemgetter(0))
        joined = active[begin:end]
        for known_first, known_following in joined:
            self._step(known_first, known_following, -1)
        if joined:
            first, following = min(first, joined[0][0]), max(following, joined[-1][1])
        active[begin:end] = [(first, following)]
        self._step(first, following, 1)

    def _step(self, first: int, following: int, by: int) -> None:
        """Change the number of active accounts by `by` from one minute on, and back at another."""
        self._steps[first] += by
        self._steps[following] -= by


def _extend(stretches: list[tuple[int, int]], starts: int, ends: int) -> None:
    """Add a stretch that starts no earlier than the last one, joining them where they touch."""
    if stretches and starts <= stretches[-1][1]:
        stretches[-1] = (stretches[-1][0], max(stretches[-1][1], ends))
    else:
        stretches.append((starts, ends))
