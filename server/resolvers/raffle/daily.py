"""On which days somebody's tickets came, and from what."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from server.domain.instants import micros
from server.domain.raffle.rules import TicketSource
from server.domain.watchtime.days import days_until, local_date
from server.resolvers.context import Context
from server.schema.raffle.nouns import TicketSourceKind
from server.schema.raffle.own import DAYS_MAX, OwnDay, OwnDaySource
from server.schema.scalars import BigInt
from server.store import communities, linking
from server.store.raffle import entries
from server.store.raffle.periods import PeriodRecord


@dataclass(frozen=True, slots=True)
class OwnDays:
    """A raffle, for one person's questions about the days of it."""

    context: Context
    community_id: int
    period: PeriodRecord
    viewers: list[int]

    async def __call__(self) -> list[OwnDay]:
        """The last days of the raffle, up to today or to its end, oldest first, each with what came on it."""
        reader, span = self.context.reader, self.period.span
        community = await communities.by_id(reader, self.community_id)
        zone = ZoneInfo(community.timezone if community else "UTC")
        last = min(max(micros(self.context.services.clock.now()), span.starts), span.ends - 1)
        first = local_date(span.starts, zone)
        days = [day for day in days_until(last, zone, DAYS_MAX) if day >= first]
        accounts = [
            account.id
            for viewer in self.viewers
            for account in await linking.accounts_of_viewer(reader, self.community_id, viewer)
        ]
        came: Counter[tuple[date, TicketSource]] = Counter()
        for source, quarter, amount in await entries.by_quarter(reader, self.period.id, accounts):
            # What was given for the time before or after it is told on its first or last day.
            came[min(max(local_date(quarter, zone), first), days[-1]), source] += amount
        return [
            OwnDay(
                day=day.isoformat(),
                by_source=[
                    OwnDaySource(source=TicketSourceKind(source.value), tickets=BigInt(came[day, source]))
                    for source in TicketSource
                    if came[day, source]
                ],
            )
            for day in days
        ]
