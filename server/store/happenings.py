"""Happenings, the copies that told them, and what staff has to decide about them."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

import orjson

from server.domain.happenings.values import Copy, Facts, Kind
from server.domain.instants import MINUTE, instant_of, micros
from server.events.happening import Person
from server.events.tellings import Source
from server.ports import Reader, Row, Tx

State = Literal["told", "held", "void"]
COPIES_MAX = 5_000
STEP = 100
SHOWN_MAX = 100
NAME = "name"
STAFF = "staff"
"""Who told a name where no platform did; it is believed first."""


@dataclass(frozen=True, slots=True)
class Group:
    """Where copies are compared with each other."""

    channel_id: int
    kind: Kind
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HappeningRecord:
    """A happening as a community knows it; `facts` is what has been told of it."""

    id: int
    group: Group
    at: int
    state: State
    is_pending: bool
    facts: Facts
    told_at: datetime
    merged_into: int | None


COLUMNS = "id, channel_id, kind, group_key, at, state, is_pending, data, told_at, merged_into"


def happening_record(row: Row) -> HappeningRecord:
    """A row of `COLUMNS` as a value."""
    return HappeningRecord(
        id=row["id"],
        group=Group(row["channel_id"], Kind(row["kind"]), row["group_key"]),
        at=row["at"],
        state=row["state"],
        is_pending=bool(row["is_pending"]),
        facts=Facts.restored(orjson.loads(row["data"])),
        told_at=instant_of(row["told_at"]),
        merged_into=row["merged_into"],
    )


def _digest(copy: Copy, group: Group, said: Mapping[str, Any]) -> str:
    """What an exact repeat has in common with the first; what carries no time repeats within a minute."""
    facts = {**said, "at": copy.at if copy.is_timed else copy.at // MINUTE}
    told = [group.channel_id, group.kind, group.key, copy.source, copy.correlation, copy.transaction, facts]
    return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def add_copies(
    tx: Tx, community_id: int, copies: Sequence[tuple[Group, Copy]], now: datetime
) -> list[tuple[Group, Copy]]:
    """Keep copies, in order; those that are no exact repeat of one that is kept."""
    by_digest: dict[str, tuple[Group, Copy, str]] = {}
    for group, copy in copies:
        facts = copy.facts.stored()
        told = {
            "facts": facts,
            "is_timed": copy.is_timed,
            "correlation": copy.correlation,
            "transaction": copy.transaction,
            "is_part": copy.is_part,
        }
        by_digest.setdefault(_digest(copy, group, facts), (group, copy, orjson.dumps(told).decode()))
    kept = await tx.bulk(
        "INSERT INTO happening_copy (community_id, channel_id, kind, group_key, at, source, digest, data, told_at) "
        "SELECT {p1}, r.channel_id, r.kind, r.group_key, r.at, r.source, r.digest, r.data, {p2} FROM r WHERE TRUE "
        "ON CONFLICT (community_id, digest) DO NOTHING RETURNING digest",
        {
            "channel_id": ("bigint", [group.channel_id for group, _, _ in by_digest.values()]),
            "kind": ("text", [group.kind.value for group, _, _ in by_digest.values()]),
            "group_key": ("text", [group.key for group, _, _ in by_digest.values()]),
            "at": ("bigint", [copy.at for _, copy, _ in by_digest.values()]),
            "source": ("text", [copy.source.value for _, copy, _ in by_digest.values()]),
            "digest": ("text", list(by_digest)),
            "data": ("text", [told for _, _, told in by_digest.values()]),
        },
        community_id,
        micros(now),
    )
    new = {row["digest"] for row in kept}
    return [(group, copy) for digest, (group, copy, _) in by_digest.items() if digest in new]


async def add_name(
    tx: Tx, community_id: int, channel_id: int, key: str, person: Person, source: str, at: int, now: datetime
) -> bool:
    """Keep that `person` bore a name; False where that is kept for this minute."""
    told = {"id": person.id, "name": person.name}
    parts = f"{channel_id}:{key}:{person.id}:{source}:{at // MINUTE}"
    digest = sha256(parts.encode()).hexdigest()
    return await _keep(tx, community_id, (channel_id, NAME, key), (at, source), digest, told, now)


async def _keep(
    tx: Tx,
    community_id: int,
    place: tuple[int, str, str],
    heard: tuple[int, str],
    digest: str,
    told: Mapping[str, Any],
    now: datetime,
) -> bool:
    rows = await tx.fetch(
        "INSERT INTO happening_copy (community_id, channel_id, kind, group_key, at, source, digest, data, told_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (community_id, digest) DO NOTHING RETURNING id",
        community_id,
        *place,
        *heard,
        digest,
        orjson.dumps(told).decode(),
        micros(now),
    )
    return bool(rows)


async def copies(reader: Reader, community_id: int, group: Group, since: int, until: int) -> list[Copy]:
    """The copies of a group that tell of a time from `since` to `until`, oldest first."""
    rows = await reader.fetch(
        "SELECT id, at, source, data, happening_id, pinned FROM happening_copy WHERE community_id = $1 "
        "AND channel_id = $2 AND kind = $3 AND group_key = $4 AND at >= $5 AND at <= $6 ORDER BY id "
        f"LIMIT {COPIES_MAX}",
        community_id,
        group.channel_id,
        group.kind.value,
        group.key,
        since,
        until,
    )
    return [_copy(row) async for row in _in_steps(rows)]


async def _in_steps(rows: Sequence[Row]) -> AsyncGenerator[Row, None]:
    """Rows one by one; others get their turn in between, since thousands take long to read."""
    for place, row in enumerate(rows, 1):
        yield row
        if place % STEP == 0:
            await asyncio.sleep(0)


def _copy(row: Row) -> Copy:
    told = orjson.loads(row["data"])
    return Copy(
        id=row["id"],
        source=Source(row["source"]),
        facts=Facts.restored(told.pop("facts")),
        happening_id=row["happening_id"],
        pinned=row["pinned"],
        **told,
    )


async def names(
    reader: Reader, community_id: int, channel_id: int, key: str, since: int, until: int
) -> list[tuple[int, Person]]:
    """Who bore a name from `since` to `until`, each with how far from it that was told: 0 by staff."""
    rows = await reader.fetch(
        "SELECT at, source, data FROM happening_copy WHERE community_id = $1 AND channel_id = $2 AND kind = $3 "
        "AND group_key = $4 AND at >= $5 AND at <= $6 ORDER BY at, id",
        community_id,
        channel_id,
        NAME,
        key,
        since,
        until,
    )
    middle = (since + until) // 2
    return [
        (0 if row["source"] == STAFF else 1 + abs(row["at"] - middle), Person(**orjson.loads(row["data"])))
        for row in rows
    ]


async def accounts_named(reader: Reader, platform: str, key: str) -> list[int]:
    """The accounts that bear a name on a platform now, two at most: of more than one nobody can be suggested."""
    rows = await reader.fetch("SELECT id FROM account WHERE platform = $1 AND name_key = $2 LIMIT 2", platform, key)
    return [row["id"] for row in rows]


async def copies_of(reader: Reader, community_id: int, happening_id: int) -> list[Copy]:
    """The copies attached to a happening, oldest first."""
    rows = await reader.fetch(
        "SELECT id, at, source, data, happening_id, pinned FROM happening_copy "
        f"WHERE community_id = $1 AND happening_id = $2 ORDER BY id LIMIT {SHOWN_MAX}",
        community_id,
        happening_id,
    )
    return [_copy(row) for row in rows]


async def page(
    reader: Reader,
    community_id: int,
    before_id: int | None,
    limit: int,
    *,
    state: State | None = None,
    pending: bool | None = None,
) -> list[HappeningRecord]:
    """The happenings of a community, newest first, after the last one seen."""
    conditions, values = _matching(state, pending=pending)
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM happening WHERE community_id = $1 AND id < $2{conditions} "
        f"ORDER BY id DESC LIMIT {limit}",
        community_id,
        2**63 - 1 if before_id is None else before_id,
        *values,
    )
    return [happening_record(row) for row in rows]


async def told_between(
    reader: Reader, community_id: int, since: int, until: int, after: int, limit: int
) -> list[HappeningRecord]:
    """What was told and happened within `[since, until)`, by id, after the last one seen."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM happening WHERE community_id = $1 AND id > $2 AND state = 'told' AND at >= $3 "
        "AND at < $4 ORDER BY id LIMIT $5",
        community_id,
        after,
        since,
        until,
        limit,
    )
    return [happening_record(row) for row in rows]


