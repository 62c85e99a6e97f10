"""The inbox: what was told, byte for byte, and its deliveries into communities."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from server.domain.instants import instant_of, micros
from server.ports import Columns, Reader, Row, Tx
from server.store.database import BulkNow, Database

DeliveryState = Literal["received", "applied", "quarantined"]
ERROR_LENGTH_MAX = 500
LATEST = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A verified request, ready to be recorded. `broadcaster_id` is None when the body does not say.

    `kind_key` is the kind if it is a documented one, and one word for all others.
    """

    source: str
    message_id: str
    kind: str
    kind_key: str
    subscription_id: str
    broadcaster_id: str | None
    told_at: datetime
    received_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that waits to be applied."""

    delivery_id: int
    source: str
    kind: str
    told_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a delivery was put into quarantine."""

    delivery_id: int
    code: str
    error: str


_RECORD = (
    "INSERT INTO inbox "
    "(source, message_id, kind, kind_key, subscription_id, broadcaster_id, told_at, received_at, orphan, body) "
    "SELECT r.source, r.message_id, r.kind, r.kind_key, r.subscription_id, r.broadcaster_id, r.told_at, r.received_at, "
    "NOT EXISTS (SELECT 1 FROM channel c JOIN attachment a ON a.channel_id = c.id "
    "WHERE c.platform = r.source AND c.external_id = r.broadcaster_id), r.body FROM r WHERE TRUE "
    "ON CONFLICT (source, message_id, kind_key) DO NOTHING RETURNING id, source, broadcaster_id, orphan"
)
_DELIVER = (
    "INSERT INTO delivery (inbox_id, community_id, state, attempts) SELECT {r}.id, a.community_id, 'received', 0 "
    "FROM {r} JOIN channel c ON c.platform = {r}.source AND c.external_id = {r}.broadcaster_id "
    "JOIN attachment a ON a.channel_id = c.id WHERE NOT {r}.orphan ORDER BY {r}.id, a.community_id "
    "ON CONFLICT (inbox_id, community_id) DO NOTHING"
)


async def record(database: Database, received: Sequence[Received]) -> None:
    """Store requests not stored before, with one delivery per attached community, in a transaction of their own.

    A repeat of the same message is dropped. The kind is part of what makes a repeat: Kick does not sign it, so that
    otherwise somebody could send a genuine body first under another kind, and the real delivery would be the repeat.
    Kinds nobody documented share one key, so that one genuine body cannot be stored without bound.
    What no community is attached to is kept as an orphan.
    """
    rows = _columns(sorted(received, key=lambda item: (item.source, item.message_id, item.kind_key)))
    if database.dialect == "sqlite":
        await database.at_once(partial(_record_and_deliver, rows))
    else:
        # One statement is one transaction and one round trip.
        await database.writer().bulk(f", new AS ({_RECORD}) {_DELIVER.format(r='new')}", rows)


def _record_and_deliver(rows: Columns, bulk: BulkNow) -> None:
    new = bulk(_RECORD, rows)
    if new:
        told: Columns = {
            "id": ("bigint", [row["id"] for row in new]),
            "source": ("text", [row["source"] for row in new]),
            "broadcaster_id": ("text", [row["broadcaster_id"] for row in new]),
            "orphan": ("boolean", [row["orphan"] for row in new]),
        }
        bulk(_DELIVER.format(r="r"), told)


def _columns(received: Sequence[Received]) -> Columns:
    return {
        "source": ("text", [item.source for item in received]),
        "message_id": ("text", [item.message_id for item in received]),
        "kind": ("text", [item.kind for item in received]),
        "kind_key": ("text", [item.kind_key for item in received]),
        "subscription_id": ("text", [item.subscription_id for item in received]),
        "broadcaster_id": ("text", [item.broadcaster_id for item in received]),
        "told_at": ("bigint", [micros(item.told_at) for item in received]),
        "received_at": ("bigint", [micros(item.received_at) for item in received]),
        "body": ("bytes", [item.body for item in received]),
    }


async def deliver(tx: Tx, requests: Sequence[Row]) -> int:
    """Give each request a delivery into every community attached to its channel; how many were made."""
    made = await tx.bulk(
        "INSERT INTO delivery (inbox_id, community_id, state, attempts) "
        "SELECT r.id, a.community_id, 'received', 0 FROM r "
        "JOIN channel c ON c.platform = r.source AND c.external_id = r.broadcaster_id "
        "JOIN attachment a ON a.channel_id = c.id ORDER BY r.id, a.community_id "
        "ON CONFLICT (inbox_id, community_id) DO NOTHING RETURNING id",
        {
            "id": ("bigint", [row["id"] for row in requests]),
            "source": ("text", [row["source"] for row in requests]),
            "broadcaster_id": ("text", [row["broadcaster_id"] for row in requests]),
        },
    )
    return len(made)


