"""Which copies tell of the same happening: a function of the copies alone, whatever order they came in.

Times are compared as event times. Copies over a websocket carry none and count from when they were heard, which is at
once; a webhook carries its own, however late it comes.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from server.domain.happenings.nearest import Nearest, Span, apart, couples
from server.domain.happenings.values import Copy, Kind
from server.domain.instants import HOUR, MINUTE
from server.events.tellings import Source

WITHIN = {Kind.SUB: 36 * HOUR, Kind.RENEWAL: 36 * HOUR, Kind.GIFT: 20 * MINUTE, Kind.BAN: MINUTE, Kind.KICKS: 0}
LATE = 24 * HOUR
"""So far a webhook's time may be from the others', where nothing nearer fits."""


class Cluster:
    """Copies of one happening, in order of arrival: from when to when they tell it, and everybody who received."""

    __slots__ = ("copies", "ends", "names", "starts")

    def __init__(self, copies: tuple[Copy, ...]) -> None:
        self.copies = copies
        if len(copies) == 1:
            # Nearly all of them, and of every group that changes all are made anew.
            self.starts = self.ends = copies[0].at
            self.names = copies[0].names
        else:
            self.starts = min(copy.at for copy in copies)
            self.ends = max(copy.at for copy in copies)
            self.names = frozenset[str]().union(*(copy.names for copy in copies))

    @property
    def span(self) -> Span:
        """From the earliest to the latest."""
        return self.starts, self.ends

    @property
    def has_webhook(self) -> bool:
        """Whether a webhook told it."""
        return any(copy.source is Source.WEBHOOK for copy in self.copies)

    @property
    def is_partial(self) -> bool:
        """Whether parts of it are still missing."""
        total = max((copy.facts.total or 0 for copy in self.copies), default=0)
        return any(copy.is_part for copy in self.copies) and len(self.names) < total

    @property
    def total(self) -> int:
        """How many were given."""
        return max(len(self.names), *(copy.facts.total or 0 for copy in self.copies))

    def away_from(self, other: "Cluster") -> int:
        """Microseconds between two clusters; 0 where they share time."""
        return apart(self.span, other.span)


def clusters_of(kind: Kind, copies: Iterable[Copy]) -> list[Cluster]:
    """The happenings that `copies` of one group tell, oldest first."""
    joined = _joined(_pinned(copies))
    if len(joined) == 1:
        return joined
    if kind is Kind.GIFT:
        found = _gifts(_with_repeats(joined))
    elif kind is Kind.KICKS:
        found = _payments(joined)
    else:
        found = _near(joined, WITHIN[kind])
    return sorted(found, key=_order)


def overlapping(clusters: Sequence[Cluster]) -> set[tuple[int, int]]:
    """Pairs of gifts, by place, that some people received in both: perhaps one gift, and nobody can tell."""
    if len(clusters) == 1:
        return set()
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    for place, cluster in enumerate(clusters):
        for name in cluster.names:
            by_name[name].append(place)
    return {
        (one, other)
        for places in by_name.values()
        for one, other in pairwise(places)
        if clusters[one].names != clusters[other].names
        and clusters[one].away_from(clusters[other]) <= _reach(clusters[one], clusters[other])
    }


def _order(cluster: Cluster) -> tuple[int, int]:
    return cluster.starts, cluster.copies[0].id


def _correlations(cluster: Cluster) -> frozenset[str]:
    return frozenset(copy.correlation for copy in cluster.copies if copy.correlation is not None)


def _merged(*clusters: Cluster) -> Cluster:
    if len(clusters) == 1:
        return clusters[0]
    copies = [copy for cluster in clusters for copy in cluster.copies]
    return Cluster(tuple(sorted(copies, key=lambda copy: copy.id)))


def _pinned(copies: Iterable[Copy]) -> list[Cluster]:
    """One cluster for each copy, and for those that staff joined."""
    pinned: defaultdict[int, list[Copy]] = defaultdict(list)
    alone: list[Cluster] = []
    for copy in sorted(copies, key=lambda copy: copy.id):
        if copy.pinned is None:
            alone.append(Cluster((copy,)))
        else:
            pinned[copy.pinned].append(copy)
    return [*alone, *(Cluster(tuple(together)) for together in pinned.values())]


def _joined(clusters: list[Cluster]) -> list[Cluster]:
    """Parts of one gift are one, by their correlation id; a cluster may carry several."""
    places_of: defaultdict[str, list[int]] = defaultdict(list)
    for place, cluster in enumerate(clusters):
        for correlation in _correlations(cluster):
            places_of[correlation].append(place)
    if not places_of:
        return clusters
    found: list[Cluster] = []
    seen: set[int] = set()
    for place in range(len(clusters)):
        if place in seen:
            continue
        together, waiting = [place], [place]
        seen.add(place)
        while waiting:
            for correlation in _correlations(clusters[waiting.pop()]):
                more = [other for other in places_of.pop(correlation, ()) if other not in seen]
                seen.update(more)
                together += more
                waiting += more
        found.append(_merged(*(clusters[one] for one in together)))
    return found


def _near(clusters: list[Cluster], within: int) -> list[Cluster]:
    """Clusters of which each is near the next one are one; in order of time, and no two share any."""
    if len(clusters) == 1:
        return clusters
    found: list[list[Cluster]] = []
    ends = 0
    for cluster in sorted(clusters, key=_order):
        if found and cluster.starts - ends <= within:
            found[-1].append(cluster)
            ends = max(ends, cluster.ends)
        else:
            found.append([cluster])
            ends = cluster.ends
    return [_merged(*together) for together in found]


def _payments(clusters: Sequence[Cluster]) -> list[Cluster]:
    """One for each transaction; what knows none belongs to the first."""
    by_transaction: defaultdict[str, list[Cluster]] = defaultdict(list)
    unknown: list[Cluster] = []
    for cluster in clusters:
        ids = sorted(copy.transaction for copy in cluster.copies if copy.transaction is not None)
        (by_transaction[ids[0]] if ids else unknown).append(cluster)
    first = min(by_transaction, default=None)
    if first is None:
        return [_merged(*unknown)] if unknown else []
    by_transaction[first] += unknown
    return [_merged(*together) for together in by_transaction.values()]


def _with_repeats(clusters: Sequence[Cluster]) -> list[Cluster]:
    """Give what staff joined all that repeats one of its copies."""
    found: list[Cluster] = []
    others: list[Cluster] = []
    for cluster in clusters:
        (found if any(copy.pinned is not None for copy in cluster.copies) else others).append(cluster)
    if not found:
        return others
    places_of: defaultdict[frozenset[str], set[int]] = defaultdict(set)
    for place, cluster in enumerate(found):
        for copy in cluster.copies:
            places_of[copy.names].add(place)
    rest: list[Cluster] = []
    for one in others:
        fitting = (
            place
            for place in sorted(places_of.get(one.names, ()))
            if one.names and one.away_from(found[place]) <= _reach(one, found[place])
        )
        place = next(fitting, None)
        if place is None:
            rest.append(one)
            continue
        found[place] = _merged(found[place], one)
        for copy in one.copies:
            places_of[copy.names].add(place)
    return [*found, *rest]


def _gifts(clusters: Iterable[Cluster]) -> list[Cluster]:
    named: defaultdict[frozenset[str], list[Cluster]] = defaultdict(list)
    partial: list[Cluster] = []
    counted: list[Cluster] = []
    for cluster in clusters:
        if not cluster.names:
            counted.append(cluster)
        elif cluster.is_partial:
            partial.append(cluster)
        else:
            named[cluster.names].append(cluster)
    whole = [one for same in named.values() for one in _late(_near(same, WITHIN[Kind.GIFT]))]
    return _with_counted(_with_parts(whole, partial), _counted(counted))


def _counted(clusters: Sequence[Cluster]) -> list[Cluster]:
    """Copies that only say how many, those without a correlation joined where they say the same at the same time."""
    tagged: list[Cluster] = []
    by_total: defaultdict[int, list[Cluster]] = defaultdict(list)
    for cluster in clusters:
        if _correlations(cluster):
            tagged.append(cluster)
        else:
            by_total[cluster.total].append(cluster)
    return [*tagged, *(one for same in by_total.values() for one in _near(same, WITHIN[Kind.GIFT]))]


def _late(same: list[Cluster]) -> list[Cluster]:
    """Give a webhook whose time is far off to the nearest one of the same people that no webhook told."""
    if len(same) == 1:
        return same
    places = [place for place, one in enumerate(same) if not (one.has_webhook and _has_socket(one))]
    lacking = [same[place] for place in places]
    coupled = couples([one.span for one in lacking], [one.has_webhook for one in lacking], LATE)
    taken = {places[webhook]: places[far] for webhook, far in coupled.items()}
    given = set(taken.values())
    return [
        _merged(one, same[taken[place]]) if place in taken else one
        for place, one in enumerate(same)
        if place not in given
    ]


def _has_socket(cluster: Cluster) -> bool:
    return any(copy.source is Source.WEBSOCKET for copy in cluster.copies)


def _with_parts(whole: list[Cluster], partial: Sequence[Cluster]) -> list[Cluster]:
    """Give parts, some of which are missing yet, to the gift that names all of their people."""
    if not partial:
        return whole
    found = list(whole)
    places_of: defaultdict[tuple[str, int], list[int]] = defaultdict(list)

    def index(place: int) -> None:
        for name in found[place].names:
            places_of[name, found[place].total].append(place)

    for place in range(len(found)):
        index(place)
    for part in sorted(partial, key=_order):
        named = min((places_of.get((name, part.total), []) for name in part.names), key=len)
        fitting = [
            (found[place].away_from(part), place)
            for place in named
            if part.names < found[place].names and found[place].away_from(part) <= _reach(found[place], part)
        ]
        if fitting:
            place = min(fitting)[1]
            found[place] = _merged(found[place], part)
        else:
            found.append(part)
            index(len(found) - 1)
    return found


def _with_counted(named: list[Cluster], counted: Sequence[Cluster]) -> list[Cluster]:
    """Give copies that only say how many to the nearest gift of so many; each gift takes those of one correlation."""
    if not counted:
        return named
    found = list(named)
    free: defaultdict[tuple[int, bool, bool], Nearest] = defaultdict(Nearest)
    for place, one in enumerate(named):
        free[one.total, one.has_webhook, bool(_correlations(one))].put(place, one.span)
    alone: list[Cluster] = []
    for one in sorted(counted, key=_order):
        fitting = [
            (near, sort)
            for is_tagged in ((False,) if _correlations(one) else (False, True))
            for has_webhook in (False, True)
            if (near := free[sort := (one.total, has_webhook, is_tagged)].to(one.span)) is not None
            and near[0] <= _reach(named[near[2]], one)
        ]
        if fitting:
            (_, _, place), sort = min(fitting)
            free[sort].take(place)
            found[place] = _merged(found[place], one)
        else:
            alone.append(one)
    return [*found, *alone]


def _reach(one: Cluster, other: Cluster) -> int:
    """How far apart two may be: a whole day where a webhook's time is compared with others."""
    return LATE if one.has_webhook != other.has_webhook else WITHIN[Kind.GIFT]
