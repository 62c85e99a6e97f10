"""Who has tickets when a list is closed: by which accounts, from what, and whom staff leaves out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from server.domain.raffle.rules import TicketSource
from server.ports import Reader


@dataclass(slots=True)
class Standing:
    """A viewer with tickets: his accounts as (platform, the platform's own id, our number), oldest first.

    `code` says why staff leaves him out, where it does.
    """

    viewer_id: int
    accounts: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])
    amounts: dict[TicketSource, int] = field(default_factory=dict[TicketSource, int])
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody in a closed list, by the account (platform, the platform's own id, our number) that he was in by."""

    viewer_id: int
    account: tuple[str, str, int]
    weight: int
    excluded: str | None


async def listed_page(reader: Reader, draw_id: int, after: int, limit: int) -> Sequence[Listed]:
    """The next people in the closed list of a draw, in the order of viewers."""
    rows = await reader.fetch(
        "SELECT e.viewer_id, a.platform, a.external_id, e.account_id, e.weight, e.excluded FROM draw_entrant e "
        "JOIN account a ON a.id = e.account_id WHERE e.draw_id = $1 AND e.viewer_id > $2 ORDER BY e.viewer_id LIMIT $3",
        draw_id,
        after,
        limit,
    )
    return [
        Listed(viewer, (platform, name, number), *rest) for viewer, platform, name, number, *rest in map(tuple, rows)
    ]


async def page(reader: Reader, community_id: int, period_id: int, after: int, limit: int) -> Sequence[Standing]:
    """The next viewers with tickets in a period, in order; all that is known of each by one statement."""
    rows = await reader.fetch(
        "SELECT s.viewer_id, v.account_id, a.platform, a.external_id, x.code, t.source, t.amount FROM ("
        "SELECT viewer_id FROM ticket_standing WHERE period_id = $1 AND viewer_id > $2 AND tickets > 0 "
        "ORDER BY viewer_id LIMIT $3) AS s "
        "JOIN viewer_account v ON v.community_id = $4 AND v.viewer_id = s.viewer_id "
        "JOIN account a ON a.id = v.account_id "
        "LEFT JOIN draw_exclusion x ON x.period_id = $1 AND x.account_id = v.account_id "
        "LEFT JOIN ticket_tally t ON t.period_id = $1 AND t.account_id = v.account_id "
        "ORDER BY s.viewer_id, v.account_id",
        period_id,
        after,
        limit,
        community_id,
    )
    found: list[Standing] = []
    viewer_before = account_before = 0
    for viewer, account, platform, external_id, code, source, amount in map(tuple, rows):
        if viewer != viewer_before:
            found.append(Standing(viewer))
            viewer_before = viewer
        one = found[-1]
        if account != account_before:
            one.accounts.append((platform, external_id, account))
            one.code = one.code or code
            account_before = account
        if source is not None:
            given = TicketSource(source)
            one.amounts[given] = one.amounts.get(given, 0) + amount
    return found
