"""The copies that told of happenings, and what names they bore: kept once each, attached to the happening they tell."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

import orjson

from server.domain.happenings.values import Copy, Facts, Kind
from server.domain.instants import MINUTE, micros
from server.events.happening import Person
from server.events.tellings import Source
from server.ports import Reader, Row, Tx

COPIES_MAX = 5_000
STEP = 100
SHOWN_MAX = 100
NAME = "name"
STAFF = "staff"
"""Who told a name where no platform did; it is believed first."""


class Group(NamedTuple):
    """Where copies are compared with each other."""

    channel_id: int
    kind: Kind
    key: str


@dataclass(frozen=True, slots=True)
class Bearing:
    """A name, as names are compared, in a channel, and when it was borne; both ends are included."""

    channel_id: int
    key: str
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Borne:
    """That somebody bore a name, as names are compared, in a channel, as a source told it."""

    channel_id: int
    key: str
    person: Person
    source: str
    at: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A copy that is not kept yet: what an exact repeat of it has in common with it, and what is to be kept."""

    group: Group
    copy: Copy
    digest: str
    data: str


def _heard(group: Group, copy: Copy) -> Heard:
    facts = copy.facts.stored()
    # What carries no time repeats within a minute.
    common = {**facts, "at": copy.at if copy.is_timed else copy.at // MINUTE}
    same = [group.channel_id, group.kind, group.key, copy.source, copy.correlation, copy.transaction, common]
    told = {
        "facts": facts,
        "is_timed": copy.is_timed,
        "correlation": copy.correlation,
        "transaction": copy.transaction,
        "is_part": copy.is_part,
    }
    digest = sha256(orjson.dumps(same, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Heard(group, copy, digest, orjson.dumps(told).decode())


async def new(reader: Reader, community_id: int, copies: Iterable[tuple[Group, Copy]]) -> list[Heard]:
    """Those copies that are no exact repeat of one that is kept or comes before them, in order."""
    by_digest: dict[str, Heard] = {}
    for group, copy in copies:
        heard = _heard(group, copy)
        by_digest.setdefault(heard.digest, heard)
    kept = await reader.bulk(
        "SELECT c.digest FROM r JOIN happening_copy c ON c.community_id = {p1} AND c.digest = r.digest",
        {"digest": ("text", list(by_digest))},
        community_id,
    )
    for row in kept:
        del by_digest[row["digest"]]
    return list(by_digest.values())


async def add(tx: Tx, community_id: int, heard: Sequence[tuple[Heard, int | None]], now: datetime) -> None:
    """Keep new copies, in order, each with the happening that it tells.

    The caller has held the community's lock since he asked which are new.
    """
    await tx.bulk(
        "INSERT INTO happening_copy (community_id, channel_id, kind, group_key, at, source, digest, data, told_at, "
        "happening_id) SELECT {p1}, r.channel_id, r.kind, r.group_key, r.at, r.source, r.digest, r.data, {p2}, "
        "r.happening_id FROM r ORDER BY r.place",
        {
            "place": ("bigint", range(len(heard))),
            "channel_id": ("bigint", [one.group.channel_id for one, _ in heard]),
            "kind": ("text", [one.group.kind.value for one, _ in heard]),
            "group_key": ("text", [one.group.key for one, _ in heard]),
            "at": ("bigint", [one.copy.at for one, _ in heard]),
            "source": ("text", [one.copy.source.value for one, _ in heard]),
            "digest": ("text", [one.digest for one, _ in heard]),
            "data": ("text", [one.data for one, _ in heard]),
            "happening_id": ("bigint", [happening_id for _, happening_id in heard]),
        },
        community_id,
        micros(now),
    )


async def add_names(tx: Tx, community_id: int, borne: Sequence[Borne], now: datetime) -> list[Borne]:
    """Keep who bore which name; those that were not kept yet for their minute."""
    by_digest: dict[str, Borne] = {}
    for one in borne:
        parts = f"{one.channel_id}:{one.key}:{one.person.id}:{one.source}:{one.at // MINUTE}"
        by_digest.setdefault(sha256(parts.encode()).hexdigest(), one)
    told = [{"id": one.person.id, "name": one.person.name} for one in by_digest.values()]
    kept = await tx.bulk(
        "INSERT INTO happening_copy (community_id, channel_id, kind, group_key, at, source, digest, data, told_at) "
        "SELECT {p1}, r.channel_id, {p2}, r.group_key, r.at, r.source, r.digest, r.data, {p3} FROM r WHERE TRUE "
        "ON CONFLICT (community_id, digest) DO NOTHING RETURNING digest",
        {
            "channel_id": ("bigint", [one.channel_id for one in by_digest.values()]),
            "group_key": ("text", [one.key for one in by_digest.values()]),
            "at": ("bigint", [one.at for one in by_digest.values()]),
            "source": ("text", [one.source for one in by_digest.values()]),
            "digest": ("text", list(by_digest)),
            "data": ("text", [orjson.dumps(one).decode() for one in told]),
        },
        community_id,
        NAME,
        micros(now),
    )
    digests = {row["digest"] for row in kept}
    return [one for digest, one in by_digest.items() if digest in digests]


async def within(reader: Reader, community_id: int, spans: Mapping[Group, tuple[int, int]]) -> dict[Group, list[Copy]]:
    """The copies of each group that tell of a time in its span, both ends included, oldest first."""
    groups = list(spans)
    rows = await reader.bulk(
        "SELECT place, id, at, source, data, happening_id, pinned, is_told FROM (SELECT r.place, c.id, c.at, c.source, "
        "c.data, c.happening_id, c.pinned, COALESCE(h.state = 'told', FALSE) AS is_told, "
        "row_number() OVER (PARTITION BY r.place ORDER BY c.id) AS nth FROM r "
        "JOIN happening_copy c ON c.community_id = {p1} AND c.channel_id = r.channel_id AND c.kind = r.kind "
        "AND c.group_key = r.group_key AND c.at >= r.since AND c.at <= r.until "
        "LEFT JOIN happening h ON h.id = c.happening_id) numbered "
        f"WHERE nth <= {COPIES_MAX} ORDER BY place, id",
        {
            "place": ("bigint", range(len(groups))),
            "channel_id": ("bigint", [group.channel_id for group in groups]),
            "kind": ("text", [group.kind.value for group in groups]),
            "group_key": ("text", [group.key for group in groups]),
            "since": ("bigint", [since for since, _ in spans.values()]),
            "until": ("bigint", [until for _, until in spans.values()]),
        },
        community_id,
    )
    found: dict[Group, list[Copy]] = {group: [] for group in groups}
    async for row in in_steps(rows):
        found[groups[row["place"]]].append(_copy(row, is_told=bool(row["is_told"])))
    return found


async def in_steps(rows: Sequence[Row]) -> AsyncGenerator[Row, None]:
    """Rows one by one; others get their turn in between, since thousands take long to read."""
    for place, row in enumerate(rows, 1):
        yield row
        if place % STEP == 0:
            await asyncio.sleep(0)


def _copy(row: Row, *, is_told: bool = False) -> Copy:
    told = orjson.loads(row["data"])
    return Copy(
        id=row["id"],
        source=Source(row["source"]),
        facts=Facts.restored(told.pop("facts")),
        happening_id=row["happening_id"],
        is_told=is_told,
        pinned=row["pinned"],
        **told,
    )


async def names(reader: Reader, community_id: int, bearings: Sequence[Bearing]) -> list[list[tuple[int, Person]]]:
    """Who bore each name within its span, each with how far from its middle that was told: 0 by staff."""
    rows = await reader.bulk(
        "SELECT r.place, c.at, c.source, c.data FROM r JOIN happening_copy c ON c.community_id = {p1} "
        "AND c.channel_id = r.channel_id AND c.kind = {p2} AND c.group_key = r.group_key AND c.at >= r.since "
        "AND c.at <= r.until ORDER BY c.at, c.id",
        {
            "place": ("bigint", range(len(bearings))),
            "channel_id": ("bigint", [one.channel_id for one in bearings]),
            "group_key": ("text", [one.key for one in bearings]),
            "since": ("bigint", [one.since for one in bearings]),
            "until": ("bigint", [one.until for one in bearings]),
        },
        community_id,
        NAME,
    )
    found: list[list[tuple[int, Person]]] = [[] for _ in bearings]
    for row in rows:
        one = bearings[int(row["place"])]
        away = 0 if row["source"] == STAFF else 1 + abs(row["at"] - (one.since + one.until) // 2)
        found[int(row["place"])].append((away, Person(**orjson.loads(row["data"]))))
    return found


async def of_happening(reader: Reader, community_id: int, happening_id: int) -> list[Copy]:
    """The copies attached to a happening, oldest first."""
    rows = await reader.fetch(
        "SELECT id, at, source, data, happening_id, pinned FROM happening_copy "
        f"WHERE community_id = $1 AND happening_id = $2 ORDER BY id LIMIT {SHOWN_MAX}",
        community_id,
        happening_id,
    )
    return [_copy(row) for row in rows]


async def attach(tx: Tx, community_id: int, owners: Mapping[int, int]) -> None:
    """Attach copies to happenings, by the copy's id."""
    await tx.bulk(
        "UPDATE happening_copy SET happening_id = r.happening_id FROM r "
        "WHERE happening_copy.id = r.id AND happening_copy.community_id = {p1}",
        {"id": ("bigint", list(owners)), "happening_id": ("bigint", list(owners.values()))},
        community_id,
    )


async def pin(tx: Tx, community_id: int, happening_ids: tuple[int, int], together: int) -> None:
    """Have the copies of two happenings belong together from now on."""
    await tx.execute(
        "UPDATE happening_copy SET pinned = $4 WHERE community_id = $1 AND happening_id IN ($2, $3)",
        community_id,
        *happening_ids,
        together,
    )
