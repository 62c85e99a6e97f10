"""What is known of the happenings in a group after a change, and what that makes different for whoever was told."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

from server.domain.happenings.copies import Cluster, clusters_of, overlapping
from server.domain.happenings.knowledge import is_pending, known
from server.domain.happenings.values import Copy, Facts, Keyed, Kind, happening_of, name_key
from server.domain.instants import DAY, HOUR
from server.events.happening import Happening, Person
from server.events.tellings import Corrected
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import reviews
from server.store.happenings import copies, happenings
from server.store.happenings.copies import Bearing, Group, Heard
from server.store.happenings.happenings import HappeningRecord, Noted, Revision, State
from server.store.reviews import Pair, ReviewState

CHANGED = {Kind.SUB: 3 * DAY, Kind.RENEWAL: 3 * DAY, Kind.GIFT: 25 * HOUR, Kind.KICKS: HOUR, Kind.BAN: HOUR}
"""How far from a new copy anything can be different because of it.

Copies are looked at twice as far, so that no happening is judged by half of its copies.
"""
NAMED_WITHIN = HOUR
FIRST_NEW = 2**62
"""Copies that are not kept yet are numbered from here: they came after all that are."""
STEP = 50
"""So many happenings are looked at before others get their turn."""

T = TypeVar("T")


class Touched:
    """A group in which something changed: between which times, and the channel as a copy told it."""

    def __init__(self, told: Happening) -> None:
        self.told = told
        self.since = 2**62
        self.until = -(2**62)

    def reach(self, at: int) -> None:
        """Note that a copy of `at` came."""
        self.since, self.until = min(self.since, at), max(self.until, at)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is looked at of a group: the clusters, and which of them overlap, by place.

    `settled` are the happenings whose copies are what they were when they were told, and which overlap with nothing:
    whatever else happened in the group, they are left as they are.
    """

    clusters: Sequence[Cluster]
    pairs: Collection[tuple[int, int]]
    settled: Collection[int]


@dataclass(slots=True)
class _Row:
    """A happening to be: its copies, what they say together, the row it has and those that turned out to be it."""

    group: Group
    cluster: Cluster
    facts: Facts
    record: HappeningRecord | None
    merged: Sequence[HappeningRecord]
    is_held: bool = False
    made: int | None = None

    @property
    def id(self) -> int:
        """The id of its row, which it has by now."""
        found = self.made if self.record is None else self.record.id
        if found is None:
            raise LookupError("The happening has no row yet.")
        return found


async def retell(
    tx: Tx, scope: Scope, touched: Mapping[Group, Touched], new: Sequence[Heard] = ()
) -> list[Keyed | Corrected]:
    """Bring the happenings of groups up to date with their copies, of which those in `new` are kept from now on.

    Returns what is new, and what is different now. The caller holds the community's lock.
    """
    told = await _Retelling(tx, scope, touched, new).retell()
    # What is new goes first: events are handed on type by type, and nothing may be corrected before it is told.
    return sorted(told, key=lambda event: isinstance(event, Corrected))


