"""Tickets for wagers: what verified accounts gained is added to the sum that the rate of wagers looks at."""

from collections.abc import Sequence

from server.actions.raffle.earn import NOTHING, SERVER, appended
from server.domain.raffle.rules import MICRO_USD, TicketSource
from server.events.raffle import TicketsChanged
from server.events.wagers import WagersGained
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import communities
from server.store.raffle import entries, periods
from server.store.raffle.entries import Entry, Place
from server.store.raffle.periods import PeriodRecord


async def after_gained(tx: Tx, scope: Scope, gained: Sequence[WagersGained]) -> list[TicketsChanged]:
    """Add gains to the periods that they fall into, each once; those of a period that is frozen stay out.

    A correction takes no more than its account has in the period, so that nobody has to make up for an earlier one.
    """
    counting = [one for one in await periods.counting(tx, scope.community_id) if one.rules.wager]
    if not counting or not gained:
        return []
    await communities.lock(tx, scope.community_id)
    known = await entries.given(tx, scope.community_id, [one.cause for one in gained])
    sums: dict[Place, int] = {}
    lines: list[Entry] = []
    for one in sorted(gained, key=lambda gain: (gain.at, gain.cause)):
        period = next((period for period in counting if period.span.holds(one.at)), None)
        if period is None or one.cause in known:
            continue
        place: Place = (period.id, one.account_id, TicketSource.WAGER)
        if place not in sums:
            sums[place] = (await entries.tallies(tx, period.id, [one.account_id])).get(place, NOTHING)[1]
        basis = max(one.micro_usd, -sums[place])
        sums[place] += basis
        lines.append(line(period, one, basis))
    return await appended(tx, scope, lines)


def line(period: PeriodRecord, gain: WagersGained, basis: int) -> Entry:
    """The entry of a gain; the tickets follow from the sum."""
    sign, micro = ("-" if basis < 0 else ""), abs(basis)
    return Entry(
        period_id=period.id,
        account_id=gain.account_id,
        source=TicketSource.WAGER,
        cause=gain.cause,
        nth=0,
        amount=0,
        basis=basis,
        at=gain.at,
        reason=f"wagered: {sign}${micro // MICRO_USD:,}.{micro % MICRO_USD // 10_000:02}",
        actor=SERVER,
    )
