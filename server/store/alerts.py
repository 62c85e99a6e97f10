"""What staff was alerted of, and whether it is over; and where there may be trouble."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.alerts import DETAIL_LENGTH_MAX, TITLE_LENGTH_MAX, Trouble
from server.domain.instants import instant_of, micros
from server.ports import Columns, Reader, Row, Tx
from server.store.credentials import Owner

COLUMNS = (
    "id, community_id, kind, cause, title, detail, remedy, opened_at, seen_at, closed_at, acknowledged_at, "
    "acknowledged_by"
)
TOLD = "staff_alert"
"""The kind of the jobs that tell staff of an alert, and of its end."""

COUNTED_MAX = 100_000
OPEN_MAX = 10_000
"""So many open alerts are looked at; a machine with more has one problem, not ten thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecord:
    """An alert; open while `closed_at` is None."""

    id: int
    community_id: int
    kind: str
    cause: str
    title: str
    detail: str
    remedy: str
    opened_at: datetime
    seen_at: datetime
    closed_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveChannel:
    """A channel of a community that is live."""

    id: int
    community_id: int
    platform: str
    external_id: str
    name: str
    live_since: datetime


async def open_alerts(reader: Reader, kinds: Collection[str]) -> list[AlertRecord]:
    """The open alerts of some kinds, of all communities."""
    places = ", ".join(f"${n}" for n in range(1, len(kinds) + 1))
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM alert WHERE open_cause IS NOT NULL AND kind IN ({places}) ORDER BY id LIMIT {OPEN_MAX}",
        *sorted(kinds),
    )
    return [alert_record(row) for row in rows]


async def raise_new(tx: Tx, troubles: Sequence[Trouble], now: datetime) -> list[AlertRecord]:
    """Open an alert for each trouble that has none, and return those; of the others keep the newest detail."""
    places: Columns = {
        "community_id": ("bigint", [trouble.community_id for trouble in troubles]),
        "cause": ("text", [trouble.cause for trouble in troubles]),
        "detail": ("text", [trouble.detail[:DETAIL_LENGTH_MAX] for trouble in troubles]),
    }
    opened = await tx.bulk(
        "INSERT INTO alert (community_id, kind, cause, open_cause, title, detail, remedy, opened_at, seen_at) "
        "SELECT r.community_id, r.kind, r.cause, r.cause, r.title, r.detail, r.remedy, {p1}, {p1} FROM r WHERE TRUE "
        f"ON CONFLICT (community_id, open_cause) DO NOTHING RETURNING {COLUMNS}",
        {
            **places,
            "kind": ("text", [trouble.kind.value for trouble in troubles]),
            "title": ("text", [trouble.title[:TITLE_LENGTH_MAX] for trouble in troubles]),
            "remedy": ("text", [trouble.remedy for trouble in troubles]),
        },
        micros(now),
    )
    await tx.bulk(
        "UPDATE alert SET detail = r.detail, seen_at = {p1} FROM r WHERE alert.community_id = r.community_id "
        "AND alert.open_cause = r.cause AND alert.detail <> r.detail RETURNING alert.id",
        places,
        micros(now),
    )
    return [alert_record(row) for row in opened]


async def close(tx: Tx, community_id: int, causes: Collection[str], now: datetime) -> list[AlertRecord]:
    """End the open alerts of some causes, and return them."""
    rows = await tx.bulk(
        "UPDATE alert SET open_cause = NULL, closed_at = {p1} WHERE community_id = {p2} "
        f"AND open_cause IN (SELECT cause FROM r) RETURNING {COLUMNS}",
        {"cause": ("text", sorted(causes))},
        micros(now),
        community_id,
    )
    return [alert_record(row) for row in rows]


async def acknowledge(tx: Tx, community_id: int, alert_id: int, actor: str, now: datetime) -> AlertRecord | None:
    """Note who looks after an open alert, and return it; None where there is none, or somebody does already."""
    rows = await tx.fetch(
        "UPDATE alert SET acknowledged_at = $4, acknowledged_by = $3 WHERE id = $1 AND community_id = $2 "
        f"AND open_cause IS NOT NULL AND acknowledged_at IS NULL RETURNING {COLUMNS}",
        alert_id,
        community_id,
        actor,
        micros(now),
    )
    return alert_record(rows[0]) if rows else None


async def by_id(reader: Reader, community_id: int, alert_id: int) -> AlertRecord | None:
    """An alert of a community, or None."""
    row = await reader.find(f"SELECT {COLUMNS} FROM alert WHERE id = $1 AND community_id = $2", alert_id, community_id)
    return None if row is None else alert_record(row)


async def page(
    reader: Reader, community_id: int, before: int | None, limit: int, *, only_open: bool
) -> list[AlertRecord]:
    """A community's alerts, newest first."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM alert WHERE community_id = $1 AND id < $2{condition(only_open=only_open)} "
        "ORDER BY id DESC LIMIT $3",
        community_id,
        2**63 - 1 if before is None else before,
        limit,
    )
    return [alert_record(row) for row in rows]


async def count(reader: Reader, community_id: int, *, only_open: bool) -> int:
    """How many alerts a community has had, or has open."""
    [row] = await reader.fetch(
        f"SELECT count(*) AS many FROM alert WHERE community_id = $1{condition(only_open=only_open)}", community_id
    )
    return int(row["many"])


def condition(*, only_open: bool) -> str:
    """What narrows a list to open alerts."""
    return " AND open_cause IS NOT NULL" if only_open else ""


async def forget_closed_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of alerts that were over before; how many."""
    return await tx.execute(
        "DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE closed_at < $1 ORDER BY id LIMIT $2)",
        micros(instant),
        limit,
    )