class _Retelling:
    """Groups that changed together: each step is taken for all of them with one statement."""

    def __init__(self, tx: Tx, scope: Scope, touched: Mapping[Group, Touched], new: Sequence[Heard]) -> None:
        self._tx = tx
        self._scope = scope
        self._community_id = scope.community_id
        self._touched = touched
        self._new = {FIRST_NEW + place: heard for place, heard in enumerate(new)}
        self._told: list[Keyed | Corrected] = []
        self._revisions: list[Revision] = []
        self._owners: dict[int, int] = {}

    async def retell(self) -> list[Keyed | Corrected]:
        """Do it."""
        looked = await self._looked_at()
        groups = await self._rows(looked)
        doubts = await self._hold(looked, groups)
        await self._make([row for rows in groups for row in _in_turn(rows) if row.record is None])
        pairs = [_pair(one.id, other.id) for one, other in doubts]
        await reviews.ask(self._tx, self._community_id, pairs, self._scope.now)
        async for row in _in_steps([row for rows in groups for row in rows]):
            self._save(row)
        await happenings.revise(self._tx, self._community_id, self._revisions)
        new = [(heard, self._owners.pop(copy_id, None)) for copy_id, heard in self._new.items()]
        await copies.add(self._tx, self._community_id, new, self._scope.now)
        await copies.attach(self._tx, self._community_id, self._owners)
        return self._told

    async def _looked_at(self) -> dict[Group, _Looked]:
        """What the copies around each change tell, as far as it can be different because of it."""
        spans = {
            group: (where.since - 2 * CHANGED[group.kind], where.until + 2 * CHANGED[group.kind])
            for group, where in self._touched.items()
        }
        found = await copies.within(self._tx, self._community_id, spans)
        for copy_id, heard in self._new.items():
            found[heard.group].append(replace(heard.copy, id=copy_id))
        looked: dict[Group, _Looked] = {}
        async for group, theirs in _in_steps(list(found.items())):
            where, far = self._touched[group], CHANGED[group.kind]
            near = [
                cluster
                for cluster in await _clusters_of(group.kind, theirs)
                if cluster.ends >= where.since - far and cluster.starts <= where.until + far
            ]
            looked[group] = _unsettled(group.kind, near)
        return looked

    async def _rows(self, looked: Mapping[Group, _Looked]) -> list[list[_Row]]:
        """Give each cluster the row its copies have; of several the one that was told first."""
        ids = {
            copy.happening_id
            for theirs in looked.values()
            for cluster in theirs.clusters
            for copy in cluster.copies
            if copy.happening_id is not None
        }
        records = await happenings.by_ids(self._tx, self._community_id, ids)
        named = await self._named(looked)
        groups: list[list[_Row]] = []
        async for group, theirs in _in_steps(list(looked.items())):
            rows: list[_Row] = []
            for place, mine in enumerate(_owned(theirs.clusters, records)):
                cluster = theirs.clusters[place]
                facts = known(group.kind, cluster.copies, named.get((group, place), {}))
                rows.append(_Row(group, cluster, facts, mine[0] if mine else None, mine[1:]))
            groups.append(rows)
        return groups

    async def _named(self, looked: Mapping[Group, _Looked]) -> dict[tuple[Group, int], Mapping[str, Person]]:
        """Who the names are that copies tell without an id, as other things told at about that time."""
        wanted = {
            (group, place): Bearing(
                group.channel_id, key, since=cluster.starts - NAMED_WITHIN, until=cluster.ends + NAMED_WITHIN
            )
            for group, theirs in looked.items()
            if group.kind in {Kind.GIFT, Kind.SUB, Kind.RENEWAL}
            for place, cluster in enumerate(theirs.clusters)
            if (key := _nameless(cluster))
        }
        told = await copies.names(self._tx, self._community_id, list(wanted.values()))
        return {
            place: {bearing.key: min(bearers, key=lambda one: (one[0], one[1].id or ""))[1]}
            for (place, bearing), bearers in zip(wanted.items(), told, strict=True)
            if bearers
        }

    async def _hold(self, looked: Mapping[Group, _Looked], groups: Sequence[Sequence[_Row]]) -> list[tuple[_Row, _Row]]:
        """Hold back what overlaps with something that is told; the pairs of which staff has to say whether it is one.

        Questions that the copies have answered meanwhile are closed.
        """
        gifts = [rows for rows in groups if rows and rows[0].group.kind is Kind.GIFT]
        ids = {row.record.id for rows in gifts for row in rows if row.record is not None}
        ids |= {record.id for rows in gifts for row in rows for record in row.merged}
        decided = await reviews.of_happenings(self._tx, self._community_id, ids)
        ids.update(*(looked[rows[0].group].settled for rows in gifts))
        doubts: list[tuple[_Row, _Row]] = []
        still: set[Pair] = set()
        for rows in gifts:
            pairs = looked[rows[0].group].pairs
            still |= {
                _pair(one.id, other.id)
                for a, b in pairs
                if (one := rows[a]).record is not None and (other := rows[b]).record is not None
            }
            doubts += _doubts(rows, pairs, decided)
        for pair, state in decided.items():
            if state == "open" and pair not in still and ids.issuperset(pair):
                await reviews.settle(self._tx, self._community_id, pair, self._scope.now)
        return doubts

    async def _make(self, rows: Sequence[_Row]) -> None:
        noted = [Noted(row.group, row.facts, "held" if row.is_held else "told", is_pending(row.facts)) for row in rows]
        made = await happenings.add(self._tx, self._community_id, noted, self._scope.now)
        async for row, happening_id in _in_steps(list(zip(rows, made, strict=True))):
            row.made = happening_id
            if not row.is_held:
                self._told.append(self._event(row.group, row.facts, happening_id))

    def _save(self, row: _Row) -> None:
        """Note what is to be written of a happening, and tell what is new about it."""
        record = row.record
        if record is not None and record.state == "told":
            self._correct(row, record)
        elif record is not None and not row.is_held:
            self._revise(row, "told")
            self._told.append(self._event(row.group, row.facts, record.id))
        elif record is not None and row.facts != record.facts:
            self._revise(row, "held")
        for former in row.merged:
            self._void(row.group, former, row.id)
        self._owners |= {copy.id: row.id for copy in row.cluster.copies if copy.happening_id != row.id}

    def _correct(self, row: _Row, record: HappeningRecord) -> None:
        if row.facts == record.facts:
            return
        self._revise(row, "told")
        if row.facts.essence == record.facts.essence:
            return
        was, now = self._event(row.group, record.facts, record.id), self._event(row.group, row.facts, record.id)
        self._told.append(self._corrected(row.group, record.id, was, now))

    def _void(self, group: Group, record: HappeningRecord, survivor: int) -> None:
        self._revisions.append(
            Revision(record.id, group.kind, record.facts, "void", is_pending=False, merged_into=survivor)
        )
        if record.state == "told":
            was = self._event(group, record.facts, record.id)
            self._told.append(self._corrected(group, record.id, was, None))

    def _revise(self, row: _Row, state: State) -> None:
        self._revisions.append(Revision(row.id, row.group.kind, row.facts, state, is_pending=is_pending(row.facts)))

    def _event(self, group: Group, facts: Facts, happening_id: int) -> Keyed:
        return happening_of(self._touched[group].told, group.kind, facts, happening_id)

    def _corrected(self, group: Group, happening_id: int, was: Keyed, now: Keyed | None) -> Corrected:
        told = self._touched[group].told
        return Corrected(
            platform=told.platform, broadcaster=told.broadcaster, happening_id=happening_id, was=was, now=now
        )


