"""What a viewer has watched and why: the law, applied anew to the streams that are asked for."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from server.actions.watchtime.recount import book_of
from server.domain.instants import SECOND, instant_of, micros, midnight
from server.domain.watchtime.days import days_until, local_date, local_day
from server.domain.watchtime.law import Watch, watch
from server.domain.watchtime.values import Live, RuleBook
from server.resolvers.channels import NEWEST_STREAM, stream_cursor, stream_noun
from server.resolvers.context import Context
from server.resolvers.loaders import Company
from server.schema.channels import Stream
from server.schema.ids import id_of
from server.schema.linking import Account
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.scalars import Duration
from server.schema.watchtime import (
    DAYS_MAX,
    IgnoredMessages,
    IgnoredReason,
    LostReason,
    LostTime,
    WatchAdjustment,
    WatchedDay,
    WatchedStream,
    WatchExclusion,
    WatchSpan,
)
from server.store import linking, stream_records, watchtime
from server.store.communities import CommunityRecord
from server.store.stream_records import StreamRecord
from server.store.watchtime import AdjustmentRecord

EXPLAINED_MAX = 20
NEWEST_ADJUSTMENT = Order("adjustment", int)


@dataclass(frozen=True, slots=True)
class WatchTimeReads:
    """What a viewer's watch time is asked for."""

    context: Context
    community: CommunityRecord
    viewer_id: int

    async def streams(self, first: int, after: str | None) -> Connection[WatchedStream]:
        """What he has of each stream and why, newest first."""
        key = NEWEST_STREAM.key(after)
        limit = checked_first(first, EXPLAINED_MAX) + 1
        reader, community_id = self.context.reader, self.community.id
        window = (await book_of(reader, community_id)).longest_window
        before = None if key is None else (key[0], key[1])
        rows = await stream_records.watched_page(reader, community_id, self.viewer_id, window, before, limit)
        shown = rows[:first]
        companies = await self.context.company.load_many([(community_id, live_of(row)) for row in shown])
        explained = {row.id: await self._explained(row, one) for row, one in zip(shown, companies, strict=True)}
        return page_of(
            rows,
            first,
            node=lambda row: explained[row.id],
            cursor=stream_cursor,
            count=lambda: stream_records.watched_count(reader, community_id, self.viewer_id, window),
        )

    async def days(self, last: int) -> list[WatchedDay]:
        """What he watched on each of the last days, oldest first."""
        zone, now = ZoneInfo(self.community.timezone), micros(self.context.services.clock.now())
        days = days_until(now, zone, checked_first(last, DAYS_MAX))
        since, until = midnight(days[0], zone), local_day(now, zone)[1]
        watched: Counter[date] = Counter()
        for began, total in await watchtime.watched_between(
            self.context.reader, self.community.id, self.viewer_id, since, until
        ):
            watched[local_date(began, zone)] += total
        return [WatchedDay(day=day.isoformat(), seconds=Duration(watched[day] // SECOND)) for day in days]

    async def adjustments(self, first: int, after: str | None) -> Connection[WatchAdjustment]:
        """The corrections, newest first."""
        key = NEWEST_ADJUSTMENT.key(after)
        reader, community_id, limit = self.context.reader, self.community.id, checked_first(first) + 1
        before_id = None if key is None else key[0]
        rows = await watchtime.adjustments_page(reader, community_id, self.viewer_id, before_id, limit)
        accounts = await self._accounts(row.account_id for row in rows)
        return page_of(
            rows,
            first,
            node=lambda row: adjustment_noun(row, accounts[row.account_id]),
            cursor=lambda row: NEWEST_ADJUSTMENT.cursor(row.id),
            count=lambda: watchtime.adjustments_count(reader, community_id, self.viewer_id),
        )

    async def exclusions(self) -> list[WatchExclusion]:
        """When his accounts were excluded."""
        reader = self.context.reader
        mine = await linking.accounts_of_viewer(reader, self.community.id, self.viewer_id)
        accounts = await self._accounts(record.id for record in mine)
        book = await book_of(reader, self.community.id)
        return [
            WatchExclusion(account=account, starts_at=starts_at, ends_at=ends_at)
            for number, account in accounts.items()
            for starts_at, ends_at in excluded_spans(number, book)
        ]

    async def _explained(self, record: StreamRecord, company: Company) -> WatchedStream:
        """The law, applied anew to one stream and what it looks at together with it."""
        together = company.together
        messages = await watchtime.evidence_of_viewer(
            self.context.reader,
            self.community.id,
            self.viewer_id,
            together.channel_ids,
            together.since,
            together.until,
        )
        zone = ZoneInfo(self.community.timezone)
        watched = watch(messages, together.context, together.rules, zone=zone, quorum=company.quorum)
        accounts = await self._accounts(span.account for span in watched.spans if span.stream == record.id)
        return explained(watched, record.id, stream_noun(self.context, record), accounts)

    async def _accounts(self, numbers: Iterable[int]) -> dict[int, Account]:
        wanted = sorted(set(numbers))
        return dict(zip(wanted, await self.context.accounts.load_many(wanted), strict=True))


def live_of(record: StreamRecord) -> Live:
    """A stream as the law knows it."""
    until = None if record.until is None else micros(record.until)
    return Live(record.id, record.channel_id, micros(record.started_at), until)


def explained(watched: Watch, stream_id: int, stream: Stream, accounts: Mapping[int, Account]) -> WatchedStream:
    """The part of a viewer's watch time that concerns one stream, as the graph shows it."""
    spans = [span for span in watched.spans if span.stream == stream_id]
    return WatchedStream(
        stream=stream,
        seconds=Duration(sum(span.length for span in spans) // SECOND),
        spans=[
            WatchSpan(starts_at=instant_of(span.starts), ends_at=instant_of(span.ends), account=accounts[span.account])
            for span in spans
        ],
        ignored=[
            IgnoredMessages(reason=IgnoredReason(reason.value), count=count)
            for (stream, reason), count in sorted(watched.ignored.items(), key=str)
            if stream == stream_id
        ],
        lost=[
            LostTime(reason=LostReason(reason.value), seconds=Duration(length // SECOND))
            for (stream, reason), length in sorted(watched.lost.items(), key=str)
            if stream == stream_id
        ],
    )


def adjustment_noun(record: AdjustmentRecord, account: Account) -> WatchAdjustment:
    """A correction as the graph shows it."""
    return WatchAdjustment(
        id=id_of("adjustment", record.id),
        account=account,
        seconds=Duration(record.amount_us // SECOND),
        reason=record.reason,
        actor=record.actor,
        at=record.at,
    )


def excluded_spans(account_id: int, book: RuleBook) -> list[tuple[datetime | None, datetime | None]]:
    """From when to when an account was excluded, oldest first; None for the beginning of the book and for its end."""
    spans: list[tuple[datetime | None, datetime | None]] = []
    for is_excluded, versions in groupby(book.versions, key=lambda version: account_id in version[1].excluded):
        began = next(versions)[0]
        at = instant_of(began) if began > 0 else None
        if is_excluded:
            spans.append((at, None))
        elif spans:
            spans[-1] = (spans[-1][0], at)
    return spans
