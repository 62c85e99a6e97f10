"""Who has tickets when a list is closed: by which accounts, from what, and whom staff leaves out."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from server.domain.raffle.rules import TicketSource
from server.ports import Reader, Tx

SOURCES = {source.value: source for source in TicketSource}


@dataclass(slots=True)
class Standing:
    """A viewer with tickets: his accounts as (platform, the platform's own id, our number), oldest first.

    `code` says why staff leaves him out, where it does.
    """

    viewer_id: int
    accounts: list[tuple[str, str, int]]
    amounts: dict[TicketSource, int]
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody in a closed list, by the account (platform, the platform's own id, our number) that he was in by."""

    viewer_id: int
    account: tuple[str, str, int]
    weight: int
    excluded: str | None


async def listed(tx: Tx, draw_id: int, size: int) -> AsyncGenerator[Sequence[Listed], None]:
    """Everybody in the closed list of a draw or left out of it, in the order of viewers, so many at a time."""
    pages = tx.stream(
        "SELECT e.viewer_id, a.platform, a.external_id, e.account_id, e.weight, e.excluded FROM draw_entrant e "
        "JOIN account a ON a.id = e.account_id WHERE e.draw_id = $1 ORDER BY e.viewer_id",
        size,
        draw_id,
    )
    async for rows in pages:
        yield [Listed(viewer, (platform, name, number), *rest) for viewer, platform, name, number, *rest in rows]


async def is_beyond(reader: Reader, period_id: int, many: int) -> bool:
    """Whether more viewers than that would be in the list of a period; cheap where not even more have tickets."""
    someone = "SELECT s.viewer_id FROM ticket_standing s WHERE s.period_id = $1 AND s.tickets > 0"
    fit = (
        "AND NOT EXISTS (SELECT 1 FROM viewer_account v JOIN draw_exclusion x ON x.account_id = v.account_id "
        "AND x.period_id = $1 WHERE v.viewer_id = s.viewer_id) AND EXISTS (SELECT 1 FROM viewer_account v "
        "JOIN account a ON a.id = v.account_id WHERE v.viewer_id = s.viewer_id AND a.platform IN ('kick', 'twitch'))"
    )
    for sql in (someone, f"{someone} {fit}"):
        rows = await reader.fetch(f"SELECT count(*) AS many FROM ({sql} LIMIT $2) AS found", period_id, many + 1)
        if rows[0]["many"] <= many:
            return False
    return True


async def everybody(tx: Tx, period_id: int, size: int) -> AsyncGenerator[Sequence[Standing], None]:
    """All viewers with tickets in a period, in order, about so many at a time; all is told by one statement."""
    pages = tx.stream(
        "SELECT s.viewer_id, v.account_id, a.platform, a.external_id, x.code, t.source, t.amount "
        "FROM ticket_standing s JOIN viewer_account v ON v.viewer_id = s.viewer_id "
        "JOIN account a ON a.id = v.account_id "
        "LEFT JOIN draw_exclusion x ON x.period_id = $1 AND x.account_id = v.account_id "
        "LEFT JOIN ticket_tally t ON t.period_id = $1 AND t.account_id = v.account_id "
        "WHERE s.period_id = $1 AND s.tickets > 0 ORDER BY s.viewer_id, v.account_id",
        size,
        period_id,
    )
    found: list[Standing] = []
    before = Standing(0, [], {})
    async for rows in pages:
        for viewer, account, platform, external_id, code, source, amount in rows:
            if viewer != before.viewer_id:
                amounts = {} if source is None else {SOURCES[source]: amount}
                before = Standing(viewer, [(platform, external_id, account)], amounts, code)
                found.append(before)
                continue
            if account != before.accounts[-1][2]:
                before.accounts.append((platform, external_id, account))
                before.code = before.code or code
            if source is not None:
                given = SOURCES[source]
                before.amounts[given] = before.amounts.get(given, 0) + amount
        # The last one may have more rows.
        yield found[:-1]
        del found[:-1]
    yield found