async def _in_steps(items: Iterable[T]) -> AsyncGenerator[T, None]:
    """Items one by one; others get their turn in between."""
    for place, item in enumerate(items, 1):
        yield item
        if place % STEP == 0:
            await asyncio.sleep(0)


async def _clusters_of(kind: Kind, told: Sequence[Copy]) -> list[Cluster]:
    if len(told) <= STEP:
        return clusters_of(kind, told)
    # One piece of work, and of thousands of copies a long one: everybody else goes on meanwhile.
    return await asyncio.to_thread(clusters_of, kind, told)


def _unsettled(kind: Kind, clusters: Sequence[Cluster]) -> _Looked:
    """Those of a group's clusters that may be something else now."""
    pairs = overlapping(clusters) if kind is Kind.GIFT else set[tuple[int, int]]()
    tellings = Counter(row for cluster in clusters for row in {copy.happening_id for copy in cluster.copies})
    doubted = set(chain.from_iterable(pairs))
    places: dict[int, int] = {}
    settled: list[int] = []
    for place, cluster in enumerate(clusters):
        row = cluster.copies[0].happening_id
        is_as_told = all(copy.is_told and copy.happening_id == row for copy in cluster.copies)
        if row is None or not is_as_told or tellings[row] > 1 or place in doubted or _nameless(cluster):
            places[place] = len(places)
        else:
            settled.append(row)
    return _Looked([clusters[place] for place in places], {(places[a], places[b]) for a, b in pairs}, settled)


def _owned(clusters: Sequence[Cluster], records: Mapping[int, HappeningRecord]) -> list[list[HappeningRecord]]:
    """The rows of each cluster: those whose first copy it has, the one that was told first before the others."""
    owner: dict[int, int] = {}
    first_copy: dict[int, int] = {}
    for place, cluster in enumerate(clusters):
        for copy in cluster.copies:
            row = copy.happening_id
            if row is not None and row in records and copy.id < first_copy.get(row, copy.id + 1):
                owner[row], first_copy[row] = place, copy.id
    owned: list[list[HappeningRecord]] = [[] for _ in clusters]
    for row, place in owner.items():
        owned[place].append(records[row])
    return [sorted(mine, key=lambda record: (record.state != "told", record.id)) for mine in owned]


def _nameless(cluster: Cluster) -> str:
    """The name, as names are compared, of somebody whose id no copy tells; empty where one does, or nobody is named."""
    people = [copy.facts.who for copy in cluster.copies]
    if any(person.id is not None for person in people):
        return ""
    return next((name_key(person) for person in people if name_key(person)), "")


def _doubts(
    rows: Sequence[_Row], pairs: Iterable[tuple[int, int]], decided: Mapping[Pair, ReviewState]
) -> list[tuple[_Row, _Row]]:
    """Hold each happening that is not told yet while staff has not said that it is none of those before it.

    Returns each doubted one with what it may be the same as.
    """
    beside: defaultdict[int, list[int]] = defaultdict(list)
    for one, another in sorted(pairs):
        beside[one].append(another)
        beside[another].append(one)
    before = [row.record is not None for row in rows]
    doubts: list[tuple[_Row, _Row]] = []
    for place in sorted(beside, key=lambda place: _turn(rows[place])):
        row = rows[place]
        others = [rows[other] for other in beside[place] if before[other]]
        if row.record is not None:
            others = [one for one in others if decided.get(_pair(row.id, one.id)) not in {"different", "same"}]
        row.is_held = bool(others) and (row.record is None or row.record.state != "told")
        doubts += [(row, other) for other in others]
        before[place] = True
    return doubts


def _in_turn(rows: Sequence[_Row]) -> list[_Row]:
    """Those with a row first, told ones before held ones; then by time."""
    return sorted(rows, key=_turn)


def _turn(row: _Row) -> tuple[bool, bool, int, int]:
    record = row.record
    return record is None, record is not None and record.state != "told", record.id if record else 0, row.facts.at


def _pair(one: int, other: int) -> Pair:
    return min(one, other), max(one, other)
