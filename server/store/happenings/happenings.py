"""Happenings as a community knows them, and the chat messages that it heard."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import orjson

from server.domain.happenings.values import Facts, Kind
from server.domain.instants import instant_of, micros
from server.ports import Reader, Row, Tx
from server.store.happenings.copies import COPIES_MAX, Group, in_steps

State = Literal["told", "held", "void"]


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


@dataclass(frozen=True, slots=True)
class Noted:
    """A happening to note; `is_pending` while nobody knows who did it."""

    group: Group
    facts: Facts
    state: State
    is_pending: bool


@dataclass(frozen=True, slots=True)
class Revision:
    """What is told of a happening by now; `merged_into` is the one that it turned out to be."""

    id: int
    kind: Kind
    facts: Facts
    state: State
    is_pending: bool
    merged_into: int | None = None


class Span(NamedTuple):
    """A channel, and from when to when; both ends are included."""

    channel_id: int
    since: int
    until: int


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


async def accounts_named(reader: Reader, platform: str, key: str) -> list[int]:
    """The accounts that bear a name on a platform now, two at most: of more than one nobody can be suggested."""
    rows = await reader.fetch("SELECT id FROM account WHERE platform = $1 AND name_key = $2 LIMIT 2", platform, key)
    return [row["id"] for row in rows]


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


class Amounts(NamedTuple):
    """Happenings whose amounts were compared with what is told of them: the last one, and those that are wrong.

    Of each of these its id, its amount, and what is told.
    """

    last: int | None
    wrong: Sequence[tuple[int, int, int]]


async def amounts_page(reader: Reader, community_id: int, after: int, limit: int) -> Amounts:
    """Compare the amounts of the next happenings, which totals add up, with what is told of each."""
    rows = await reader.fetch(
        "SELECT id, kind, data, amount FROM happening WHERE community_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        community_id,
        after,
        limit,
    )
    due = [(row, Facts.restored(orjson.loads(row["data"])).amount(Kind(row["kind"]))) for row in rows]
    wrong = [(row["id"], row["amount"], amount) for row, amount in due if row["amount"] != amount]
    return Amounts(rows[-1]["id"] if rows else None, wrong)


async def add(tx: Tx, community_id: int, noted: Sequence[Noted], now: datetime) -> list[int]:
    """Note happenings; the id of each."""
    rows = await tx.bulk(
        "INSERT INTO happening (community_id, channel_id, kind, group_key, at, state, is_pending, data, told_at, "
        "amount) SELECT {p1}, r.channel_id, r.kind, r.group_key, r.at, r.state, r.is_pending, r.data, {p2}, r.amount "
        "FROM r ORDER BY r.place RETURNING id",
        {
            "place": ("bigint", range(len(noted))),
            "channel_id": ("bigint", [one.group.channel_id for one in noted]),
            "kind": ("text", [one.group.kind.value for one in noted]),
            "group_key": ("text", [one.group.key for one in noted]),
            "at": ("bigint", [one.facts.at for one in noted]),
            "state": ("text", [one.state for one in noted]),
            "is_pending": ("boolean", [one.is_pending for one in noted]),
            "data": ("text", [orjson.dumps(one.facts.stored()).decode() for one in noted]),
            "amount": ("bigint", [one.facts.amount(one.group.kind) for one in noted]),
        },
        community_id,
        micros(now),
    )
    # Ids are given in the order of the rows, and what is returned is in no order at all.
    return sorted(row["id"] for row in rows)


async def revise(tx: Tx, community_id: int, revisions: Sequence[Revision]) -> None:
    """Keep what is told of happenings by now."""
    await tx.bulk(
        "UPDATE happening SET at = r.at, state = r.state, is_pending = r.is_pending, data = r.data, "
        "amount = r.amount, merged_into = r.merged_into FROM r "
        "WHERE happening.id = r.id AND happening.community_id = {p1}",
        {
            "id": ("bigint", [one.id for one in revisions]),
            "at": ("bigint", [one.facts.at for one in revisions]),
            "state": ("text", [one.state for one in revisions]),
            "is_pending": ("boolean", [one.is_pending for one in revisions]),
            "data": ("text", [orjson.dumps(one.facts.stored()).decode() for one in revisions]),
            "amount": ("bigint", [one.facts.amount(one.kind) for one in revisions]),
            "merged_into": ("bigint", [one.merged_into for one in revisions]),
        },
        community_id,
    )


async def by_ids(reader: Reader, community_id: int, ids: Iterable[int]) -> dict[int, HappeningRecord]:
    """The happenings of a community with these ids."""
    columns = ", ".join(f"h.{column}" for column in COLUMNS.split(", "))
    rows = await reader.bulk(
        f"SELECT {columns} FROM r JOIN happening h ON h.id = r.id WHERE h.community_id = {{p1}}",
        {"id": ("bigint", sorted(set(ids)))},
        community_id,
    )
    return {row["id"]: happening_record(row) async for row in in_steps(rows)}


async def pending_within(
    reader: Reader, community_id: int, spans: Sequence[Span]
) -> AsyncGenerator[tuple[Span, HappeningRecord], None]:
    """The happenings in each span whose person is known by name only, each with its span."""
    columns = ", ".join(f"h.{column}" for column in COLUMNS.split(", "))
    rows = await reader.bulk(
        f"SELECT * FROM (SELECT r.place, {columns}, row_number() OVER (PARTITION BY r.place ORDER BY h.id) AS nth "
        "FROM r JOIN happening h ON h.community_id = {p1} AND h.channel_id = r.channel_id AND h.is_pending "
        f"AND h.at >= r.since AND h.at <= r.until) numbered WHERE nth <= {COPIES_MAX} ORDER BY place, id",
        {
            "place": ("bigint", range(len(spans))),
            "channel_id": ("bigint", [span.channel_id for span in spans]),
            "since": ("bigint", [span.since for span in spans]),
            "until": ("bigint", [span.until for span in spans]),
        },
        community_id,
    )
    async for row in in_steps(rows):
        yield spans[row["place"]], happening_record(row)


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