async def count(reader: Reader, community_id: int, *, state: State | None = None, pending: bool | None = None) -> int:
    """How many happenings there are."""
    conditions, values = _matching(state, pending=pending)
    rows = await reader.fetch(
        f"SELECT count(*) AS many FROM happening WHERE community_id = $1 AND id < $2{conditions}",
        community_id,
        2**63 - 1,
        *values,
    )
    return int(rows[0]["many"])


def _matching(state: State | None, *, pending: bool | None) -> tuple[str, list[Any]]:
    """The conditions on happenings, after two other parameters, and their values."""
    asked = [(column, value) for column, value in (("state", state), ("is_pending", pending)) if value is not None]
    conditions = "".join(f" AND {column} = ${n}" for n, (column, _) in enumerate(asked, 3))
    return conditions, [value for _, value in asked]


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


async def add(
    tx: Tx, community_id: int, group: Group, facts: Facts, state: State, now: datetime, *, is_pending: bool
) -> HappeningRecord:
    """Note a happening, and return it."""
    rows = await tx.fetch(
        "INSERT INTO happening (community_id, channel_id, kind, group_key, at, state, is_pending, data, told_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
        f"RETURNING {COLUMNS}",
        community_id,
        group.channel_id,
        group.kind.value,
        group.key,
        facts.at,
        state,
        is_pending,
        orjson.dumps(facts.stored()).decode(),
        micros(now),
    )
    return happening_record(rows[0])


