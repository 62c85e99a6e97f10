"""The queue of slot calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.slotcalls.rules import BEFORE, CallSource, CallState, Minor, Result, Title
from server.ports import Reader, Row, Tx

COLUMNS = (
    "id, account_id, title, key, provider, source, state, called_at, picked_at, settled_at, cost_minor, payout_minor, "
    "multiplier, currency"
)
WAITING = "state = 'called'"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """A call."""

    id: int
    account_id: int
    title: str
    key: str
    provider: str | None
    source: CallSource
    state: CallState
    called_at: datetime
    picked_at: datetime | None
    settled_at: datetime | None
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCall:
    """A call to be kept; `source_key` names what it came from and is unique in its community."""

    account_id: int
    slot_id: int | None
    title: Title
    provider: str | None
    source: CallSource
    source_key: str


def call_record(row: Row) -> CallRecord:
    """A row of `COLUMNS` as a value."""
    cost, payout = row["cost_minor"], row["payout_minor"]
    return CallRecord(
        id=row["id"],
        account_id=row["account_id"],
        title=row["title"],
        key=row["key"],
        provider=row["provider"],
        source=CallSource(row["source"]),
        state=CallState(row["state"]),
        called_at=instant_of(row["called_at"]),
        picked_at=None if row["picked_at"] is None else instant_of(row["picked_at"]),
        settled_at=None if row["settled_at"] is None else instant_of(row["settled_at"]),
        result=Result(
            cost=None if cost is None else Minor(cost),
            payout=None if payout is None else Minor(payout),
            multiplier=row["multiplier"],
            currency=row["currency"],
        ),
    )


async def add(tx: Tx, community_id: int, call: NewCall, now: datetime) -> int | None:
    """Keep a call and return its id; None where what it came from has made one already."""
    rows = await tx.fetch(
        "INSERT INTO slot_call (community_id, account_id, slot_id, title, key, provider, source, source_key, state, "
        "called_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'called', $9) "
        "ON CONFLICT (community_id, source_key) DO NOTHING RETURNING id",
        community_id,
        call.account_id,
        call.slot_id,
        call.title.text,
        call.title.key,
        call.provider,
        call.source.value,
        call.source_key,
        micros(now),
    )
    return rows[0]["id"] if rows else None


async def was_made_by(reader: Reader, community_id: int, source_key: str) -> bool:
    """Whether something has made a call already."""
    row = await reader.find(
        "SELECT id FROM slot_call WHERE community_id = $1 AND source_key = $2", community_id, source_key
    )
    return row is not None


async def by_id(reader: Reader, community_id: int, call_id: int) -> CallRecord | None:
    """A call of a community, or None."""
    row = await reader.find(
        f"SELECT {COLUMNS} FROM slot_call WHERE community_id = $1 AND id = $2", community_id, call_id
    )
    return None if row is None else call_record(row)


async def by_ids(reader: Reader, community_id: int, call_ids: Sequence[int]) -> dict[int, CallRecord]:
    """The calls of a community that exist, by id; for a bounded number of ids."""
    places = ", ".join(f"${n}" for n in range(2, len(call_ids) + 2))
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM slot_call WHERE community_id = $1 AND id IN ({places})", community_id, *call_ids
    )
    return {row["id"]: call_record(row) for row in rows}


async def waiting_count(reader: Reader, community_id: int) -> int:
    """How many calls wait."""
    rows = await reader.fetch(
        f"SELECT count(*) AS many FROM slot_call WHERE community_id = $1 AND {WAITING}", community_id
    )
    return int(rows[0]["many"])


async def waiting_ids(reader: Reader, community_id: int) -> list[int]:
    """The calls that wait, oldest first."""
    rows = await reader.fetch(
        f"SELECT id FROM slot_call WHERE community_id = $1 AND {WAITING} ORDER BY id", community_id
    )
    return [row["id"] for row in rows]


async def is_waiting(reader: Reader, community_id: int, key: str) -> bool:
    """Whether a slot waits, however its title was written."""
    rows = await reader.fetch(
        f"SELECT 1 FROM slot_call WHERE community_id = $1 AND {WAITING} AND key = $2 LIMIT 1", community_id, key
    )
    return bool(rows)


async def of_accounts(reader: Reader, community_id: int, account_ids: Sequence[int]) -> tuple[int, datetime | None]:
    """How many calls of a viewer's accounts wait, and when one of them called last by himself."""
    places = ", ".join(f"${n}" for n in range(2, len(account_ids) + 2))
    [row] = await reader.fetch(
        f"SELECT sum(CASE WHEN {WAITING} THEN 1 ELSE 0 END) AS waiting, "
        "max(CASE WHEN source <> 'staff' THEN called_at END) AS last_at "
        f"FROM slot_call WHERE community_id = $1 AND account_id IN ({places})",
        community_id,
        *account_ids,
    )
    return int(row["waiting"] or 0), None if row["last_at"] is None else instant_of(row["last_at"])


async def move(tx: Tx, community_id: int, call_id: int, state: CallState, now: datetime) -> bool:
    """Bring a call into a state; False where it is not in one from which that is possible."""
    before = ", ".join(f"'{one.value}'" for one in BEFORE[state])
    column = "picked_at" if state is CallState.PICKED else "settled_at"
    touched = await tx.execute(
        f"UPDATE slot_call SET state = $3, {column} = $4 WHERE community_id = $1 AND id = $2 AND state IN ({before})",
        community_id,
        call_id,
        state.value,
        micros(now),
    )
    return touched > 0


async def note_result(tx: Tx, community_id: int, call_id: int, result: Result) -> None:
    """Keep how playing a slot went."""
    await tx.execute(
        "UPDATE slot_call SET cost_minor = $3, payout_minor = $4, multiplier = $5, currency = $6 "
        "WHERE community_id = $1 AND id = $2",
        community_id,
        call_id,
        result.cost,
        result.payout,
        result.multiplier,
        result.currency,
    )


async def drop_waiting(tx: Tx, community_id: int, now: datetime) -> int:
    """Drop every call that waits; how many."""
    return await tx.execute(
        f"UPDATE slot_call SET state = 'dropped', settled_at = $2 WHERE community_id = $1 AND {WAITING}",
        community_id,
        micros(now),
    )


async def queue_page(reader: Reader, community_id: int, after_id: int, limit: int) -> list[CallRecord]:
    """The calls that wait, oldest first, after the last one seen."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM slot_call WHERE community_id = $1 AND {WAITING} AND id > $2 ORDER BY id LIMIT $3",
        community_id,
        after_id,
        limit,
    )
    return [call_record(row) for row in rows]


def _chosen(state: CallState | None) -> str:
    return "" if state is None else f"AND state = '{state.value}'"


async def history_page(
    reader: Reader, community_id: int, state: CallState | None, before_id: int | None, limit: int
) -> list[CallRecord]:
    """Calls, perhaps only those in a state, newest first, after the last one seen."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM slot_call WHERE community_id = $1 AND id < $2 {_chosen(state)} "
        "ORDER BY id DESC LIMIT $3",
        community_id,
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return [call_record(row) for row in rows]


async def history_count(reader: Reader, community_id: int, state: CallState | None) -> int:
    """How many calls there are, perhaps only those in a state."""
    rows = await reader.fetch(
        f"SELECT count(*) AS many FROM slot_call WHERE community_id = $1 {_chosen(state)}", community_id
    )
    return int(rows[0]["many"])
