"""The board of a raffle: more tickets first; of equals, whoever the community has known longer."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from server.domain.raffle.rules import TicketSource
from server.ports import Reader

Place = tuple[int, int]
"""Where a viewer stands: (tickets, viewer id)."""
TOP: Place = (2**62, 0)
COLUMNS = "s.viewer_id, s.tickets, v.face, a.platform, a.external_id, a.name"

AHEAD = "(SELECT count(*) FROM ticket_standing WHERE period_id = $1 AND tickets > $2)"
"""Counted apart from those with as many tickets: two ranges of one index take a third less than looking at each row."""


class TicketStanding(NamedTuple):
    """A viewer on the board, shown under the name of his first account; the values of `COLUMNS` in their order."""

    viewer_id: int
    tickets: int
    account_id: int
    platform: str
    external_id: str
    name: str


async def page(reader: Reader, period_id: int, place: Place | None, limit: int) -> tuple[int, Sequence[TicketStanding]]:
    """The standings that follow `place`, at most `limit`, and the rank of the first of them, as of one instant."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS}, {AHEAD} + (SELECT count(*) FROM ticket_standing WHERE period_id = $1 AND tickets = $2 "
        "AND viewer_id <= $3) AS ahead FROM (SELECT viewer_id, tickets FROM ticket_standing "
        "WHERE period_id = $1 AND tickets <= $2 AND (tickets < $2 OR viewer_id > $3) AND tickets > 0 "
        "ORDER BY tickets DESC, viewer_id LIMIT $4) AS s JOIN viewer v ON v.id = s.viewer_id "
        "JOIN account a ON a.id = v.face ORDER BY s.tickets DESC, s.viewer_id",
        period_id,
        *(place or TOP),
        limit,
    )
    rank = int(rows[0]["ahead"]) + 1 if rows else 1
    return rank, [TicketStanding._make(row[:-1]) for row in rows]


async def tickets_of(reader: Reader, period_id: int, viewer_id: int) -> int:
    """What a viewer has in a period; corrections may leave less than nothing."""
    row = await reader.find(
        "SELECT tickets FROM ticket_standing WHERE period_id = $1 AND viewer_id = $2", period_id, viewer_id
    )
    return 0 if row is None else row["tickets"]


async def rank_of(reader: Reader, period_id: int, place: Place) -> int:
    """How many stand before `place`, plus one."""
    rows = await reader.fetch(
        f"SELECT {AHEAD} + (SELECT count(*) FROM ticket_standing WHERE period_id = $1 AND tickets = $2 "
        "AND viewer_id < $3) AS ahead",
        period_id,
        *place,
    )
    return int(rows[0]["ahead"]) + 1


async def totals(reader: Reader, period_id: int) -> tuple[int, int]:
    """How many tickets there are in a period, and how many viewers have some."""
    rows = await reader.fetch(
        "SELECT CAST(COALESCE(sum(tickets), 0) AS BIGINT) AS tickets, count(*) AS viewers FROM ticket_standing "
        "WHERE period_id = $1 AND tickets > 0",
        period_id,
    )
    return rows[0]["tickets"], int(rows[0]["viewers"])


async def by_source(reader: Reader, community_id: int, period_id: int, viewer_id: int) -> Mapping[TicketSource, int]:
    """The tickets of a viewer in a period by what earned them."""
    rows = await reader.fetch(
        "SELECT t.source, CAST(sum(t.amount) AS BIGINT) AS amount FROM viewer_account v JOIN ticket_tally t "
        "ON t.period_id = $2 AND t.account_id = v.account_id WHERE v.community_id = $1 AND v.viewer_id = $3 "
        "GROUP BY t.source",
        community_id,
        period_id,
        viewer_id,
    )
    return {TicketSource(row["source"]): row["amount"] for row in rows if row["amount"]}


async def entries_count(reader: Reader, community_id: int, period_id: int, viewer_id: int) -> int:
    """How many entries gave a viewer tickets in a period, or took some."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM viewer_account v JOIN ticket_entry e ON e.period_id = $2 "
        "AND e.account_id = v.account_id WHERE v.community_id = $1 AND v.viewer_id = $3 AND e.amount <> 0",
        community_id,
        period_id,
        viewer_id,
    )
    return int(rows[0]["many"])