async def deliver_under_way(tx: Tx, community_id: int, platform: str, broadcaster_id: str, since: datetime) -> int:
    """Deliver to a community that attached a channel what others got since `since` or have not applied yet.

    What they applied before is evidence already; the rest would be counted for them alone. How many were delivered.
    """
    made = await tx.fetch(
        "INSERT INTO delivery (inbox_id, community_id, state, attempts) SELECT late.id, $1, 'received', 0 FROM ("
        "SELECT i.id FROM inbox i WHERE i.received_at >= $4 AND i.source = $2 AND i.broadcaster_id = $3 UNION "
        "SELECT i.id FROM delivery d JOIN inbox i ON i.id = d.inbox_id WHERE d.state = 'received' AND i.source = $2 "
        "AND i.broadcaster_id = $3) AS late ORDER BY late.id "
        "ON CONFLICT (inbox_id, community_id) DO NOTHING RETURNING id",
        community_id,
        platform,
        broadcaster_id,
        micros(since),
    )
    return len(made)


async def adopt_orphans(tx: Tx, platform: str, broadcaster_id: str, limit: int) -> int:
    """Deliver a bounded number of orphans of a channel that is attached now; how many orphans were adopted."""
    rows = await tx.fetch(
        "UPDATE inbox SET orphan = FALSE WHERE id IN (SELECT id FROM inbox WHERE source = $1 AND broadcaster_id = $2 "
        "AND orphan ORDER BY id LIMIT $3) RETURNING id, source, broadcaster_id",
        platform,
        broadcaster_id,
        limit,
    )
    await deliver(tx, rows)
    return len(rows)


async def communities_waiting(reader: Reader) -> list[int]:
    """The communities that have deliveries to apply."""
    rows = await reader.fetch(
        "SELECT c.id FROM community c WHERE EXISTS "
        "(SELECT 1 FROM delivery d WHERE d.community_id = c.id AND d.state = 'received') ORDER BY c.id"
    )
    return [row["id"] for row in rows]


async def waiting(reader: Reader, community_id: int, limit: int) -> list[Waiting]:
    """The oldest deliveries of a community that wait to be applied, at most `limit`."""
    rows = await reader.fetch(
        "SELECT d.id, i.source, i.kind, i.told_at, i.body FROM delivery d JOIN inbox i ON i.id = d.inbox_id "
        "WHERE d.community_id = $1 AND d.state = 'received' ORDER BY d.id LIMIT $2",
        community_id,
        limit,
    )
    return [
        Waiting(row["id"], row["source"], row["kind"], instant_of(row["told_at"]), bytes(row["body"])) for row in rows
    ]


async def settle_applied(tx: Tx, delivery_ids: Sequence[int], now: datetime) -> frozenset[int]:
    """Mark deliveries as applied and return those that no other worker had settled before."""
    done = await tx.bulk(
        "UPDATE delivery SET state = 'applied', code = NULL, error = NULL, attempts = attempts + 1, settled_at = {p1} "
        "FROM r WHERE delivery.id = r.id AND delivery.state = 'received' RETURNING delivery.id",
        {"id": ("bigint", delivery_ids)},
        micros(now),
    )
    return frozenset(row["id"] for row in done)


async def settle_quarantined(tx: Tx, faults: Sequence[Fault], now: datetime) -> None:
    """Put deliveries into quarantine, each with its reason."""
    await tx.bulk(
        "UPDATE delivery SET state = 'quarantined', code = r.code, error = r.error, attempts = attempts + 1, "
        "settled_at = {p1} FROM r WHERE delivery.id = r.id AND delivery.state = 'received' RETURNING delivery.id",
        {
            "id": ("bigint", [fault.delivery_id for fault in faults]),
            "code": ("text", [fault.code for fault in faults]),
            "error": ("text", [fault.error[:ERROR_LENGTH_MAX] for fault in faults]),
        },
        micros(now),
    )


async def replay(tx: Tx, community_id: int, delivery_ids: Sequence[int]) -> list[int]:
    """Send quarantined deliveries of a community back to the worker; the ids that were in quarantine.

    They also go to communities that attached the channel meanwhile: what is applied now is evidence for them too.
    """
    rows = await tx.bulk(
        "UPDATE delivery SET state = 'received', settled_at = NULL FROM r "
        "WHERE delivery.id = r.id AND delivery.community_id = {p1} AND delivery.state = 'quarantined' "
        "RETURNING delivery.id, delivery.inbox_id",
        {"id": ("bigint", delivery_ids)},
        community_id,
    )
    requests = await tx.bulk(
        "SELECT i.id, i.source, i.broadcaster_id FROM r JOIN inbox i ON i.id = r.id",
        {"id": ("bigint", [row["inbox_id"] for row in rows])},
    )
    await deliver(tx, requests)
    return sorted(row["id"] for row in rows)


