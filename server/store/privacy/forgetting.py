"""Who asked to be forgotten, which accounts are his, and what stands in the way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from server.domain.instants import instant_of, micros
from server.domain.privacy import EVERYWHERE, ForgettingState, Identity, Struck
from server.ports import Reader, Row, Tx

ACCOUNTS_MAX = 50
ROUNDS_MAX = 10
COLUMNS = (
    "id, community_id, platform, external_id, state, asked_at, due_at, settled_at, problem, people, place, after, upto"
)
OPEN = f"state IN ('{ForgettingState.ASKED}', '{ForgettingState.STRIKING}')"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgettingRecord:
    """Somebody asked to be forgotten; `who` is None once he is."""

    id: int
    community_id: int
    who: Identity | None
    state: ForgettingState
    asked_at: datetime
    due_at: datetime
    settled_at: datetime | None
    problem: str | None
    people: tuple[Struck, ...]
    place: str | None
    after: int
    upto: int


def forgetting_record(row: Row) -> ForgettingRecord:
    """A row of `COLUMNS` as a value."""
    return ForgettingRecord(
        id=row["id"],
        community_id=row["community_id"],
        who=None if row["external_id"] is None else Identity(row["platform"], row["external_id"]),
        state=ForgettingState(row["state"]),
        asked_at=instant_of(row["asked_at"]),
        due_at=instant_of(row["due_at"]),
        settled_at=None if row["settled_at"] is None else instant_of(row["settled_at"]),
        problem=row["problem"],
        people=tuple(map(Struck.restored, orjson.loads(row["people"] or "[]"))),
        place=row["place"],
        after=row["after"],
        upto=row["upto"],
    )


@dataclass(frozen=True, slots=True)
class Mine:
    """An account of a person: our number of it is None where nobody told of it yet."""

    identity: Identity
    account_id: int | None
    names: tuple[str, ...]


async def mine(reader: Reader, own: Iterable[Identity], community_id: int) -> list[Mine]:
    """The accounts of whoever proved `own`: those, and the ones he linked to them himself, at most 50.

    Only links of one community count, of all of them for `EVERYWHERE`. What staff linked to him, he has not proven.
    """
    named = sorted(set(own), key=str)
    found: dict[int, Mine] = {}
    strangers: list[Mine] = []
    for one in named:
        row = await reader.find(
            "SELECT id, platform, external_id, name, slug FROM account WHERE platform = $1 AND external_id = $2",
            one.platform,
            one.external_id,
        )
        if row is None:
            strangers.append(Mine(one, None, ()))
        else:
            found[row["id"]] = _mine(row)
    for _ in range(ROUNDS_MAX):
        more = await _linked_to(reader, list(found), community_id)
        fresh = {row["id"]: _mine(row) for row in more if row["id"] not in found}
        if not fresh:
            break
        found |= fresh
    return [*(found[number] for number in sorted(found)), *strangers][:ACCOUNTS_MAX]


def _mine(row: Row) -> Mine:
    names = tuple(sorted({name for name in (row["name"], row["slug"]) if name}))
    return Mine(Identity(row["platform"], row["external_id"]), row["id"], names)


async def _linked_to(reader: Reader, account_ids: Sequence[int], community_id: int) -> Sequence[Row]:
    return await reader.fetch(
        "SELECT DISTINCT a.id, a.platform, a.external_id, a.name, a.slug FROM account_link m "
        "JOIN viewer_account v ON v.community_id = m.community_id AND v.account_id = m.account_id "
        "JOIN viewer_account o ON o.community_id = v.community_id AND o.viewer_id = v.viewer_id "
        "JOIN account_link l ON l.community_id = o.community_id AND l.account_id = o.account_id AND l.cause = 'viewer' "
        f"JOIN account a ON a.id = o.account_id WHERE m.cause = 'viewer' AND m.account_id IN {listed(account_ids)} "
        "AND CAST($1 AS BIGINT) IN (0, m.community_id) ORDER BY a.id LIMIT 50",
        community_id,
    )


async def names_told(reader: Reader, one: Identity) -> list[str]:
    """What an account was called when it signed in or was linked."""
    rows = await reader.fetch(
        "SELECT name FROM web_session WHERE platform = $1 AND external_id = $2 UNION SELECT name FROM account_proof "
        "WHERE platform = $1 AND external_id = $2 AND name IS NOT NULL UNION SELECT discord_name AS name "
        "FROM account_proof WHERE CAST($1 AS TEXT) = 'discord' AND discord_id = $2",
        one.platform,
        one.external_id,
    )
    return [row["name"] for row in rows]


def listed(numbers: Iterable[int]) -> str:
    """Numbers of ours as a list in a statement; there is nothing in them to escape."""
    return f"({', '.join(str(int(number)) for number in numbers) or 'NULL'})"


async def outsiders(reader: Reader, account_ids: Sequence[int], community_id: int) -> list[tuple[int, Identity]]:
    """Accounts of others that are one viewer with any of these, with the community where they are."""
    rows = await reader.fetch(
        "SELECT c.id AS community_id, a.platform, a.external_id FROM community c "
        f"JOIN viewer_account v ON v.community_id = c.id AND v.account_id IN {listed(account_ids)} "
        "JOIN viewer_account o ON o.community_id = c.id AND o.viewer_id = v.viewer_id "
        f"AND o.account_id NOT IN {listed(account_ids)} JOIN account a ON a.id = o.account_id "
        "WHERE CAST($1 AS BIGINT) IN (0, c.id) GROUP BY c.id, a.platform, a.external_id "
        "ORDER BY c.id, a.platform, a.external_id",
        community_id,
    )
    return [(row["community_id"], Identity(row["platform"], row["external_id"])) for row in rows]


async def owned_alone(reader: Reader, one: Identity, community_id: int) -> str | None:
    """The slug of a community whose last owner this is, or None."""
    rows = await reader.fetch(
        "SELECT c.slug FROM staff_grant g JOIN community c ON c.id = g.community_id WHERE g.holder_kind = $1 "
        "AND g.external_id = $2 AND g.role = 'owner' AND CAST($3 AS BIGINT) IN (0, g.community_id) AND NOT EXISTS ("
        "SELECT 1 FROM staff_grant o WHERE o.community_id = g.community_id AND o.role = 'owner' AND o.id <> g.id) "
        "ORDER BY c.slug LIMIT 1",
        one.platform,
        one.external_id,
        community_id,
    )
    return rows[0]["slug"] if rows else None


async def channel_run(reader: Reader, one: Identity, community_id: int) -> str | None:
    """The name of a channel of this account that a community follows or is connected with, or None."""
    rows = await reader.fetch(
        "SELECT c.name FROM channel c WHERE c.platform = $1 AND c.external_id = $2 AND (EXISTS ("
        "SELECT 1 FROM attachment t WHERE t.channel_id = c.id AND CAST($3 AS BIGINT) IN (0, t.community_id)) "
        "OR EXISTS (SELECT 1 FROM credential k WHERE k.provider = $1 AND k.external_id = $2 "
        "AND CAST($3 AS BIGINT) IN (0, k.community_id))) LIMIT 1",
        one.platform,
        one.external_id,
        community_id,
    )
    return rows[0]["name"] if rows else None


async def add(tx: Tx, community_id: int, who: Identity, now: datetime, due_at: datetime) -> int:
    """Note that somebody asks to be forgotten and return the row's id."""
    rows = await tx.fetch(
        "INSERT INTO forgetting (community_id, platform, external_id, state, asked_at, due_at, after, upto) "
        "VALUES ($1, $2, $3, $4, $5, $6, 0, 0) RETURNING id",
        community_id,
        who.platform,
        who.external_id,
        ForgettingState.ASKED.value,
        micros(now),
        micros(due_at),
    )
    return rows[0]["id"]