async def revise(
    tx: Tx, happening_id: int, facts: Facts, state: State, *, is_pending: bool, merged_into: int | None = None
) -> None:
    """Keep what is told of a happening by now."""
    await tx.execute(
        "UPDATE happening SET at = $2, state = $3, is_pending = $4, data = $5, merged_into = $6 WHERE id = $1",
        happening_id,
        facts.at,
        state,
        is_pending,
        orjson.dumps(facts.stored()).decode(),
        merged_into,
    )


async def by_ids(reader: Reader, community_id: int, ids: Iterable[int]) -> dict[int, HappeningRecord]:
    """The happenings of a community with these ids; for a bounded number of ids."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    places = ", ".join(f"${n}" for n in range(2, len(wanted) + 2))
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM happening WHERE community_id = $1 AND id IN ({places})", community_id, *wanted
    )
    return {row["id"]: happening_record(row) async for row in _in_steps(rows)}


async def pending_between(
    reader: Reader, community_id: int, channel_id: int, since: int, until: int
) -> list[HappeningRecord]:
    """The happenings whose person is known by name only."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM happening WHERE community_id = $1 AND channel_id = $2 AND is_pending "
        f"AND at >= $3 AND at <= $4 ORDER BY id LIMIT {COPIES_MAX}",
        community_id,
        channel_id,
        since,
        until,
    )
    return [happening_record(row) for row in rows]


async def hear(tx: Tx, community_id: int, keys: Sequence[str], now: datetime) -> frozenset[str]:
    """Note chat messages as heard; those of `keys` that had not been."""
    rows = await tx.bulk(
        "INSERT INTO heard_message (community_id, message_key, heard_at) SELECT {p1}, r.message_key, {p2} FROM r "
        "WHERE TRUE ON CONFLICT (community_id, message_key) DO NOTHING RETURNING message_key",
        {"message_key": ("text", sorted(set(keys)))},
        community_id,
        micros(now),
    )
    return frozenset(row["message_key"] for row in rows)


async def forget_heard_before(tx: Tx, before: datetime, limit: int) -> int:
    """Forget a bounded number of chat messages heard before an instant; how many."""
    rows = await tx.fetch(
        "DELETE FROM heard_message WHERE id IN (SELECT id FROM heard_message WHERE heard_at < $1 "
        "ORDER BY heard_at LIMIT $2) RETURNING id",
        micros(before),
        limit,
    )
    return len(rows)
