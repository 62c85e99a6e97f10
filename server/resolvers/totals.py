"""What a community adds up to since a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from server.domain.instants import FAR, SECOND, instant_of, micros, midnight
from server.domain.raffle.periods import PeriodSpan, month_around
from server.domain.watchtime.days import local_date
from server.resolvers.context import Context
from server.schema.scalars import BigInt, Duration
from server.schema.totals import CommunityTotals
from server.store.communities import CommunityRecord
from server.store.raffle import periods

DAYS_BACK = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class TotalsReads:
    """What a community is asked about its sums."""

    context: Context
    community: CommunityRecord

    async def since(self, since: datetime | None) -> CommunityTotals:
        """The sums since a time, of 366 days at most; else of the open raffle, or of the month."""
        reader = self.context.reader
        span = await self._usual() if since is None else self._from(since)
        found = await self.context.services.totals.within(reader, self.community.id, span)
        return CommunityTotals(
            since=instant_of(span.starts),
            subscriptions=BigInt(found.subs),
            kicks=BigInt(found.kicks),
            watch_time=Duration(found.watched_us // SECOND),
        )

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.community.timezone)

    @property
    def _now(self) -> int:
        return micros(self.context.services.clock.now())

    def _from(self, since: datetime) -> PeriodSpan:
        # A midnight, so that everybody who asks for more than there is asks for the same.
        earliest = midnight(local_date(self._now, self._zone) - DAYS_BACK, self._zone)
        return PeriodSpan(max(micros(since), earliest), FAR)

    async def _usual(self) -> PeriodSpan:
        period = await periods.current(self.context.reader, self.community.id)
        return month_around(self._now, self._zone) if period is None else period.span
