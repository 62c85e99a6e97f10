"""Alerts on stream: how each overlay shows them, the jobs that wait to be shown, and who followed before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from server.domain.instants import instant_of, micros
from server.domain.streamalerts import JOB, USUAL, Ending, OpenAlert, Rules, restored, stored
from server.ports import Reader, Row, Tx

OPEN_MAX = 1_000
ALERT = (
    "id, key, payload, state, priority, run_at, expires_at, lease, attempts, leased_until, holder, outcome, settled_at"
)
OF_OVERLAY = f"community_id = $1 AND audience = 'overlay' AND overlay = $2 AND kind = '{JOB}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """How one overlay shows alerts."""

    is_paused: bool = False
    is_muted: bool = False
    rules: Rules = field(default_factory=lambda: USUAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAlert:
    """An alert that is over, and how it ended."""

    id: int
    payload: Mapping[str, Any]
    outcome: str
    ended_at: datetime


def key_of(cause: str, overlay: str, community_id: int) -> str:
    """What makes an alert unique: its cause, once for each overlay of a community."""
    return f"{cause}:{community_id}:{overlay}"


async def stages(reader: Reader, community_id: int) -> dict[str, Stage]:
    """How the overlays of a community show alerts, as far as anybody ever said so."""
    rows = await reader.fetch(
        "SELECT overlay, is_paused, is_muted, rules FROM stream_alert_stage WHERE community_id = $1", community_id
    )
    return {
        row["overlay"]: Stage(
            is_paused=bool(row["is_paused"]),
            is_muted=bool(row["is_muted"]),
            rules=restored(orjson.loads(row["rules"])),
        )
        for row in rows
    }


async def keep(tx: Tx, community_id: int, overlay: str, stage: Stage) -> None:
    """Keep how an overlay shows alerts."""
    await tx.execute(
        "INSERT INTO stream_alert_stage (community_id, overlay, is_paused, is_muted, rules) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (community_id, overlay) DO UPDATE SET "
        "is_paused = excluded.is_paused, is_muted = excluded.is_muted, rules = excluded.rules",
        community_id,
        overlay,
        stage.is_paused,
        stage.is_muted,
        orjson.dumps(stored(stage.rules)).decode(),
    )


async def add_first_follows(
    tx: Tx, community_id: int, follows: Mapping[tuple[int, str], datetime]
) -> frozenset[tuple[int, str]]:
    """Keep who followed which channel, (account, the platform's id of the channel); those not known before."""
    # In one order always, so that two who write the same wait for each other in turn.
    pairs = sorted(follows)
    rows = await tx.bulk(
        "INSERT INTO first_follow (community_id, account_id, broadcaster_id, at) "
        "SELECT {p1}, r.account_id, r.broadcaster_id, r.at FROM r WHERE TRUE "
        "ON CONFLICT (account_id, community_id, broadcaster_id) DO NOTHING RETURNING account_id, broadcaster_id",
        {
            "account_id": ("bigint", [account_id for account_id, _ in pairs]),
            "broadcaster_id": ("text", [broadcaster_id for _, broadcaster_id in pairs]),
            "at": ("bigint", [micros(follows[pair]) for pair in pairs]),
        },
        community_id,
    )
    return frozenset((row["account_id"], row["broadcaster_id"]) for row in rows)


async def open_alerts(reader: Reader, community_id: int, overlay: str) -> list[OpenAlert]:
    """The alerts of an overlay that are not over."""
    return (await opened(reader, community_id, [overlay]))[overlay]


async def opened(reader: Reader, community_id: int, overlays: Sequence[str]) -> dict[str, list[OpenAlert]]:
    """The alerts of some overlays that are not over."""
    rows = await reader.bulk(
        f"SELECT overlay, {ALERT} FROM job WHERE community_id = {{p1}} AND audience = 'overlay' AND kind = '{JOB}' "
        "AND overlay IN (SELECT name FROM r) AND state IN ('ready', 'leased') ORDER BY id LIMIT {p2}",
        {"name": ("text", overlays)},
        community_id,
        OPEN_MAX * len(overlays),
    )
    found: dict[str, list[OpenAlert]] = {overlay: [] for overlay in overlays}
    for row in rows:
        found[row["overlay"]].append(open_alert(row))
    return found


def open_alert(row: Row) -> OpenAlert:
    """A row of `ALERT` as a value."""
    until = row["leased_until"]
    return OpenAlert(
        id=row["id"],
        cause=row["key"],
        payload=orjson.loads(row["payload"]),
        rank=row["priority"],
        due_at=instant_of(row["run_at"]),
        expires_at=instant_of(row["expires_at"]),
        lease=row["lease"],
        attempts=row["attempts"],
        held_until=instant_of(until) if row["state"] == "leased" and until is not None else None,
        holder=row["holder"],
    )


async def known(tx: Tx, keys: Sequence[str]) -> frozenset[str]:
    """Those keys of which there is an alert already, over or not."""
    rows = await tx.bulk(
        "SELECT j.key FROM r JOIN job j ON j.kind = {p1} AND j.key = r.key", {"key": ("text", keys)}, JOB
    )
    return frozenset(row["key"] for row in rows)


async def of_causes(tx: Tx, community_id: int, causes: Sequence[str], overlays: Sequence[str]) -> list[str]:
    """Those overlays for which there is an alert of one of these causes, over or not."""
    keys = [key_of(cause, overlay, community_id) for cause in causes for overlay in overlays]
    rows = await tx.bulk(
        "SELECT DISTINCT j.overlay FROM r JOIN job j ON j.kind = {p1} AND j.key = r.key WHERE j.overlay IS NOT NULL",
        {"key": ("text", keys)},
        JOB,
    )
    return sorted(row["overlay"] for row in rows)


async def show(tx: Tx, one: OpenAlert, *, holder: str, until: datetime, payload: Mapping[str, Any]) -> bool:
    """Hand an alert to a copy of its overlay, to be shown once more until then; False where it is over by now."""
    touched = await tx.execute(
        "UPDATE job SET state = 'leased', lease = lease + 1, attempts = attempts + 1, leased_until = $2, holder = $3, "
        "payload = $4, outcome = NULL WHERE id = $1 AND lease = $5 AND state IN ('ready', 'leased')",
        one.id,
        micros(until),
        holder,
        orjson.dumps(payload).decode(),
        one.lease,
    )
    return touched > 0


async def rewrite(tx: Tx, told: Sequence[tuple[OpenAlert, Mapping[str, Any]]]) -> frozenset[int]:
    """Let alerts tell something else, each unless it is over or was begun anew since; those that do."""
    rows = await tx.bulk(
        "UPDATE job SET payload = r.told FROM r "
        "WHERE id = r.number AND lease = r.held AND state IN ('ready', 'leased') RETURNING id",
        {
            "number": ("bigint", [one.id for one, _ in told]),
            "held": ("bigint", [one.lease for one, _ in told]),
            "told": ("text", [orjson.dumps(payload).decode() for _, payload in told]),
        },
    )
    return frozenset(row["id"] for row in rows)


async def reorder(tx: Tx, alerts: Sequence[OpenAlert]) -> None:
    """Let alerts that nobody shows rank and age as these say."""
    await tx.bulk(
        "UPDATE job SET priority = r.rank, expires_at = r.fresh_until FROM r "
        "WHERE id = r.number AND state IN ('ready', 'leased') RETURNING id",
        {
            "number": ("bigint", [one.id for one in alerts]),
            "rank": ("bigint", [one.rank for one in alerts]),
            "fresh_until": ("bigint", [micros(one.expires_at) for one in alerts]),
        },
    )


async def end(tx: Tx, over: Mapping[int, Ending], now: datetime) -> None:
    """End alerts that nobody shows, each with the reason; the row stays as the record of it."""
    await tx.bulk(
        "UPDATE job SET state = 'done', outcome = r.why, leased_until = NULL, settled_at = {p1} FROM r "
        "WHERE id = r.number AND state IN ('ready', 'leased') RETURNING id",
        {"number": ("bigint", sorted(over)), "why": ("text", [over[number].value for number in sorted(over)])},
        micros(now),
    )


async def revive(
    tx: Tx, community_id: int, overlay: str, alert_id: int, *, due_at: datetime, expires_at: datetime
) -> bool:
    """Have an alert that is over shown once more; False where there is none such, or it became part of another."""
    touched = await tx.execute(
        "UPDATE job SET state = 'ready', attempts = 0, run_at = $4, expires_at = $5, outcome = NULL, "
        f"settled_at = NULL WHERE {OF_OVERLAY} AND id = $3 AND state = 'done' "
        "AND outcome NOT IN ('folded', 'undone')",
        community_id,
        overlay,
        alert_id,
        micros(due_at),
        micros(expires_at),
    )
    return touched > 0


async def past(reader: Reader, community_id: int, overlay: str, before_id: int | None, limit: int) -> list[PastAlert]:
    """The alerts of an overlay that are over, newest first."""
    rows = await reader.fetch(
        f"SELECT {ALERT} FROM job WHERE {OF_OVERLAY} AND state = 'done' AND id < $3 ORDER BY id DESC LIMIT $4",
        community_id,
        overlay,
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return [
        PastAlert(
            id=row["id"],
            payload=orjson.loads(row["payload"]),
            outcome=row["outcome"] or "done",
            ended_at=instant_of(row["settled_at"]),
        )
        for row in rows
    ]


async def past_count(reader: Reader, community_id: int, overlay: str) -> int:
    """How many alerts of an overlay are over, as far as they are kept."""
    rows = await reader.fetch(
        f"SELECT count(*) AS many FROM job WHERE {OF_OVERLAY} AND state = 'done'", community_id, overlay
    )
    return int(rows[0]["many"])
