"""How calls were picked, and what may not be called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from server.domain.instants import instant_of, micros
from server.domain.slotcalls.rules import BlockKind, PickMethod
from server.ports import Reader, Row, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRecord:
    """How a call was picked: `roll` in hexadecimal digits, among `candidates` in their order."""

    id: int
    call_id: int
    method: PickMethod
    candidates: Sequence[int]
    roll: str | None
    actor: str
    at: datetime


PICK_COLUMNS = "id, call_id, method, candidates, roll, actor, at"


def pick_record(row: Row) -> PickRecord:
    """A row of `PICK_COLUMNS` as a value."""
    return PickRecord(
        id=row["id"],
        call_id=row["call_id"],
        method=PickMethod(row["method"]),
        candidates=orjson.loads(row["candidates"]),
        roll=row["roll"],
        actor=row["actor"],
        at=instant_of(row["at"]),
    )


async def add_pick(
    tx: Tx,
    community_id: int,
    call_id: int,
    method: PickMethod,
    candidates: Sequence[int],
    roll: bytes | None,
    actor: str,
    now: datetime,
) -> int:
    """Append how a call was picked and return the row's id."""
    rows = await tx.fetch(
        "INSERT INTO slot_pick (community_id, call_id, method, candidates, roll, actor, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        community_id,
        call_id,
        method.value,
        orjson.dumps(list(candidates)).decode(),
        None if roll is None else roll.hex(),
        actor,
        micros(now),
    )
    return rows[0]["id"]


async def pick_by_id(reader: Reader, community_id: int, pick_id: int) -> PickRecord | None:
    """A pick of a community, or None."""
    row = await reader.find(
        f"SELECT {PICK_COLUMNS} FROM slot_pick WHERE community_id = $1 AND id = $2", community_id, pick_id
    )
    return None if row is None else pick_record(row)


async def picks_page(reader: Reader, community_id: int, before_id: int | None, limit: int) -> list[PickRecord]:
    """Picks, newest first, after the last one seen."""
    rows = await reader.fetch(
        f"SELECT {PICK_COLUMNS} FROM slot_pick WHERE community_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        community_id,
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return [pick_record(row) for row in rows]


async def picks_count(reader: Reader, community_id: int) -> int:
    """How many picks there were."""
    rows = await reader.fetch("SELECT count(*) AS many FROM slot_pick WHERE community_id = $1", community_id)
    return int(rows[0]["many"])


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRecord:
    """What is blocked, and why; `key` is an account as platform:id, or the key of a title or provider."""

    id: int
    kind: BlockKind
    key: str
    label: str
    reason: str
    actor: str
    at: datetime


BLOCK_COLUMNS = "id, kind, key, label, reason, actor, at"


def block_record(row: Row) -> BlockRecord:
    """A row of `BLOCK_COLUMNS` as a value."""
    return BlockRecord(
        id=row["id"],
        kind=BlockKind(row["kind"]),
        key=row["key"],
        label=row["label"],
        reason=row["reason"],
        actor=row["actor"],
        at=instant_of(row["at"]),
    )


async def put_block(
    tx: Tx, community_id: int, kind: BlockKind, key: str, label: str, reason: str, actor: str, now: datetime
) -> BlockRecord:
    """Block something, or give what is blocked another reason; the row."""
    rows = await tx.fetch(
        "INSERT INTO slot_block (community_id, kind, key, label, reason, actor, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (community_id, kind, key) DO UPDATE SET "
        "label = excluded.label, reason = excluded.reason, actor = excluded.actor, at = excluded.at "
        f"RETURNING {BLOCK_COLUMNS}",
        community_id,
        kind.value,
        key,
        label,
        reason,
        actor,
        micros(now),
    )
    return block_record(rows[0])


async def remove_block(tx: Tx, community_id: int, block_id: int) -> BlockRecord | None:
    """Let what was blocked be called again; what it was, or None."""
    rows = await tx.fetch(
        f"DELETE FROM slot_block WHERE community_id = $1 AND id = $2 RETURNING {BLOCK_COLUMNS}", community_id, block_id
    )
    return block_record(rows[0]) if rows else None


async def block_count(reader: Reader, community_id: int) -> int:
    """How much is blocked."""
    rows = await reader.fetch("SELECT count(*) AS many FROM slot_block WHERE community_id = $1", community_id)
    return int(rows[0]["many"])


async def blocks_page(reader: Reader, community_id: int, before_id: int | None, limit: int) -> list[BlockRecord]:
    """What is blocked, newest first, after the last one seen."""
    rows = await reader.fetch(
        f"SELECT {BLOCK_COLUMNS} FROM slot_block WHERE community_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        community_id,
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return [block_record(row) for row in rows]


async def reasons(reader: Reader, community_id: int, wanted: Sequence[tuple[BlockKind, str]]) -> dict[BlockKind, str]:
    """The reasons of the blocks that concern a call, by kind; `wanted` are a few keys."""
    if not wanted:
        return {}
    pairs = " OR ".join(f"(kind = ${2 * n} AND key = ${2 * n + 1})" for n in range(1, len(wanted) + 1))
    rows = await reader.fetch(
        f"SELECT kind, reason FROM slot_block WHERE community_id = $1 AND ({pairs}) ORDER BY id",
        community_id,
        *(value for kind, key in wanted for value in (kind.value, key)),
    )
    return {BlockKind(row["kind"]): row["reason"] for row in rows}
