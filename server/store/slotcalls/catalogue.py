"""The catalogue of slots, and the index by which titles like a given one are found.

The index is a plain table of groups of three letters, so that it works the same on both engines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import micros
from server.domain.slotcalls.rules import likeness, trigrams
from server.ports import Reader, Row, Tx

CANDIDATES_MAX = 200
LIKENESS_MIN = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRecord:
    """A slot of the catalogue."""

    id: int
    title: str
    key: str
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSlot:
    """A slot to be kept."""

    title: str
    key: str
    provider: str
    provider_key: str


COLUMNS = "id, title, key, provider"


def slot_record(row: Row) -> SlotRecord:
    """A row of `COLUMNS` as a value."""
    return SlotRecord(id=row["id"], title=row["title"], key=row["key"], provider=row["provider"])


async def add(tx: Tx, community_id: int, slots: Sequence[NewSlot], now: datetime) -> int:
    """Add slots that are not there yet, with their index; how many were new."""
    grams = {slot.key: trigrams(slot.key) for slot in slots}
    made = await tx.bulk(
        "INSERT INTO slot (community_id, title, key, provider, provider_key, trigrams, added_at) "
        "SELECT {p1}, r.title, r.key, r.provider, r.provider_key, r.trigrams, {p2} FROM r WHERE TRUE "
        "ON CONFLICT (community_id, key, provider_key) DO NOTHING RETURNING id, key",
        {
            "title": ("text", [slot.title for slot in slots]),
            "key": ("text", [slot.key for slot in slots]),
            "provider": ("text", [slot.provider for slot in slots]),
            "provider_key": ("text", [slot.provider_key for slot in slots]),
            "trigrams": ("bigint", [len(grams[slot.key]) for slot in slots]),
        },
        community_id,
        micros(now),
    )
    pairs = [(gram, row["id"]) for row in made for gram in sorted(grams[row["key"]])]
    await tx.bulk(
        "INSERT INTO slot_trigram (community_id, trigram, slot_id) SELECT {p1}, r.trigram, r.slot_id FROM r",
        {"trigram": ("text", [gram for gram, _ in pairs]), "slot_id": ("bigint", [number for _, number in pairs])},
        community_id,
    )
    return len(made)


async def clear(tx: Tx, community_id: int, limit: int) -> int:
    """Take a bounded number of slots out of the catalogue; how many."""
    rows = await tx.fetch("SELECT id FROM slot WHERE community_id = $1 ORDER BY id LIMIT $2", community_id, limit)
    if not rows:
        return 0
    last = rows[-1]["id"]
    await tx.execute(
        "DELETE FROM slot_trigram WHERE slot_id IN (SELECT id FROM slot WHERE community_id = $1 AND id <= $2)",
        community_id,
        last,
    )
    return await tx.execute("DELETE FROM slot WHERE community_id = $1 AND id <= $2", community_id, last)


async def count(reader: Reader, community_id: int) -> int:
    """How many slots the catalogue has."""
    rows = await reader.fetch("SELECT count(*) AS many FROM slot WHERE community_id = $1", community_id)
    return int(rows[0]["many"])


async def page(reader: Reader, community_id: int, after_id: int, limit: int) -> list[SlotRecord]:
    """Slots by their keys, after the last one seen."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM slot WHERE community_id = $1 AND (key, id) > "
        "(COALESCE((SELECT key FROM slot WHERE community_id = $1 AND id = $2), ''), $2) ORDER BY key, id LIMIT $3",
        community_id,
        after_id,
        limit,
    )
    return [slot_record(row) for row in rows]


async def by_key(reader: Reader, community_id: int, key: str) -> SlotRecord | None:
    """The slot that a key names; of several providers the one that was added first."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM slot WHERE community_id = $1 AND key = $2 ORDER BY id LIMIT 1", community_id, key
    )
    return slot_record(rows[0]) if rows else None


async def alike(reader: Reader, community_id: int, key: str, limit: int) -> list[SlotRecord]:
    """The slots whose keys are most like a given one, best first; none that are not alike at all."""
    grams = sorted(trigrams(key))
    if not grams:
        return []
    places = ", ".join(f"${n}" for n in range(3, len(grams) + 3))
    rows = await reader.fetch(
        "SELECT s.id, s.title, s.key, s.provider, s.trigrams, f.shared FROM "
        "(SELECT slot_id, count(*) AS shared FROM slot_trigram "
        f"WHERE community_id = $1 AND trigram IN ({places}) GROUP BY slot_id ORDER BY count(*) DESC, slot_id LIMIT $2) "
        "AS f JOIN slot s ON s.id = f.slot_id",
        community_id,
        CANDIDATES_MAX,
        *grams,
    )
    scored = [(likeness(row["shared"], len(grams), row["trigrams"]), slot_record(row)) for row in rows]
    fitting = [(score, slot) for score, slot in scored if score >= LIKENESS_MIN]
    return [slot for _, slot in sorted(fitting, key=lambda pair: (-pair[0], pair[1].key, pair[1].id))[:limit]]
