"""Accounts on platforms and the viewers they are within a community."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import HOUR, micros
from server.domain.linking import KNOWN_BOTS, Cause, Household, Member
from server.events.happening import Person
from server.ports import Columns, Reader, Row, Tx
from server.store.privacy.forgotten import forgotten_since

NAME_LENGTH_MAX = 100


async def accounts_of(tx: Tx, platform: str, people: Iterable[tuple[Person, datetime]]) -> dict[str, int]:
    """The account id of everybody in `people`, by platform id; unknown ones are made, newer names are kept.

    Each person comes with the instant his name was told. Names are display data: the last told wins. Somebody who was
    forgotten since then is nobody: he is not made again, and not among those returned.
    """
    latest: dict[str, tuple[Person, int]] = {}
    for person, told_at in people:
        at = micros(told_at)
        if person.id is not None and (person.id not in latest or at >= latest[person.id][1]):
            latest[person.id] = (person, at)
    if not latest:
        return {}
    ids = sorted(latest)
    known = await _known(tx, platform, ids)
    if len(known) < len(ids):
        gone = await forgotten_since(tx, platform, {key: latest[key][1] for key in ids if key not in known})
        missing = [key for key in ids if key not in known and key not in gone]
        known |= await _insert(tx, platform, [latest[key] for key in missing])
        # Whom somebody else made in this very moment is not among those that were inserted.
        known |= await _known(tx, platform, [key for key in missing if key not in known])
    await _rename(tx, [(row, *latest[key]) for key, row in known.items()])
    return {key: row["id"] for key, row in known.items()}


async def _known(tx: Tx, platform: str, ids: Sequence[str]) -> dict[str, Row]:
    rows = await tx.bulk(
        "SELECT a.id, a.external_id, a.name, a.slug, a.named_at FROM r "
        "JOIN account a ON a.platform = {p1} AND a.external_id = r.external_id",
        {"external_id": ("text", ids)},
        platform,
    )
    return {row["external_id"]: row for row in rows}


async def _insert(tx: Tx, platform: str, people: Sequence[tuple[Person, int]]) -> dict[str, Row]:
    rows = await tx.bulk(
        "INSERT INTO account (platform, external_id, name, name_key, slug, named_at, is_bot) "
        "SELECT {p1}, r.external_id, r.name, r.name_key, r.slug, r.named_at, r.is_bot FROM r WHERE TRUE "
        "ON CONFLICT (platform, external_id) DO NOTHING RETURNING id, external_id, name, slug, named_at",
        {
            "external_id": ("text", [person.id for person, _ in people]),
            "is_bot": ("boolean", [_display(person).casefold() in KNOWN_BOTS for person, _ in people]),
            **_names(people),
        },
        platform,
    )
    return {row["external_id"]: row for row in rows}


async def _rename(tx: Tx, found: Sequence[tuple[Row, Person, int]]) -> None:
    """Keep newer names; the time of an unchanged one is refreshed hourly, to spare a write per chat line."""
    newer = [
        (row["id"], person, at)
        for row, person, at in found
        if at > row["named_at"] + HOUR
        or (at > row["named_at"] and (row["name"], row["slug"]) != (_display(person), person.slug or row["slug"]))
    ]
    await tx.bulk(
        "UPDATE account SET name = r.name, name_key = r.name_key, slug = COALESCE(r.slug, account.slug), "
        "named_at = r.named_at FROM r "
        "WHERE account.id = r.id AND account.named_at < r.named_at",
        {"id": ("bigint", [key for key, _, _ in newer]), **_names([(person, at) for _, person, at in newer])},
    )


def _names(people: Sequence[tuple[Person, int]]) -> Columns:
    return {
        "name": ("text", [_display(person) for person, _ in people]),
        "name_key": ("text", [_display(person).casefold() for person, _ in people]),
        "slug": ("text", [person.slug for person, _ in people]),
        "named_at": ("bigint", [at for _, at in people]),
    }


def _display(person: Person) -> str:
    return (person.name or f"#{person.id}")[:NAME_LENGTH_MAX]


async def viewers_of(tx: Tx, community_id: int, account_ids: Iterable[int]) -> dict[int, int]:
    """The viewer of each account in a community; an account without one becomes a viewer of its own.

    The caller holds the community's lock, so that nobody makes the same viewer twice.
    """
    wanted = sorted(set(account_ids))
    found = await _viewers(tx, community_id, wanted)
    missing = [account for account in wanted if account not in found]
    if missing:
        made = await tx.bulk(
            "INSERT INTO viewer (community_id, face, watch_us) SELECT {p1}, r.account_id, 0 FROM r RETURNING id, face",
            {"account_id": ("bigint", missing)},
            community_id,
        )
        await tx.bulk(
            "INSERT INTO viewer_account (community_id, account_id, viewer_id) "
            "SELECT {p1}, r.account_id, r.viewer_id FROM r",
            {
                "account_id": ("bigint", [row["face"] for row in made]),
                "viewer_id": ("bigint", [row["id"] for row in made]),
            },
            community_id,
        )
        found |= {row["face"]: row["id"] for row in made}
    return found


async def _viewers(reader: Tx, community_id: int, account_ids: Sequence[int]) -> dict[int, int]:
    rows = await reader.bulk(
        "SELECT v.account_id, v.viewer_id FROM r JOIN viewer_account v "
        "ON v.community_id = {p1} AND v.account_id = r.account_id",
        {"account_id": ("bigint", account_ids)},
        community_id,
    )
    return {row["account_id"]: row["viewer_id"] for row in rows}


async def companions(tx: Tx, community_id: int, viewer_ids: Iterable[int]) -> Mapping[int, list[int]]:
    """All accounts of each viewer, in order."""
    rows = await tx.bulk(
        "SELECT v.viewer_id, v.account_id FROM r JOIN viewer_account v ON v.viewer_id = r.viewer_id "
        "WHERE v.community_id = {p1}",
        {"viewer_id": ("bigint", sorted(set(viewer_ids)))},
        community_id,
    )
    # Sorted here: asked for an order, SQLite walks through the whole community instead of looking the viewers up.
    accounts: dict[int, list[int]] = {}
    for viewer_id, account_id in sorted((row["viewer_id"], row["account_id"]) for row in rows):
        accounts.setdefault(viewer_id, []).append(account_id)
    return accounts


async def find_account(reader: Reader, platform: str, external_id: str) -> int | None:
    """The account with a platform's own id, or None."""
    rows = await reader.fetch("SELECT id FROM account WHERE platform = $1 AND external_id = $2", platform, external_id)
    return rows[0]["id"] if rows else None


