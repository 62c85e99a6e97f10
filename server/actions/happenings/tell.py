"""What is known of the happenings in a group after a change, and what that makes different for whoever was told."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.domain.happenings.copies import Cluster, clusters_of, overlapping
from server.domain.happenings.knowledge import is_pending, known
from server.domain.happenings.values import Copy, Facts, Keyed, Kind, happening_of, name_key
from server.domain.instants import DAY, HOUR
from server.events.happening import Happening, Person
from server.events.tellings import Corrected
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import happenings, reviews
from server.store.happenings import Group, HappeningRecord
from server.store.reviews import Pair

CHANGED = {Kind.SUB: 3 * DAY, Kind.RENEWAL: 3 * DAY, Kind.GIFT: 25 * HOUR, Kind.KICKS: HOUR, Kind.BAN: HOUR}
"""How far from a new copy anything can be different because of it.

Copies are looked at twice as far, so that no happening is judged by half of its copies.
"""
NAMED_WITHIN = HOUR
STEP = 50
"""So many happenings are looked at before others get their turn."""


class Touched:
    """A group in which something changed: between which times, and the channel as a copy told it."""

    def __init__(self, told: Happening) -> None:
        self.told = told
        self.since = 2**62
        self.until = -(2**62)

    def reach(self, at: int) -> None:
        """Note that a copy of `at` came."""
        self.since, self.until = min(self.since, at), max(self.until, at)


@dataclass(slots=True)
class _Row:
    """A happening to be: its copies, what they say together, the row it has and those that turned out to be it."""

    cluster: Cluster
    facts: Facts
    record: HappeningRecord | None
    merged: Sequence[HappeningRecord]
    is_held: bool = False


async def retell(tx: Tx, scope: Scope, touched: Mapping[Group, Touched]) -> list[Keyed | Corrected]:
    """Bring the happenings of groups up to date with their copies; what is new, and what is different now.

    The caller holds the community's lock.
    """
    told: list[Keyed | Corrected] = []
    owners: dict[int, int] = {}
    for group, where in touched.items():
        told += await _Group(tx, scope, group, where, owners).retell()
    await happenings.attach(tx, scope.community_id, owners)
    # What is new goes first: events are handed on type by type, and nothing may be corrected before it is told.
    return sorted(told, key=lambda event: isinstance(event, Corrected))


class _Group:
    def __init__(self, tx: Tx, scope: Scope, group: Group, where: Touched, owners: dict[int, int]) -> None:
        """`owners` is given the copies that get another happening, for all groups at once."""
        self._tx = tx
        self._scope = scope
        self._community_id = scope.community_id
        self._group = group
        self._where = where
        self._owners = owners
        self._told: list[Keyed | Corrected] = []

    async def retell(self) -> list[Keyed | Corrected]:
        """Do it."""
        since, until, far = self._where.since, self._where.until, CHANGED[self._group.kind]
        copies = await happenings.copies(self._tx, self._community_id, self._group, since - 2 * far, until + 2 * far)
        clusters = [
            cluster
            for cluster in await self._clusters(copies)
            if cluster.ends >= since - far and cluster.starts <= until + far
        ]
        rows = await self._rows(clusters)
        await self._hold(rows)
        for place, row in enumerate(rows, 1):
            await self._save(row)
            if place % STEP == 0:
                await asyncio.sleep(0)
        return self._told

    async def _clusters(self, copies: Sequence[Copy]) -> list[Cluster]:
        if len(copies) <= STEP:
            return clusters_of(self._group.kind, copies)
        # One piece of work, and of thousands of copies a long one: everybody else goes on meanwhile.
        return await asyncio.to_thread(clusters_of, self._group.kind, copies)

    async def _rows(self, clusters: Sequence[Cluster]) -> list[_Row]:
        """Give each cluster the row its copies have; of several the one that was told first."""
        ids = {copy.happening_id for cluster in clusters for copy in cluster.copies if copy.happening_id is not None}
        records = await happenings.by_ids(self._tx, self._community_id, ids)
        owner: dict[int, int] = {}
        first_copy: dict[int, int] = {}
        for place, cluster in enumerate(clusters):
            for copy in cluster.copies:
                row = copy.happening_id
                if row in records and copy.id < first_copy.get(row, copy.id + 1):
                    owner[row], first_copy[row] = place, copy.id
        rows: list[_Row] = []
        records_of: defaultdict[int, list[HappeningRecord]] = defaultdict(list)
        for row, place in owner.items():
            records_of[place].append(records[row])
        for place, cluster in enumerate(clusters):
            if place % STEP == 0:
                await asyncio.sleep(0)
            mine = sorted(records_of[place], key=lambda record: (record.state != "told", record.id))
            facts = known(self._group.kind, cluster.copies, await self._named(cluster))
            rows.append(_Row(cluster, facts, mine[0] if mine else None, mine[1:]))
        return rows

    async def _named(self, cluster: Cluster) -> Mapping[str, Person]:
        """Who the name is that copies tell without an id, as other things told at about that time."""
        if self._group.kind not in {Kind.GIFT, Kind.SUB, Kind.RENEWAL}:
            return {}
        people = [copy.facts.who for copy in cluster.copies]
        key = next((name_key(person) for person in people if name_key(person)), "")
        if not key or any(person.id is not None for person in people):
            return {}
        since, until = cluster.starts - NAMED_WITHIN, cluster.ends + NAMED_WITHIN
        told = await happenings.names(self._tx, self._community_id, self._group.channel_id, key, since, until)
        nearest = sorted(told, key=lambda one: (one[0], one[1].id or ""))
        return {key: nearest[0][1]} if nearest else {}

    async def _hold(self, rows: Sequence[_Row]) -> None:
        """Hold back what overlaps with something that is told; whether it is the same is for staff to say."""
        if self._group.kind is not Kind.GIFT:
            return
        pairs = overlapping([row.cluster for row in rows])
        decided = await self._settle(rows, pairs)
        beside: defaultdict[int, list[_Row]] = defaultdict(list)
        for one, another in sorted(pairs):
            beside[one].append(rows[another])
            beside[another].append(rows[one])
        for place in self._in_turn(rows):
            await self._judge(rows[place], [other for other in beside[place] if other.record is not None], decided)

    async def _judge(self, row: _Row, others: Sequence[_Row], decided: Mapping[Pair, str]) -> None:
        """Hold a happening that is not told yet while staff has not said that it is none of those before it."""
        doubted = [
            other
            for other in others
            if row.record is None or decided.get(_pair(row.record.id, _id(other))) not in {"different", "same"}
        ]
        row.is_held = bool(doubted) and (row.record is None or row.record.state != "told")
        if row.record is None:
            await self._make(row)
        for other in doubted:
            await reviews.ask(self._tx, self._community_id, _pair(_id(row), _id(other)), self._scope.now)

    def _in_turn(self, rows: Sequence[_Row]) -> list[int]:
        """The places of those with a row first, told ones before held ones; then by time."""
        return sorted(
            range(len(rows)),
            key=lambda place: (
                (record := rows[place].record) is None,
                record is not None and record.state != "told",
                0 if record is None else record.id,
                rows[place].facts.at,
            ),
        )

    async def _settle(self, rows: Sequence[_Row], pairs: set[tuple[int, int]]) -> Mapping[Pair, str]:
        """The decisions about these happenings; questions that the copies have answered meanwhile are closed."""
        ids = [row.record.id for row in rows if row.record is not None]
        ids += [record.id for row in rows for record in row.merged]
        found = await reviews.of_happenings(self._tx, self._community_id, ids)
        still = {
            _pair(one.id, other.id)
            for a, b in pairs
            if (one := rows[a].record) is not None and (other := rows[b].record) is not None
        }
        for pair, state in found.items():
            if state == "open" and pair not in still and set(pair) <= set(ids):
                await reviews.settle(self._tx, self._community_id, pair, self._scope.now)
        return found

    async def _save(self, row: _Row) -> None:
        """Write a happening down and tell what is new about it."""
        if row.record is None:
            await self._make(row)
        elif row.record.state == "told":
            await self._correct(row, row.record)
        elif not row.is_held:
            await self._write(row, row.record.id, "told")
            self._told.append(self._event(row.facts, row.record.id))
        elif row.facts != row.record.facts:
            await self._write(row, row.record.id, "held")
        for former in row.merged:
            await self._void(former, _id(row))
        self._owners |= {copy.id: _id(row) for copy in row.cluster.copies if copy.happening_id != _id(row)}

    async def _make(self, row: _Row) -> None:
        state = "held" if row.is_held else "told"
        row.record = await happenings.add(
            self._tx,
            self._community_id,
            self._group,
            row.facts,
            state,
            self._scope.now,
            is_pending=is_pending(row.facts),
        )
        if not row.is_held:
            self._told.append(self._event(row.facts, row.record.id))

    async def _correct(self, row: _Row, record: HappeningRecord) -> None:
        if row.facts == record.facts:
            return
        await self._write(row, record.id, "told")
        if row.facts.essence == record.facts.essence:
            return
        was, now = self._event(record.facts, record.id), self._event(row.facts, record.id)
        self._told.append(self._corrected(record.id, was, now))

    async def _void(self, record: HappeningRecord, survivor: int) -> None:
        await happenings.revise(self._tx, record.id, record.facts, "void", is_pending=False, merged_into=survivor)
        if record.state == "told":
            self._told.append(self._corrected(record.id, self._event(record.facts, record.id), None))

    async def _write(self, row: _Row, happening_id: int, state: happenings.State) -> None:
        await happenings.revise(self._tx, happening_id, row.facts, state, is_pending=is_pending(row.facts))

    def _event(self, facts: Facts, happening_id: int) -> Keyed:
        return happening_of(self._where.told, self._group.kind, facts, happening_id)

    def _corrected(self, happening_id: int, was: Keyed, now: Keyed | None) -> Corrected:
        told = self._where.told
        return Corrected(
            platform=told.platform, broadcaster=told.broadcaster, happening_id=happening_id, was=was, now=now
        )


def _id(row: _Row) -> int:
    """The id of a happening that has a row."""
    if row.record is None:
        raise LookupError("The happening has no row yet.")
    return row.record.id


def _pair(one: int, other: int) -> Pair:
    return min(one, other), max(one, other)
