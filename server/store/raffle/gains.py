"""Who was given tickets just now, and what for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of
from server.domain.raffle.rules import TicketSource
from server.ports import Reader

NEWEST = (
    "SELECT e.id, e.source, e.amount, e.recorded_at, v.id AS viewer_id, a.platform, a.external_id, a.name "
    "FROM (SELECT id, source, amount, recorded_at, account_id FROM ticket_entry WHERE period_id = $2 "
    "AND community_id = $1 AND amount > 0 AND late_from IS NULL ORDER BY recorded_at DESC, id DESC LIMIT $3) e "
    "JOIN viewer_account va ON va.community_id = $1 AND va.account_id = e.account_id "
    "JOIN viewer v ON v.id = va.viewer_id JOIN account a ON a.id = v.face "
    "ORDER BY e.recorded_at DESC, e.id DESC"
)
"""The conditions of the index `ticket_entry_news`, word for word: only then does SQLite take it. By time and not by id
alone, as PostgreSQL would otherwise walk back through everybody's entries in the hope of ours."""


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
    rows = await reader.fetch(NEWEST, community_id, period_id, limit)
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