async def quarantined(reader: Reader) -> dict[int, dict[str, int]]:
    """How many deliveries are in quarantine, by community and by the code of the reason; counted up to a bound."""
    rows = await reader.fetch(
        "SELECT community_id, code, count(*) AS many FROM (SELECT community_id, COALESCE(code, 'unknown') AS code "
        f"FROM delivery WHERE state = 'quarantined' LIMIT {COUNTED_MAX}) AS counted "
        "GROUP BY community_id, code ORDER BY community_id, code"
    )
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["community_id"], {})[row["code"]] = int(row["many"])
    return found


async def dead(reader: Reader) -> list[tuple[int | None, str, int]]:
    """How many jobs are dead, by community and kind."""
    rows = await reader.fetch(
        "SELECT community_id, kind, count(*) AS many FROM job WHERE state = 'dead' GROUP BY community_id, kind"
    )
    return [(row["community_id"], row["kind"], int(row["many"])) for row in rows]


async def lost_credentials(reader: Reader) -> list[tuple[Owner, str]]:
    """Whose tokens are good no more until somebody allows it anew, and why; a bounded number."""
    rows = await reader.fetch(
        "SELECT community_id, provider, external_id, purpose, COALESCE(last_error, 'unknown') AS reason "
        f"FROM credential WHERE state = 'reauthorise' ORDER BY id LIMIT {OPEN_MAX}"
    )
    return [
        (
            Owner(
                community_id=row["community_id"],
                provider=row["provider"],
                external_id=row["external_id"],
                purpose=row["purpose"],
            ),
            row["reason"],
        )
        for row in rows
    ]


async def live_channels(reader: Reader, since: datetime, until: datetime) -> list[LiveChannel]:
    """The attached channels whose newest stream began within a span and has not ended."""
    rows = await reader.fetch(
        "SELECT a.community_id, c.id, c.platform, c.external_id, c.name, s.started_at FROM stream s "
        "JOIN attachment a ON a.channel_id = s.channel_id JOIN channel c ON c.id = s.channel_id "
        "WHERE s.ended_at IS NULL AND s.ended_by IS NULL AND s.started_at > $1 AND s.started_at < $2 AND NOT EXISTS "
        "(SELECT 1 FROM stream later WHERE later.channel_id = s.channel_id AND later.started_at > s.started_at) "
        "ORDER BY a.community_id, c.id",
        micros(since),
        micros(until),
    )
    return [
        LiveChannel(
            id=row["id"],
            community_id=row["community_id"],
            platform=row["platform"],
            external_id=row["external_id"],
            name=row["name"],
            live_since=instant_of(row["started_at"]),
        )
        for row in rows
    ]


async def is_heard(reader: Reader, channel: LiveChannel, since: datetime) -> bool:
    """Whether anything of a channel arrived since; chat tells that at once, of a silent one all is looked through."""
    spoken = await reader.fetch(
        "SELECT 1 FROM chat_evidence WHERE channel_id = $1 AND at >= $2 LIMIT 1", channel.id, micros(since)
    )
    if spoken:
        return True
    told = await reader.fetch(
        "SELECT 1 FROM inbox WHERE received_at >= $1 AND source = $2 AND broadcaster_id = $3 LIMIT 1",
        micros(since),
        channel.platform,
        channel.external_id,
    )
    return bool(told)


async def messages(reader: Reader, community_id: int, alert_ids: Collection[int]) -> dict[int, str]:
    """Under which ids a community's staff was told of some alerts, by alert; of those whose job is known still."""
    keys = {raised_key(alert_id): alert_id for alert_id in alert_ids}
    places = ", ".join(f"${n}" for n in range(3, len(keys) + 3)) or "NULL"
    rows = await reader.fetch(
        "SELECT key, reference FROM job WHERE community_id = $1 AND kind = $2 AND reference IS NOT NULL "
        f"AND key IN ({places})",
        community_id,
        TOLD,
        *sorted(keys),
    )
    return {keys[row["key"]]: row["reference"] for row in rows}


async def is_raised_in_vain(reader: Reader, key: str) -> bool:
    """Whether a job's key names one that tells of an alert, and that alert is over, or so long over that it is gone."""
    number = key.split(":")[1]
    if key != raised_key(int(number)):
        return False
    row = await reader.find("SELECT closed_at FROM alert WHERE id = $1", int(number))
    return row is None or row["closed_at"] is not None


def raised_key(alert_id: int) -> str:
    """What names the job that tells of an alert."""
    return f"alert:{alert_id}:raised"


def alert_record(row: Row) -> AlertRecord:
    """A row as a value."""
    return AlertRecord(
        id=row["id"],
        community_id=row["community_id"],
        kind=row["kind"],
        cause=row["cause"],
        title=row["title"],
        detail=row["detail"],
        remedy=row["remedy"],
        opened_at=instant_of(row["opened_at"]),
        seen_at=instant_of(row["seen_at"]),
        closed_at=None if row["closed_at"] is None else instant_of(row["closed_at"]),
        acknowledged_at=None if row["acknowledged_at"] is None else instant_of(row["acknowledged_at"]),
        acknowledged_by=row["acknowledged_by"],
    )
