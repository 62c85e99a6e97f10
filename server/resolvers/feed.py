"""The feed: read by cursor, so that every reader sees every change once and in order."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Annotated, Any

import strawberry

from server.domain.draws.plan import DrawSubject
from server.domain.draws.rounds import instant_of as time_of
from server.domain.names import NameSettings, public_name
from server.domain.staff import Capability
from server.publish import topics
from server.resolvers.context import Context, Info
from server.schema.draws.nouns import DrawProgress
from server.schema.feed import (
    ChannelJoined,
    DrawChanged,
    DrawCommitted,
    DrawRevealed,
    FeedGap,
    FeedItem,
    GiveawayChanged,
    OtherChange,
    RaffleChanged,
    RedemptionChanged,
    RevealedWinner,
    SceneChanged,
    SlotCallChanged,
    SlotQueueCleared,
    SlotRulesChanged,
    StaffGranted,
    StaffRevoked,
    StreamAlertsChanged,
    StreamChanged,
    TicketsChanged,
    TotalsChanged,
    ViewerLinked,
    ViewerTicketsNow,
    ViewerUnlinked,
    ViewerWatchTime,
    WatchTimeChanged,
    WatchTimeSettingsChanged,
)
from server.schema.giveaways.nouns import GiveawayProgress
from server.schema.ids import id_of
from server.schema.linking import Platform
from server.schema.policies import READ
from server.schema.raffle.nouns import RaffleState
from server.schema.rewards.nouns import RedemptionProgress
from server.schema.scalars import BigInt, Duration
from server.schema.slotcalls.nouns import SlotCallState
from server.schema.staff import HolderKind, StaffRole
from server.store import feed
from server.store.feed import FeedItem as Record
from server.store.feed import FeedPage

PAGE = 100


async def follow_feed(
    info: Info,
    community_id: Annotated[strawberry.ID, strawberry.argument(description="Whose feed.")],
    after: Annotated[
        BigInt | None,
        strawberry.argument(
            description="The cursor of the last item seen, 0 for all that is kept; nothing for what comes."
        ),
    ] = None,
) -> AsyncGenerator[FeedItem, None]:
    """Tell what changed after a cursor, then what changes."""
    context = info.context
    community = (await context.admit_to(community_id, Capability.COMMUNITY_READ)).community_id
    return items(context, community, await feed.head(context.reader, community) if after is None else after)


async def items(context: Context, community_id: int, after: int) -> AsyncGenerator[FeedItem, None]:
    """Everything after a cursor, page by page, then whatever comes; nothing of other overlays to the key of one."""
    own = None if context.actor is None else context.actor.overlay
    async with aclosing(context.services.bus.listen(topics.feed(community_id))) as wakes:
        async for _ in wakes:
            page = FeedPage((), after, gap=True)
            while page.gap or len(page.items) == PAGE:
                page = await feed.read(context.reader, community_id, after, PAGE)
                if page.gap:
                    now = context.services.clock.now()
                    yield FeedGap(cursor=BigInt(page.head), at=now, after=BigInt(after))
                    after = page.head
                    continue
                for record in page.items:
                    if own is None or record.data.get("overlay", own) == own:
                        yield item(record)
                    after = record.cursor


def item(record: Record) -> FeedItem:
    """A kept change as the graph shows it."""
    make = KINDS.get(record.kind)
    place: Mapping[str, Any] = {"cursor": BigInt(record.cursor), "at": record.at}
    return OtherChange(kind=record.kind, **place) if make is None else make(place, record.data)


def watch_time_changed(place: Mapping[str, Any], data: Mapping[str, Any]) -> FeedItem:
    """Changed balances."""
    viewers = [
        ViewerWatchTime(viewer_id=id_of("viewer", entry["viewer"]), seconds=Duration(entry["seconds"]))
        for entry in data["viewers"]
    ]
    return WatchTimeChanged(count=data["count"], viewers=viewers, **place)


def tickets_changed(place: Mapping[str, Any], data: Mapping[str, Any]) -> FeedItem:
    """Changed tickets."""
    viewers = [
        ViewerTicketsNow(viewer_id=id_of("viewer", entry["viewer"]), tickets=BigInt(entry["tickets"]))
        for entry in data["viewers"]
    ]
    raffle_id = id_of("raffle", data["raffle"])
    return TicketsChanged(raffle_id=raffle_id, count=data["count"], viewers=viewers, **place)


def draw_committed(place: Mapping[str, Any], data: Mapping[str, Any]) -> FeedItem:
    """A promised draw."""
    return DrawCommitted(
        draw_id=id_of("draw", data["draw"]),
        title=data["title"],
        is_test=data.get("test", False),
        code=data["code"],
        round=BigInt(data["round"]),
        round_at=time_of(data["round"]),
        entrants=data["entrants"],
        tickets=BigInt(data["tickets"]),
        file_url=data["url"],
        **place,
    )


def draw_revealed(place: Mapping[str, Any], data: Mapping[str, Any]) -> FeedItem:
    """The winners of a draw; what was written before names had a rule masks them."""
    rule = NameSettings(masks=data.get("masks", True))
    winners = [
        RevealedWinner(
            position=one["position"],
            ticket=BigInt(one["ticket"]),
            platform=Platform(one["platform"]),
            platform_id=one["platformId"],
            name=one["name"],
            public_name=public_name(one["name"], rule),
        )
        for one in data["winners"]
    ]
    return DrawRevealed(
        draw_id=id_of("draw", data["draw"]),
        title=data["title"],
        is_test=data.get("test", False),
        count=data["count"],
        winners=winners,
        file_url=data["url"],
        **place,
    )


KINDS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], FeedItem]] = {
    "watchtime.changed": watch_time_changed,
    "watchtime.rules_changed": lambda place, _: WatchTimeSettingsChanged(**place),
    "stream.changed": lambda place, data: StreamChanged(stream_id=id_of("stream", data["stream"]), **place),
    "channel.attached": lambda place, data: ChannelJoined(
        platform=Platform(data["platform"]), platform_id=data["externalId"], **place
    ),
    "viewer.linked": lambda place, data: ViewerLinked(
        viewer_id=id_of("viewer", data["viewer"]), former_id=id_of("viewer", data["former"]), **place
    ),
    "viewer.unlinked": lambda place, data: ViewerUnlinked(
        account_id=id_of("account", data["account"]),
        viewer_id=id_of("viewer", data["viewer"]),
        rest_id=id_of("viewer", data["rest"]),
        **place,
    ),
    "staff.granted": lambda place, data: StaffGranted(
        holder_kind=HolderKind(data["kind"]), holder_id=data["holder"], role=StaffRole(data["role"]), **place
    ),
    "slots.call_changed": lambda place, data: SlotCallChanged(
        call_id=id_of("slot_call", data["call"]),
        state=SlotCallState(data["state"]),
        title=data["title"],
        provider=data["provider"],
        name=data["name"],
        platform=Platform(data["platform"]),
        waiting=data["waiting"],
        **place,
    ),
    "slots.cleared": lambda place, data: SlotQueueCleared(count=data["count"], **place),
    "slots.rules_changed": lambda place, data: SlotRulesChanged(is_open=data["open"], **place),
    "streamalerts.changed": lambda place, data: StreamAlertsChanged(overlay=data["overlay"], **place),
    "totals.changed": lambda place, _: TotalsChanged(**place),
    "scene.changed": lambda place, data: SceneChanged(overlay=data["overlay"], widget=data["widget"], **place),
    "rewards.redemption_changed": lambda place, data: RedemptionChanged(
        redemption_id=id_of("redemption", data["redemption"]),
        progress=RedemptionProgress(data["progress"]),
        title=data["title"],
        cost=BigInt(data["cost"]),
        redeemer=data["name"],
        platform=Platform(data["platform"]),
        **place,
    ),
    "tickets.changed": tickets_changed,
    "giveaway.changed": lambda place, data: GiveawayChanged(
        giveaway_id=id_of("giveaway", data["giveaway"]),
        number=data["number"],
        giveaway_state=GiveawayProgress(data["state"]),
        title=data["title"],
        keyword=data["keyword"] or None,
        entries=data["entries"],
        **place,
    ),
    "raffle.changed": lambda place, data: RaffleChanged(
        raffle_id=id_of("raffle", data["raffle"]),
        number=data["number"],
        raffle_state=RaffleState(data["state"]),
        **place,
    ),
    "draw.changed": lambda place, data: DrawChanged(
        draw_id=id_of("draw", data["draw"]),
        subject_id=next(id_of(kind.value, data[kind.value]) for kind in DrawSubject if kind.value in data),
        number=data["number"],
        draw_state=DrawProgress(data["state"]),
        **place,
    ),
    "draw.committed": draw_committed,
    "draw.revealed": draw_revealed,
    "staff.revoked": lambda place, data: StaffRevoked(
        holder_kind=HolderKind(data["kind"]), holder_id=data["holder"], **place
    ),
}


@strawberry.type
class FeedSubscriptions:
    """What can be listened to about a community as it happens."""

    feed: AsyncGenerator[FeedItem, None] = strawberry.subscription(
        resolver=follow_feed,
        description="Everything that changes in a community after a cursor, each change once and in order.",
        metadata=READ,
    )
