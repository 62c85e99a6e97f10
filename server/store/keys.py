"""Data keys, each sealed by a master key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.domain.instants import instant_of, micros
from server.ports import Reader, Row, Tx

KeyState = Literal["active", "retiring"]
LOOKS_MAX = 5
KEYS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKeyRecord:
    """A data key as it is stored: of no use to whoever lacks the master key."""

    id: str
    master_id: str
    sealed: str
    state: KeyState
    made_at: datetime


COLUMNS = "id, master_id, sealed, state, made_at"


def data_key_record(row: Row) -> DataKeyRecord:
    """A row of the table as a value."""
    return DataKeyRecord(
        id=row["id"],
        master_id=row["master_id"],
        sealed=row["sealed"],
        state=row["state"],
        made_at=instant_of(row["made_at"]),
    )


async def active(tx: Tx) -> DataKeyRecord | None:
    """The newest active key, which stays active and present until this transaction ends; None when there is none.

    The lock is what lets a rotation retire a key for good: once it has, nothing is sealed with that key any more.
    """
    locked = "FOR SHARE" if tx.dialect == "postgres" else ""
    for _ in range(LOOKS_MAX):
        rows = await tx.fetch(
            f"SELECT {COLUMNS} FROM data_key WHERE state = 'active' ORDER BY made_at DESC, id DESC LIMIT 1 {locked}"
        )
        if rows:
            return data_key_record(rows[0])
        # One that was retired while we waited for its lock is left out, and its successor was not looked at.
        if not await tx.fetch("SELECT 1 FROM data_key WHERE state = 'active' LIMIT 1"):
            return None
    return None


async def by_id(reader: Reader, key_id: str) -> DataKeyRecord | None:
    """The key of an id, or None."""
    rows = await reader.fetch(f"SELECT {COLUMNS} FROM data_key WHERE id = $1", key_id)
    return data_key_record(rows[0]) if rows else None


async def everyone(reader: Reader) -> list[DataKeyRecord]:
    """All keys, oldest first."""
    rows = await reader.fetch(f"SELECT {COLUMNS} FROM data_key ORDER BY made_at, id LIMIT {KEYS_MAX}")
    return list(map(data_key_record, rows))


async def add(tx: Tx, key: DataKeyRecord) -> None:
    """Store a new key."""
    await tx.execute(
        f"INSERT INTO data_key ({COLUMNS}) VALUES ($1, $2, $3, $4, $5)",
        key.id,
        key.master_id,
        key.sealed,
        key.state,
        micros(key.made_at),
    )


async def retire_all_but(tx: Tx, key_id: str) -> int:
    """Let every other active key only open from now on; how many. Waits for whoever seals with one right now."""
    return await tx.execute("UPDATE data_key SET state = 'retiring' WHERE state = 'active' AND id <> $1", key_id)


async def rewrap(tx: Tx, key: DataKeyRecord, master_id: str, sealed: str) -> bool:
    """Put a key under another master key; False when somebody else already has."""
    touched = await tx.execute(
        "UPDATE data_key SET master_id = $3, sealed = $4 WHERE id = $1 AND master_id = $2",
        key.id,
        key.master_id,
        master_id,
        sealed,
    )
    return touched > 0


async def retiring(tx: Tx) -> Sequence[str]:
    """The ids of the keys that only open, locked until this transaction ends."""
    locked = "FOR UPDATE" if tx.dialect == "postgres" else ""
    rows = await tx.fetch(f"SELECT id FROM data_key WHERE state = 'retiring' ORDER BY id LIMIT {KEYS_MAX} {locked}")
    return [row["id"] for row in rows]


async def drop_if_unused(tx: Tx, key_id: str) -> bool:
    """Delete a key that no text is sealed with; whether it was so."""
    touched = await tx.execute(
        "DELETE FROM data_key WHERE id = $1 AND state = 'retiring' "
        "AND NOT EXISTS (SELECT 1 FROM credential WHERE data_key_id = $1)",
        key_id,
    )
    return touched > 0