async def hosts(reader: Reader, community_id: int) -> frozenset[int]:
    """The accounts of the owners of the channels that a community follows or once followed, and of bots."""
    rows = await reader.fetch(
        "SELECT a.id FROM (SELECT channel_id FROM attachment WHERE community_id = $1 UNION "
        "SELECT channel_id FROM detachment WHERE community_id = $1) t JOIN channel c ON c.id = t.channel_id "
        "JOIN account a ON a.platform = c.platform AND a.external_id = c.external_id "
        "UNION SELECT id FROM account WHERE is_bot",
        community_id,
    )
    return frozenset(row["id"] for row in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    """An account as last told."""

    id: int
    platform: str
    external_id: str
    name: str


ACCOUNT_COLUMNS = "a.id, a.platform, a.external_id, a.name"


def account_record(row: Row) -> AccountRecord:
    """A row of `ACCOUNT_COLUMNS` as a value."""
    return AccountRecord(id=row["id"], platform=row["platform"], external_id=row["external_id"], name=row["name"])


async def accounts_by_ids(reader: Reader, account_ids: Sequence[int]) -> dict[int, AccountRecord]:
    """The accounts that exist, by id; for a bounded number of ids."""
    places = ", ".join(f"${n}" for n in range(1, len(account_ids) + 1))
    rows = await reader.fetch(f"SELECT {ACCOUNT_COLUMNS} FROM account a WHERE a.id IN ({places})", *account_ids)
    return {row["id"]: account_record(row) for row in rows}


async def accounts_of_viewer(reader: Reader, community_id: int, viewer_id: int) -> list[AccountRecord]:
    """The accounts that are one viewer in a community, oldest first."""
    rows = await reader.fetch(
        f"SELECT {ACCOUNT_COLUMNS} FROM viewer_account v JOIN account a ON a.id = v.account_id "
        "WHERE v.community_id = $1 AND v.viewer_id = $2 ORDER BY a.id",
        community_id,
        viewer_id,
    )
    return [account_record(row) for row in rows]


async def viewer_of(reader: Reader, community_id: int, account_id: int) -> int | None:
    """The viewer that an account is in a community, or None when it never appeared there."""
    rows = await reader.fetch(
        "SELECT viewer_id FROM viewer_account WHERE community_id = $1 AND account_id = $2", community_id, account_id
    )
    return rows[0]["viewer_id"] if rows else None


async def resolve(reader: Reader, community_id: int, viewer_id: int) -> int | None:
    """Who a viewer of a community is now: himself, or whomever his first account was linked to; None for no viewer."""
    rows = await reader.fetch(
        "SELECT a.viewer_id FROM viewer v JOIN viewer_account a ON a.community_id = v.community_id "
        "AND a.account_id = v.face WHERE v.community_id = $1 AND v.id = $2",
        community_id,
        viewer_id,
    )
    return rows[0]["viewer_id"] if rows else None


async def household(reader: Reader, community_id: int, viewer_id: int) -> Household:
    """The accounts of a viewer, each with its home, oldest home first."""
    rows = await reader.fetch(
        "SELECT v.account_id, a.platform, COALESCE(l.home_id, v.viewer_id) AS home FROM viewer_account v "
        "JOIN account a ON a.id = v.account_id LEFT JOIN account_link l "
        "ON l.community_id = v.community_id AND l.account_id = v.account_id "
        "WHERE v.community_id = $1 AND v.viewer_id = $2",
        community_id,
        viewer_id,
    )
    return sorted(
        (Member(row["account_id"], row["platform"], row["home"]) for row in rows), key=lambda member: member.home
    )


async def move_accounts(tx: Tx, community_id: int, account_ids: Sequence[int], viewer_id: int) -> None:
    """Let accounts be another viewer."""
    await tx.bulk(
        "UPDATE viewer_account SET viewer_id = {p2} FROM r "
        "WHERE viewer_account.community_id = {p1} AND viewer_account.account_id = r.account_id",
        {"account_id": ("bigint", sorted(account_ids))},
        community_id,
        viewer_id,
    )


async def add_links(tx: Tx, community_id: int, members: Household, cause: Cause, actor: str, now: datetime) -> None:
    """Note that accounts, alone until now, are linked."""
    await tx.bulk(
        "INSERT INTO account_link (community_id, account_id, home_id, cause, actor, at) "
        "SELECT {p1}, r.account_id, r.home_id, {p2}, {p3}, {p4} FROM r",
        {
            "account_id": ("bigint", [member.account for member in members]),
            "home_id": ("bigint", [member.home for member in members]),
        },
        community_id,
        cause.value,
        actor,
        micros(now),
    )


async def remove_links(tx: Tx, community_id: int, members: Household) -> None:
    """Note that accounts are alone again."""
    for member in members:
        await tx.execute(
            "DELETE FROM account_link WHERE community_id = $1 AND account_id = $2", community_id, member.account
        )