async def open_of(reader: Reader, people: Iterable[Identity]) -> list[ForgettingRecord]:
    """What any of a few accounts asked for and is not over, oldest first."""
    found: list[ForgettingRecord] = []
    for one in people:
        rows = await reader.fetch(
            f"SELECT {COLUMNS} FROM forgetting WHERE platform = $1 AND external_id = $2 AND {OPEN} ORDER BY id",
            one.platform,
            one.external_id,
        )
        found += map(forgetting_record, rows)
    return sorted(found, key=lambda record: record.id)


async def due(reader: Reader, now: datetime, limit: int) -> list[ForgettingRecord]:
    """What is to be struck by now, what was begun first."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM forgetting WHERE {OPEN} AND due_at <= $1 ORDER BY state DESC, due_at, id LIMIT $2",
        micros(now),
        limit,
    )
    return list(map(forgetting_record, rows))


async def locked(tx: Tx, number: int) -> ForgettingRecord | None:
    """A row that nobody else changes until this unit of work ends, or None."""
    lock = " FOR UPDATE" if tx.dialect == "postgres" else ""
    rows = await tx.fetch(f"SELECT {COLUMNS} FROM forgetting WHERE id = $1{lock}", number)
    return forgetting_record(rows[0]) if rows else None


async def keep(tx: Tx, number: int, now: datetime) -> bool:
    """Take a wish back, and with it who wished it; False when it is too late."""
    touched = await tx.execute(
        "UPDATE forgetting SET state = $2, settled_at = $3, platform = NULL, external_id = NULL, problem = NULL "
        "WHERE id = $1 AND state = $4",
        number,
        ForgettingState.KEPT.value,
        micros(now),
        ForgettingState.ASKED.value,
    )
    return touched > 0


async def put_off(tx: Tx, number: int, problem: str, until: datetime) -> None:
    """Try later, because something stands in the way."""
    await tx.execute("UPDATE forgetting SET due_at = $2, problem = $3 WHERE id = $1", number, micros(until), problem)


async def begin(tx: Tx, number: int, people: Sequence[Struck], place: str, upto: int) -> None:
    """Note whom the striking is about and where it begins."""
    await tx.execute(
        "UPDATE forgetting SET state = $2, people = $3, place = $4, after = 0, upto = $5, problem = NULL WHERE id = $1",
        number,
        ForgettingState.STRIKING.value,
        orjson.dumps([one.stored() for one in people]).decode(),
        place,
        upto,
    )


async def advance(tx: Tx, number: int, place: str, after: int, upto: int) -> None:
    """Note how far the striking is."""
    await tx.execute(
        "UPDATE forgetting SET place = $2, after = $3, upto = $4 WHERE id = $1", number, place, after, upto
    )


async def finish(tx: Tx, number: int, now: datetime) -> None:
    """End a striking; nothing of whom it was about is left."""
    await tx.execute(
        "UPDATE forgetting SET state = $2, settled_at = $3, platform = NULL, external_id = NULL, people = NULL, "
        "place = NULL WHERE id = $1",
        number,
        ForgettingState.DONE.value,
        micros(now),
    )


async def overdue(reader: Reader, before: datetime) -> int:
    """How many should have been struck before an instant."""
    rows = await reader.fetch(
        f"SELECT count(*) AS many FROM forgetting WHERE {OPEN} AND due_at < $1 AND problem IS NULL", micros(before)
    )
    return int(rows[0]["many"])


async def forget_settled_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of old rows that are over; how many."""
    return await tx.execute(
        "DELETE FROM forgetting WHERE id IN (SELECT id FROM forgetting WHERE settled_at < $1 LIMIT $2)",
        micros(instant),
        limit,
    )


def is_everywhere(record: ForgettingRecord) -> bool:
    """Whether somebody is forgotten in all communities."""
    return record.community_id == EVERYWHERE
