"""Strike people out: who they are at once, then whatever else names them, a bounded piece at a time."""

from collections.abc import Callable, Mapping, Sequence

from server.domain.instants import FAR
from server.domain.privacy import (
    FORGOTTEN_NAME,
    Struck,
    struck_group,
    struck_happening,
    struck_ids,
    struck_json,
    struck_mentions,
    struck_prose,
)
from server.ports import Reader, Row, Tx
from server.store.privacy.forgetting import ForgettingRecord, listed
from server.store.privacy.rules import KEYS, WRITTEN, Holds, Searched, searched

WHOLE: Mapping[Holds, Callable[[str, Sequence[Struck]], str]] = {
    Holds.FACTS: struck_happening,
    Holds.GROUP: struck_group,
}
"""How texts of a shape of their own are struck."""

Target = tuple[str, int]
"""Our number of an account or a viewer."""

IDS_AT_ONCE = 20_000
BODIES_AT_ONCE = 2_000
BODIES = "inbox"
EMPTY_BODY = b"{}"

PLACES: tuple[str, ...] = (*(one.table for one in searched()), BODIES)
"""What is searched, in order."""

BY_TABLE = {one.table: one for one in searched()}


def place_after(place: str, community_id: int) -> str | None:
    """What is searched next, or None at the end; what platforms told belongs to no community alone."""
    following = PLACES.index(place) + 1
    places = PLACES[:-1] if community_id else PLACES
    return places[following] if following < len(places) else None


def ids_at_once(place: str) -> int:
    """How many ids are looked at by one statement."""
    return BODIES_AT_ONCE if place == BODIES else IDS_AT_ONCE


async def found(reader: Reader, place: str, record: ForgettingRecord, until: int) -> list[int]:
    """The ids of rows that may name whom a striking is about, from where it is up to `until`."""
    if place == BODIES:
        return await bodies_naming(reader, record.people, record.after, until)
    return await naming(reader, BY_TABLE[place], record.people, record.community_id, record.after, until)


async def newest(reader: Reader, place: str) -> int:
    """The greatest id in a table, 0 when it is empty."""
    [row] = await reader.fetch(f"SELECT COALESCE(max(id), 0) AS id FROM {place}")
    return row["id"]


async def strike_accounts(tx: Tx, people: Sequence[Struck]) -> None:
    """Put an opaque id and no name in place of accounts; no name that is told of them later replaces it."""
    known = [one for one in people if one.account_id is not None]
    await tx.bulk(
        "UPDATE account SET external_id = r.opaque, name = {p1}, name_key = {p2}, slug = NULL, named_at = {p3} FROM r "
        "WHERE account.id = r.id RETURNING account.id",
        {"id": ("bigint", [one.account_id for one in known]), "opaque": ("text", [one.opaque for one in known])},
        FORGOTTEN_NAME,
        FORGOTTEN_NAME.casefold(),
        FAR,
    )


async def delete_keyed(tx: Tx, people: Sequence[Struck], community_id: int) -> None:
    """Delete the rows that are theirs by their platforms' own ids, in one community or all of them."""
    for table, platform, external_id in KEYS:
        if community_id and table == "web_session":
            continue
        for one in people:
            await tx.execute(
                f"DELETE FROM {table} WHERE {platform} = $1 AND {external_id} = $2"
                + (" AND community_id = $3" if community_id else ""),
                one.platform,
                one.external_id,
                *((community_id,) if community_id else ()),
            )


async def empty_written(tx: Tx, people: Sequence[Struck], community_id: int) -> None:
    """Empty what accounts wrote, in one community or all of them."""
    accounts = [one.account_id for one in people if one.account_id is not None]
    for table, column in WRITTEN:
        await tx.bulk(
            f"UPDATE {table} SET {column} = '' FROM r WHERE {table}.account_id = r.account_id "
            f"AND ({table}.community_id = {{p1}} OR {{p1}} = 0) RETURNING {table}.id",
            {"account_id": ("bigint", accounts)},
            community_id,
        )


async def naming(
    reader: Reader, place: Searched, people: Sequence[Struck], community_id: int, after: int, until: int
) -> list[int]:
    """The ids in `(after, until]` of rows that may name any of them."""
    terms = sorted({term for one in people for term in one.terms})
    contains = "instr" if reader.dialect == "sqlite" else "strpos"
    conditions = " OR ".join(
        f"{contains}(lower({column}), CAST(${n} AS TEXT)) > 0" for column in place.columns for n in _places(terms)
    )
    where = place.of_community if community_id else "CAST($1 AS BIGINT) = 0"
    rows = await reader.fetch(
        f"SELECT id FROM {place.table} WHERE id > $2 AND id <= $3 AND {where} AND ({conditions}) ORDER BY id",
        community_id,
        after,
        until,
        *terms,
    )
    return [row["id"] for row in rows]