async def forget_bodies_before(tx: Tx, applied_before: datetime, kept_before: datetime, limit: int) -> int:
    """Delete a bounded number of old requests; how many.

    Applied ones go when older than `applied_before`; quarantined ones and orphans stay until `kept_before`, waiting
    ones for ever.
    """
    rows = await tx.fetch(
        "DELETE FROM inbox WHERE id IN (SELECT i.id FROM inbox i WHERE i.received_at < $1 "
        "AND (i.received_at < $2 OR NOT i.orphan) AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.inbox_id = i.id "
        "AND (d.state = 'received' OR (d.state = 'quarantined' AND i.received_at >= $2))) "
        "ORDER BY i.received_at LIMIT $3) RETURNING id",
        micros(applied_before),
        micros(kept_before),
        limit,
    )
    await tx.bulk(
        "DELETE FROM delivery WHERE inbox_id IN (SELECT id FROM r)", {"id": ("bigint", [row["id"] for row in rows])}
    )
    return len(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """A delivery as people look at it."""

    id: int
    source: str
    kind: str
    message_id: str
    told_at: datetime
    received_at: datetime
    state: DeliveryState
    attempts: int
    settled_at: datetime | None
    code: str | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanRecord:
    """A request that belongs to no community."""

    id: int
    source: str
    kind: str
    message_id: str
    broadcaster_id: str | None
    told_at: datetime
    received_at: datetime


def matching(kind: str | None, state: DeliveryState | None) -> tuple[str, list[str]]:
    """The conditions on deliveries `d` of requests `i`, after two other parameters, and their values."""
    asked = [(column, value) for column, value in (("i.kind", kind), ("d.state", state)) if value is not None]
    conditions = "".join(f" AND {column} = ${n}" for n, (column, _) in enumerate(asked, 3))
    return conditions, [value for _, value in asked]


async def deliveries_page(
    reader: Reader, community_id: int, kind: str | None, state: DeliveryState | None, before_id: int | None, limit: int
) -> list[DeliveryRecord]:
    """The deliveries of a community, newest first, after the last one seen."""
    conditions, values = matching(kind, state)
    rows = await reader.fetch(
        "SELECT d.id, i.source, i.kind, i.message_id, i.told_at, i.received_at, d.state, d.attempts, d.settled_at, "
        "d.code, d.error FROM delivery d JOIN inbox i ON i.id = d.inbox_id WHERE d.community_id = $1 AND d.id < $2"
        f"{conditions} ORDER BY d.id DESC LIMIT {limit}",
        community_id,
        2**63 - 1 if before_id is None else before_id,
        *values,
    )
    return [
        DeliveryRecord(
            id=row["id"],
            source=row["source"],
            kind=row["kind"],
            message_id=row["message_id"],
            told_at=instant_of(row["told_at"]),
            received_at=instant_of(row["received_at"]),
            state=row["state"],
            attempts=row["attempts"],
            settled_at=None if row["settled_at"] is None else instant_of(row["settled_at"]),
            code=row["code"],
            error=row["error"],
        )
        for row in rows
    ]


async def deliveries_count(reader: Reader, community_id: int, kind: str | None, state: DeliveryState | None) -> int:
    """How many deliveries of a community there are."""
    conditions, values = matching(kind, state)
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM delivery d JOIN inbox i ON i.id = d.inbox_id "
        f"WHERE d.community_id = $1 AND d.id < $2{conditions}",
        community_id,
        2**63 - 1,
        *values,
    )
    return int(rows[0]["many"])


async def orphans_page(reader: Reader, before_id: int | None, limit: int) -> list[OrphanRecord]:
    """The requests that belong to no community, newest first, after the last one seen."""
    rows = await reader.fetch(
        "SELECT id, source, kind, message_id, broadcaster_id, told_at, received_at FROM inbox "
        "WHERE orphan AND id < $1 ORDER BY id DESC LIMIT $2",
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return [
        OrphanRecord(
            id=row["id"],
            source=row["source"],
            kind=row["kind"],
            message_id=row["message_id"],
            broadcaster_id=row["broadcaster_id"],
            told_at=instant_of(row["told_at"]),
            received_at=instant_of(row["received_at"]),
        )
        for row in rows
    ]


async def orphans_count(reader: Reader) -> int:
    """How many requests belong to no community."""
    rows = await reader.fetch("SELECT count(*) AS many FROM inbox WHERE orphan")
    return int(rows[0]["many"])


async def newest_by_kind(reader: Reader) -> dict[str, datetime]:
    """When the newest request of each kind arrived, among the latest ones of the whole installation."""
    rows = await reader.fetch(
        "SELECT kind, max(received_at) AS newest FROM (SELECT kind, received_at FROM inbox "
        f"ORDER BY received_at DESC LIMIT {LATEST}) AS latest GROUP BY kind ORDER BY kind"
    )
    return {row["kind"]: instant_of(row["newest"]) for row in rows}
