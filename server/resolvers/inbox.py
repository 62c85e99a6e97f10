"""Deliveries: list them, and try again what could not be applied."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import strawberry

from server.actions import inbox as actions
from server.domain.linking import channel_key
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.publish import topics
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.schema.ids import id_of, number_of
from server.schema.inbox import (
    DeliveriesReplayed,
    Delivery,
    DeliveryFilter,
    DeliveryState,
    Orphan,
    OrphansReplayed,
    ReplayDeliveriesInput,
    ReplayDeliveriesResult,
    ReplayOrphansInput,
    ReplayOrphansResult,
)
from server.schema.linking import Platform
from server.schema.pagination import After, Connection, First, Order, checked_first, page_of
from server.schema.policies import OPERATOR, needs
from server.schema.scalars import printable
from server.store import inbox
from server.store.inbox import DeliveryRecord, OrphanRecord

NEWEST_DELIVERY = Order("delivery", int)
NEWEST_ORPHAN = Order("orphan", int)
STATES: dict[DeliveryState, inbox.DeliveryState] = {
    DeliveryState.RECEIVED: "received",
    DeliveryState.APPLIED: "applied",
    DeliveryState.QUARANTINED: "quarantined",
}


@dataclass(frozen=True, slots=True)
class DeliveryReads:
    """What a community is asked about its deliveries."""

    context: Context
    community_id: int

    async def page(self, wanted: DeliveryFilter | None, first: int, after: str | None) -> Connection[Delivery]:
        """The deliveries, newest first."""
        await self.context.admit_in(self.community_id, Capability.DELIVERIES_REPLAY)
        key = NEWEST_DELIVERY.key(after)
        kind = printable(wanted.kind) if wanted and wanted.kind is not None else None
        state = STATES[wanted.state] if wanted and wanted.state else None
        reader, limit = self.context.reader, checked_first(first) + 1
        before_id = None if key is None else key[0]
        rows = await inbox.deliveries_page(reader, self.community_id, kind, state, before_id, limit)
        return page_of(
            rows,
            first,
            node=delivery_noun,
            cursor=lambda row: NEWEST_DELIVERY.cursor(row.id),
            count=lambda: inbox.deliveries_count(reader, self.community_id, kind, state),
        )


def delivery_noun(record: DeliveryRecord) -> Delivery:
    """A delivery as the graph shows it."""
    return Delivery(
        id=id_of("delivery", record.id),
        platform=Platform(record.source),
        kind=record.kind,
        message_id=record.message_id,
        told_at=record.told_at,
        received_at=record.received_at,
        state=DeliveryState(record.state),
        attempts=record.attempts,
        settled_at=record.settled_at,
        code=record.code,
        error=record.error,
    )


def orphan_noun(record: OrphanRecord) -> Orphan:
    """An orphan as the graph shows it."""
    return Orphan(
        id=id_of("orphan", record.id),
        platform=Platform(record.source),
        kind=record.kind,
        message_id=record.message_id,
        channel_platform_id=record.broadcaster_id,
        told_at=record.told_at,
        received_at=record.received_at,
    )


async def orphans(info: Info, first: First, after: After = None) -> Connection[Orphan]:
    """What belongs to no community, newest first."""
    context = info.context
    context.admit_operator()
    key = NEWEST_ORPHAN.key(after)
    rows = await inbox.orphans_page(context.reader, None if key is None else key[0], checked_first(first) + 1)
    return page_of(
        rows,
        first,
        node=orphan_noun,
        cursor=lambda row: NEWEST_ORPHAN.cursor(row.id),
        count=partial(inbox.orphans_count, context.reader),
    )


async def replay_deliveries(
    info: Info,
    given: Annotated[ReplayDeliveriesInput, strawberry.argument(name="input", description="What to replay.")],
) -> ReplayDeliveriesResult:
    """Send quarantined deliveries of a community back to the worker."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.DELIVERIES_REPLAY)
    wanted = [number_of("delivery", given) for given in given.delivery_ids]

    async def replay(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.replay(tx, scope, delivery_ids=wanted)
        return done.giving({"deliveries": done.result})

    kept = await once(context, "replayDeliveries", place, given, replay)
    context.services.bus.poke(topics.deliveries())
    return DeliveriesReplayed(delivery_ids=[id_of("delivery", number) for number in kept["deliveries"]])


async def replay_orphans(
    info: Info,
    given: Annotated[ReplayOrphansInput, strawberry.argument(name="input", description="Whose orphans.")],
) -> ReplayOrphansResult:
    """Deliver orphans of a channel that is attached by now."""
    context = info.context
    context.admit_operator()
    platform, external_id = channel_key(given.platform.key, given.platform_id)

    async def replay(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.replay_orphans(tx, scope, platform=platform, external_id=external_id)
        return done.giving({"count": done.result})

    kept = await once(context, "replayOrphans", None, given, replay)
    context.services.bus.poke(topics.deliveries())
    return OrphansReplayed(count=kept["count"], has_more=kept["count"] >= actions.ORPHANS_AT_ONCE)


@strawberry.type
class InboxQueries:
    """What can be asked about what platforms told."""

    orphans: Connection[Orphan] = strawberry.field(
        resolver=orphans,
        description="Notifications about channels that no community had attached, newest first.",
        metadata=OPERATOR,
    )


@strawberry.type
class InboxMutations:
    """What can be changed about what platforms told."""

    replay_deliveries: ReplayDeliveriesResult = strawberry.field(
        resolver=replay_deliveries,
        description="Try quarantined deliveries again.",
        metadata=needs(Capability.DELIVERIES_REPLAY),
    )
    replay_orphans: ReplayOrphansResult = strawberry.field(
        resolver=replay_orphans,
        description="Deliver what was told of a channel while no community had attached it.",
        metadata=OPERATOR,
    )
