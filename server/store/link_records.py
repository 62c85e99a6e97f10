"""What is kept of links: since when accounts are linked and by whom, and the history of linking and unlinking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.linking import Cause, Household
from server.ports import Reader, Tx
from server.store.linking import ACCOUNT_COLUMNS, AccountRecord, account_record


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEventRecord:
    """An account was linked to a viewer, or unlinked from him."""

    id: int
    viewer_id: int
    account_id: int
    kind: str
    cause: str
    actor: str
    reason: str
    at: datetime


async def add_event(
    tx: Tx,
    community_id: int,
    viewer_id: int,
    account_id: int,
    kind: str,
    cause: Cause,
    actor: str,
    reason: str,
    now: datetime,
) -> int:
    """Append to the history of links and return the row's id."""
    rows = await tx.fetch(
        "INSERT INTO link_event (community_id, viewer_id, account_id, kind, cause, actor, reason, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        community_id,
        viewer_id,
        account_id,
        kind,
        cause.value,
        actor,
        reason,
        micros(now),
    )
    return rows[0]["id"]


async def unlinked_at(reader: Reader, community_id: int, account_ids: Sequence[int]) -> datetime | None:
    """When any of a few accounts was unlinked last, or None for never; a link that was undone does not count."""
    places = ", ".join(f"${n}" for n in range(2, len(account_ids) + 2))
    [row] = await reader.fetch(
        "SELECT max(at) AS at FROM link_event WHERE community_id = $1 AND kind = 'unlinked' "
        f"AND cause <> 'undone' AND account_id IN ({places})",
        community_id,
        *account_ids,
    )
    return None if row["at"] is None else instant_of(row["at"])


async def linked_at(reader: Reader, community_id: int, account_id: int) -> datetime | None:
    """Since when an account is linked, or None where it is not."""
    row = await reader.find(
        "SELECT at FROM account_link WHERE community_id = $1 AND account_id = $2", community_id, account_id
    )
    return None if row is None else instant_of(row["at"])


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRecord:
    """A linked account: since when, and by whom."""

    account: AccountRecord
    cause: str
    actor: str
    at: datetime


async def links_of_viewer(reader: Reader, community_id: int, viewer_id: int) -> list[LinkRecord]:
    """The linked accounts of a viewer, oldest home first; none when he has only one account."""
    rows = await reader.fetch(
        f"SELECT {ACCOUNT_COLUMNS}, l.cause, l.actor, l.at FROM viewer_account v "
        "JOIN account a ON a.id = v.account_id "
        "JOIN account_link l ON l.community_id = v.community_id AND l.account_id = v.account_id "
        "WHERE v.community_id = $1 AND v.viewer_id = $2 ORDER BY l.home_id",
        community_id,
        viewer_id,
    )
    return [
        LinkRecord(account=account_record(row), cause=row["cause"], actor=row["actor"], at=instant_of(row["at"]))
        for row in rows
    ]


def _concerning(members: Household) -> tuple[str, list[int]]:
    """What tells the events of a viewer's accounts, and of others linked to him, from those of everybody else."""
    many = len(members)
    accounts = ", ".join(f"${n}" for n in range(2, many + 2))
    homes = ", ".join(f"${n}" for n in range(many + 2, 2 * many + 2))
    chosen = (
        f"(SELECT id FROM link_event WHERE community_id = $1 AND account_id IN ({accounts}) "
        f"UNION SELECT id FROM link_event WHERE community_id = $1 AND viewer_id IN ({homes}))"
    )
    return chosen, [*(member.account for member in members), *(member.home for member in members)]


async def events_page(
    reader: Reader, community_id: int, members: Household, before_id: int | None, limit: int
) -> list[LinkEventRecord]:
    """What happened to the links of a viewer's accounts, newest first, after the last one seen."""
    chosen, values = _concerning(members)
    rows = await reader.fetch(
        "SELECT id, viewer_id, account_id, kind, cause, actor, reason, at FROM link_event "
        f"WHERE id IN {chosen} AND id < ${len(values) + 2} ORDER BY id DESC LIMIT ${len(values) + 3}",
        community_id,
        *values,
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return [
        LinkEventRecord(
            id=row["id"],
            viewer_id=row["viewer_id"],
            account_id=row["account_id"],
            kind=row["kind"],
            cause=row["cause"],
            actor=row["actor"],
            reason=row["reason"],
            at=instant_of(row["at"]),
        )
        for row in rows
    ]


async def events_count(reader: Reader, community_id: int, members: Household) -> int:
    """How often something happened to the links of a viewer's accounts."""
    chosen, values = _concerning(members)
    rows = await reader.fetch(f"SELECT count(*) AS many FROM {chosen} AS chosen", community_id, *values)
    return int(rows[0]["many"])
