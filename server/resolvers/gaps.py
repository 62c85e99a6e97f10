"""What a platform was asked to send, and what was missed."""

from dataclasses import dataclass

from server.actions.happenings.note import sources_in_force
from server.domain import gaps as rules
from server.domain.happenings.sources import IngestSources
from server.domain.subscriptions import explained
from server.resolvers.context import Context
from server.resolvers.loaders import channel_noun
from server.schema.channels import Channel
from server.schema.gaps import EventSubscription, Gap, GapSource, SubscriptionState
from server.schema.ids import id_of
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.store import channels, gaps, subscriptions
from server.store.gaps import GapRecord
from server.store.subscriptions import SubscriptionRecord

NEWEST_GAP = Order("gap", int)


@dataclass(frozen=True, slots=True)
class ConnectionReads:
    """What a community is asked about the connection to its channels' platforms."""

    context: Context
    community_id: int

    async def subscriptions(self) -> list[EventSubscription]:
        """What the platforms were asked to send, channel by channel."""
        found: list[EventSubscription] = []
        for channel in await channels.attached(self.context.reader, self.community_id):
            records = await subscriptions.of_channel(self.context.reader, channel.id)
            found += [subscription_noun(channel.external_id, record) for record in records.values()]
        return found

    async def gaps(self, first: int, after: str | None) -> Connection[Gap]:
        """What was missed, newest first."""
        key = NEWEST_GAP.key(after)
        limit = checked_first(first) + 1
        rows = await gaps.page(self.context.reader, self.community_id, None if key is None else key[0], limit)
        attached = {one.id: one for one in await channels.attached(self.context.reader, self.community_id)}
        sources = await sources_in_force(self.context.reader, self.community_id)
        return page_of(
            rows,
            first,
            node=lambda record: gap_noun(record, channel_noun(attached[record.channel_id]), sources),
            cursor=lambda record: NEWEST_GAP.cursor(record.id),
            count=lambda: gaps.count(self.context.reader, self.community_id),
        )


def subscription_noun(platform_id: str, record: SubscriptionRecord) -> EventSubscription:
    """What was asked for as the graph shows it."""
    detail, remedy = (None, None) if record.code is None else explained(record.code)
    return EventSubscription(
        platform_id=platform_id,
        kind=record.known.kind,
        state=SubscriptionState(record.known.state.value),
        detail=detail,
        remedy=remedy,
        last_event_at=record.known.last_event_at,
        checked_at=record.checked_at,
    )


def gap_noun(record: GapRecord, channel: Channel, sources: IngestSources) -> Gap:
    """A gap as the graph shows it."""
    detail, remedy = rules.CAUSES[record.cause]
    return Gap(
        id=id_of("gap", record.id),
        channel=channel,
        source=GapSource(record.source),
        began_at=record.began_at,
        ended_at=record.ended_at,
        cause=record.cause,
        detail=detail,
        remedy=remedy,
        kinds=list(record.kinds),
        recovered=rules.recovered(record.kinds, record.filled_by, sources),
        unrecovered=rules.unrecovered(record.source, record.kinds, record.filled_by, sources),
    )
