"""What staff asks of a raffle as a whole: where its tickets come from, and who would be left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of
from server.domain.raffle.rules import TicketSource
from server.ports import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSum:
    """What a source gave, and to how many viewers."""

    source: TicketSource
    tickets: int
    viewers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """An account that staff leaves out of a raffle's draws."""

    id: int
    account_id: int
    code: str
    reason: str
    actor: str
    at: datetime


async def by_source(reader: Reader, community_id: int, period_id: int) -> Sequence[SourceSum]:
    """What each source gave in a period, most first."""
    rows = await reader.fetch(
        "SELECT t.source, CAST(sum(t.amount) AS BIGINT) AS tickets, count(DISTINCT v.viewer_id) AS viewers "
        "FROM ticket_tally t JOIN viewer_account v ON v.community_id = $1 AND v.account_id = t.account_id "
        "WHERE t.period_id = $2 AND t.amount <> 0 GROUP BY t.source ORDER BY 2 DESC, t.source",
        community_id,
        period_id,
    )
    return [
        SourceSum(source=TicketSource(row["source"]), tickets=row["tickets"], viewers=int(row["viewers"]))
        for row in rows
    ]


async def unlinked(reader: Reader, community_id: int, period_id: int) -> int:
    """How many viewers have tickets in a period and no account of Kick or Twitch to be drawn by."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM ticket_standing s WHERE s.period_id = $1 AND s.tickets > 0 AND NOT EXISTS "
        "(SELECT 1 FROM viewer_account v JOIN account a ON a.id = v.account_id WHERE v.community_id = $2 "
        "AND v.viewer_id = s.viewer_id AND a.platform IN ('kick', 'twitch'))",
        period_id,
        community_id,
    )
    return int(rows[0]["many"])


async def free_entries(reader: Reader, period_id: int) -> int:
    """How many took the free entry of a period."""
    rows = await reader.fetch("SELECT count(*) AS many FROM free_claim WHERE period_id = $1", period_id)
    return int(rows[0]["many"])


async def exclusions(reader: Reader, period_id: int, after: int, limit: int) -> Sequence[Exclusion]:
    """The next accounts that staff leaves out of a period's draws."""
    rows = await reader.fetch(
        "SELECT id, account_id, code, reason, actor, at FROM draw_exclusion WHERE period_id = $1 AND id > $2 "
        "ORDER BY id LIMIT $3",
        period_id,
        after,
        limit,
    )
    return [
        Exclusion(
            id=row["id"],
            account_id=row["account_id"],
            code=row["code"],
            reason=row["reason"],
            actor=row["actor"],
            at=instant_of(row["at"]),
        )
        for row in rows
    ]


async def exclusions_count(reader: Reader, period_id: int) -> int:
    """How many accounts staff leaves out of a period's draws."""
    rows = await reader.fetch("SELECT count(*) AS many FROM draw_exclusion WHERE period_id = $1", period_id)
    return int(rows[0]["many"])