def _places(terms: Sequence[object], first: int = 4) -> range:
    return range(first, first + len(terms))


async def strike_rows(tx: Tx, table: str, people: Sequence[Struck], ids: Sequence[int]) -> None:
    """Replace what names people in some rows of a table, or delete those that are about them."""
    place = BY_TABLE[table]
    theirs = await numbers_of(tx, people) if ids else frozenset[Target]()
    wanted = ", ".join(dict.fromkeys((*place.columns, *place.about)))
    for number in ids:
        rows = await tx.fetch(f"SELECT {wanted} FROM {place.table} WHERE id = $1", number)
        changed = changes(place, people, theirs, rows[0]) if rows else {}
        if not changed:
            continue
        if place.deletes:
            await tx.execute(f"DELETE FROM {place.table} WHERE id = $1", number)
            continue
        puts = ", ".join(f"{column} = ${n}" for n, column in enumerate(changed, 2))
        await tx.execute(f"UPDATE {place.table} SET {puts} WHERE id = $1", number, *changed.values())


async def numbers_of(tx: Tx, people: Sequence[Struck]) -> frozenset[Target]:
    """What rows about people are about: their accounts, and the viewers that they are."""
    accounts = [one.account_id for one in people if one.account_id is not None]
    opaque = await tx.bulk(
        "SELECT a.id FROM r JOIN account a ON a.platform = r.platform AND a.external_id = r.opaque",
        {"platform": ("text", [one.platform for one in people]), "opaque": ("text", [one.opaque for one in people])},
    )
    numbers = {*accounts, *(row["id"] for row in opaque)}
    rows = await tx.fetch(
        "SELECT v.viewer_id FROM community c JOIN viewer_account v ON v.community_id = c.id "
        f"AND v.account_id IN {listed(numbers)}"
    )
    return frozenset({*(("account", one) for one in numbers), *(("viewer", row["viewer_id"]) for row in rows)})


def changes(place: Searched, people: Sequence[Struck], theirs: frozenset[Target], row: Row) -> dict[str, str]:
    """The columns of a row that name people, as they are to be."""
    told = {column: row[column] for column in place.columns if row[column] is not None}
    is_theirs = is_about(place, theirs, row) or any(struck_ids(text, people) != text for text in told.values())
    after = {column: struck(place.held[column], text, people, is_theirs=is_theirs) for column, text in told.items()}
    return {column: text for column, text in after.items() if text != told[column]}


def is_about(place: Searched, theirs: frozenset[Target], row: Row) -> bool:
    """Whether a row is about any of these accounts or viewers."""
    if "account_id" in place.about:
        return ("account", row["account_id"]) in theirs
    if "target_id" in place.about:
        return row["target_id"].isdecimal() and (row["target_kind"], int(row["target_id"])) in theirs
    return False


def struck(kind: Holds, text: str, people: Sequence[Struck], *, is_theirs: bool) -> str:
    """A text of a column without people."""
    if kind in WHOLE:
        return WHOLE[kind](text, people)
    if kind is Holds.JSON or (kind is Holds.NAMING and text.startswith(("{", "["))):
        return struck_json(text, people)
    if kind is Holds.PROSE:
        return struck_prose(text, people) if is_theirs else struck_mentions(text, people)
    return struck_ids(text, people)


async def bodies_naming(reader: Reader, people: Sequence[Struck], after: int, until: int) -> list[int]:
    """The ids in `(after, until]` of what platforms told that names any of them."""
    terms = sorted({text.encode() for one in people for text in (one.external_id, *one.names)})
    contains = "instr(body, ${n}) > 0" if reader.dialect == "sqlite" else "position(${n}::bytea IN body) > 0"
    conditions = " OR ".join(contains.format(n=n) for n in _places(terms, 3))
    rows = await reader.fetch(
        f"SELECT id, body FROM inbox WHERE id > $1 AND id <= $2 AND ({conditions}) ORDER BY id", after, until, *terms
    )
    return [row["id"] for row in rows if any(one.raw.search(bytes(row["body"])) for one in people)]


async def empty_bodies(tx: Tx, ids: Sequence[int]) -> list[int]:
    """Empty what was told and is settled, delete what reached nobody; the ids of those that still wait."""
    waiting: list[int] = []
    for number in ids:
        rows = await tx.fetch(
            "SELECT orphan, EXISTS (SELECT 1 FROM delivery d WHERE d.inbox_id = inbox.id AND d.state = 'received') "
            "AS waits FROM inbox WHERE id = $1",
            number,
        )
        if rows and rows[0]["waits"]:
            waiting.append(number)
        elif rows and rows[0]["orphan"]:
            await tx.execute("DELETE FROM inbox WHERE id = $1", number)
        else:
            await tx.execute("UPDATE inbox SET body = $2 WHERE id = $1", number, EMPTY_BODY)
    return waiting
