"""The ledger of tickets: entries are appended, and their sums change in the same transaction."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import MINUTE, instant_of, micros
from server.domain.raffle.rules import TicketSource
from server.ports import Reader, Row, Tx
from server.store import linking

Place = tuple[int, int, TicketSource]
"""(period, account, source)"""
QUARTER = 15 * MINUTE
Sum = tuple[int, int]
"""Tickets, and what the source's rate looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line to append: `nth` of its `cause`, `at` in microseconds."""

    period_id: int
    account_id: int
    source: TicketSource
    cause: str
    nth: int
    amount: int
    at: int
    reason: str
    actor: str
    basis: int = 0
    late_from: int | None = None

    @property
    def place(self) -> Place:
        """The sum that it belongs to."""
        return self.period_id, self.account_id, self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRecord:
    """An entry as it stands in the ledger."""

    id: int
    account_id: int
    source: TicketSource
    cause: str
    amount: int
    at: datetime
    recorded_at: datetime
    reason: str
    actor: str
    late_from: int | None


async def append(tx: Tx, community_id: int, entries: Sequence[Entry], now: datetime) -> dict[int, dict[int, int]]:
    """Append entries whose cause is new and add them to all sums; what viewers have now, by period and viewer.

    The caller holds the community's lock. An entry that is there already changes nothing.
    """
    rows = await tx.bulk(
        "INSERT INTO ticket_entry (community_id, period_id, account_id, source, cause, nth, amount, basis, at, "
        "recorded_at, reason, actor, late_from) SELECT {p1}, r.period_id, r.account_id, r.source, r.cause, r.nth, "
        "r.amount, r.basis, r.at, {p2}, r.reason, r.actor, r.late_from FROM r WHERE TRUE "
        "ON CONFLICT (community_id, cause, nth) DO NOTHING RETURNING period_id, account_id, source, amount, basis",
        {
            "period_id": ("bigint", [entry.period_id for entry in entries]),
            "account_id": ("bigint", [entry.account_id for entry in entries]),
            "source": ("text", [entry.source.value for entry in entries]),
            "cause": ("text", [entry.cause for entry in entries]),
            "nth": ("bigint", [entry.nth for entry in entries]),
            "amount": ("bigint", [entry.amount for entry in entries]),
            "basis": ("bigint", [entry.basis for entry in entries]),
            "at": ("bigint", [entry.at for entry in entries]),
            "reason": ("text", [entry.reason for entry in entries]),
            "actor": ("text", [entry.actor for entry in entries]),
            "late_from": ("bigint", [entry.late_from for entry in entries]),
        },
        community_id,
        micros(now),
    )
    gains: defaultdict[Place, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        gained = gains[row["period_id"], row["account_id"], TicketSource(row["source"])]
        gained[0] += row["amount"]
        gained[1] += row["basis"]
    await _tally(tx, community_id, gains)
    viewers = await linking.viewers_of(tx, community_id, {account for _, account, _ in gains})
    moved: Counter[tuple[int, int]] = Counter()
    for (period_id, account_id, _), (amount, _) in gains.items():
        moved[period_id, viewers[account_id]] += amount
    return await _stand(tx, community_id, moved)


async def _tally(tx: Tx, community_id: int, gains: Mapping[Place, Sequence[int]]) -> None:
    places = sorted(gains)
    await tx.bulk(
        "INSERT INTO ticket_tally (community_id, period_id, account_id, source, amount, basis) "
        "SELECT {p1}, r.period_id, r.account_id, r.source, r.amount, r.basis FROM r WHERE TRUE "
        "ON CONFLICT (period_id, account_id, source) DO UPDATE SET amount = ticket_tally.amount + excluded.amount, "
        "basis = ticket_tally.basis + excluded.basis",
        {
            "period_id": ("bigint", [period for period, _, _ in places]),
            "account_id": ("bigint", [account for _, account, _ in places]),
            "source": ("text", [source.value for _, _, source in places]),
            "amount": ("bigint", [gains[place][0] for place in places]),
            "basis": ("bigint", [gains[place][1] for place in places]),
        },
        community_id,
    )


async def _stand(tx: Tx, community_id: int, moved: Mapping[tuple[int, int], int]) -> dict[int, dict[int, int]]:
    places = sorted(place for place, amount in moved.items() if amount)
    rows = await tx.bulk(
        "INSERT INTO ticket_standing (community_id, period_id, viewer_id, tickets) "
        "SELECT {p1}, r.period_id, r.viewer_id, r.tickets FROM r WHERE TRUE ON CONFLICT (period_id, viewer_id) "
        "DO UPDATE SET tickets = ticket_standing.tickets + excluded.tickets RETURNING period_id, viewer_id, tickets",
        {
            "period_id": ("bigint", [period for period, _ in places]),
            "viewer_id": ("bigint", [viewer for _, viewer in places]),
            "tickets": ("bigint", [moved[place] for place in places]),
        },
        community_id,
    )
    balances: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for row in rows:
        balances[row["period_id"]][row["viewer_id"]] = row["tickets"]
    return dict(balances)


async def restand(tx: Tx, community_id: int, period_id: int, viewer_ids: Iterable[int]) -> dict[int, int]:
    """Set what viewers have in a period to the sum of their accounts' entries, after accounts moved."""
    rows = await tx.bulk(
        "INSERT INTO ticket_standing (community_id, period_id, viewer_id, tickets) SELECT {p1}, {p2}, r.viewer_id, "
        "CAST(COALESCE((SELECT sum(t.amount) FROM viewer_account v JOIN ticket_tally t ON t.period_id = {p2} "
        "AND t.account_id = v.account_id WHERE v.community_id = {p1} AND v.viewer_id = r.viewer_id), 0) AS BIGINT) "
        "FROM r WHERE TRUE ON CONFLICT (period_id, viewer_id) DO UPDATE SET tickets = excluded.tickets "
        "RETURNING viewer_id, tickets",
        {"viewer_id": ("bigint", sorted(set(viewer_ids)))},
        community_id,
        period_id,
    )
    return {row["viewer_id"]: row["tickets"] for row in rows}


async def given(reader: Reader, community_id: int, causes: Sequence[str]) -> dict[str, dict[Place, Sum]]:
    """What causes have given up to now, by sum that it went to."""
    # Added up here: asked for sums, SQLite walks through the whole ledger instead of looking many causes up.
    rows = await reader.bulk(
        "SELECT e.cause, e.period_id, e.account_id, e.source, e.amount, e.basis FROM r CROSS JOIN ticket_entry e "
        "WHERE e.community_id = {p1} AND e.cause = r.cause",
        {"cause": ("text", sorted(set(causes)))},
        community_id,
    )
    found: dict[str, dict[Place, Sum]] = {}
    for row in rows:
        sums = found.setdefault(row["cause"], {})
        place = (row["period_id"], row["account_id"], TicketSource(row["source"]))
        amount, basis = sums.get(place, (0, 0))
        sums[place] = amount + row["amount"], basis + row["basis"]
    return found


async def lengths(reader: Reader, community_id: int, causes: Sequence[str]) -> dict[str, int]:
    """How many entries each cause has."""
    rows = await reader.bulk(
        "SELECT r.cause, (SELECT count(*) FROM ticket_entry e WHERE e.community_id = {p1} AND e.cause = r.cause) "
        "AS many FROM r",
        {"cause": ("text", sorted(set(causes)))},
        community_id,
    )
    return {row["cause"]: row["many"] for row in rows}


async def tallies(reader: Reader, period_id: int, accounts: Sequence[int]) -> dict[Place, Sum]:
    """The sums of accounts in a period, by source."""
    rows = await reader.bulk(
        "SELECT t.account_id, t.source, t.amount, t.basis FROM r JOIN ticket_tally t ON t.period_id = {p1} "
        "AND t.account_id = r.account_id",
        {"account_id": ("bigint", sorted(set(accounts)))},
        period_id,
    )
    return {(period_id, row["account_id"], TicketSource(row["source"])): (row["amount"], row["basis"]) for row in rows}


async def by_quarter(reader: Reader, period_id: int, accounts: Sequence[int]) -> list[tuple[TicketSource, int, int]]:
    """What accounts were given and lost in a period, by source and quarter of an hour: (source, its start, tickets).

    Local days begin with a quarter of an hour in every zone there is.
    """
    rows = await reader.bulk(
        "SELECT e.source, e.at - e.at % {p2} AS quarter, CAST(sum(e.amount) AS BIGINT) AS amount FROM r "
        "JOIN ticket_entry e ON e.period_id = {p1} AND e.account_id = r.account_id "
        "GROUP BY e.source, quarter ORDER BY quarter, e.source",
        {"account_id": ("bigint", sorted(set(accounts)))},
        period_id,
        QUARTER,
    )
    return [(TicketSource(row["source"]), row["quarter"], row["amount"]) for row in rows]


def entry_record(row: Row) -> EntryRecord:
    """A row of the ledger as a value."""
    return EntryRecord(
        id=row["id"],
        account_id=row["account_id"],
        source=TicketSource(row["source"]),
        cause=row["cause"],
        amount=row["amount"],
        at=instant_of(row["at"]),
        recorded_at=instant_of(row["recorded_at"]),
        reason=row["reason"],
        actor=row["actor"],
        late_from=row["late_from"],
    )


async def page_of_viewer(
    reader: Reader, community_id: int, period_id: int, viewer_id: int, before_id: int | None, limit: int
) -> list[EntryRecord]:
    """The entries of a viewer in a period that gave or took tickets, newest first, after the last one seen."""
    rows = await reader.fetch(
        "SELECT e.id, e.account_id, e.source, e.cause, e.amount, e.at, e.recorded_at, e.reason, e.actor, e.late_from "
        "FROM viewer_account v JOIN ticket_entry e ON e.period_id = $3 AND e.account_id = v.account_id "
        "WHERE v.community_id = $1 AND v.viewer_id = $2 AND e.amount <> 0 AND e.id < $4 ORDER BY e.id DESC LIMIT $5",
        community_id,
        viewer_id,
        period_id,
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return [entry_record(row) for row in rows]
