"""Who was given tickets just now, and what for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of
from server.domain.raffle.rules import TicketSource
from server.ports import Reader

LOOKED_AT = 5_000
"""So many of the installation's last entries are looked through: what is older is no news."""

# The signs keep SQLite from sorting all of a period: it walks backwards through the last entries instead.
NEWEST = (
    "SELECT e.id, e.source, e.amount, e.recorded_at, v.id AS viewer_id, a.platform, a.external_id, a.name "
    "FROM ticket_entry e JOIN viewer_account va ON va.community_id = $1 AND va.account_id = e.account_id "
    "JOIN viewer v ON v.id = va.viewer_id JOIN account a ON a.id = v.face "
    "WHERE e.id > (SELECT COALESCE(max(id), 0) FROM ticket_entry) - $3 AND +e.period_id = $2 "
    "AND +e.community_id = $1 AND e.amount > 0 AND e.late_from IS NULL ORDER BY e.id DESC LIMIT $4"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """Tickets that were given to a viewer, who is shown under the name of his first account."""

    id: int
    source: TicketSource
    tickets: int
    recorded_at: datetime
    viewer_id: int
    platform: str
    external_id: str
    name: str


async def newest(reader: Reader, community_id: int, period_id: int, limit: int) -> Sequence[Gain]:
    """What was given in a period last, newest first; nothing that came too late for the period before."""
    rows = await reader.fetch(
        NEWEST,
        community_id,
        period_id,
        LOOKED_AT,
        limit,
    )
    return [
        Gain(
            id=row["id"],
            source=TicketSource(row["source"]),
            tickets=row["amount"],
            recorded_at=instant_of(row["recorded_at"]),
            viewer_id=row["viewer_id"],
            platform=row["platform"],
            external_id=row["external_id"],
            name=row["name"],
        )
        for row in rows
    ]
