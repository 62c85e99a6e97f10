"""What is known of how a community's channels are set up."""

from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.setup import Authorisation, ChannelFacts, Listening, Ordered
from server.domain.subscriptions import SubscriptionState
from server.ports import Reader, Row, Tx
from server.store.health import RECENT_DELIVERIES

KICK_CHANNELS = (
    "SELECT c.external_id, c.name, c.slug, a.channel_ref, a.chatroom_ref, a.synced_at, k.scopes, k.state, k.failures, "
    "l.state AS socket, l.since, l.last_frame_at, l.detail FROM attachment a JOIN channel c ON c.id = a.channel_id "
    "LEFT JOIN channel_listening l ON l.channel_id = c.id LEFT JOIN credential k ON k.community_id = a.community_id "
    "AND k.provider = c.platform AND k.external_id = c.external_id AND k.purpose = 'channel' "
    "WHERE a.community_id = $1 AND c.platform = 'kick' ORDER BY a.id"
)


async def kick_channels(reader: Reader, community_id: int) -> list[ChannelFacts]:
    """The attached Kick channels, oldest attachment first."""
    told, ordered = await newest_told(reader, community_id), await ordered_of(reader, community_id)
    return [
        facts(row, told.get(row["external_id"], {}), ordered.get(row["external_id"], {}))
        for row in await reader.fetch(KICK_CHANNELS, community_id)
    ]


async def ordered_of(reader: Reader, community_id: int) -> dict[str, dict[str, Ordered]]:
    """How it stands with what Kick was asked to send, by the channel's owner and kind."""
    rows = await reader.fetch(
        "SELECT c.external_id, s.kind, s.state, s.code FROM event_subscription s JOIN channel c ON c.id = s.channel_id "
        "JOIN attachment a ON a.channel_id = c.id WHERE a.community_id = $1 AND c.platform = 'kick' ORDER BY s.kind",
        community_id,
    )
    found: dict[str, dict[str, Ordered]] = {}
    for row in rows:
        by_kind = found.setdefault(row["external_id"], {})
        by_kind[row["kind"]] = Ordered(SubscriptionState(row["state"]), row["code"])
    return found


def facts(row: Row, told: dict[str, datetime], ordered: dict[str, Ordered]) -> ChannelFacts:
    """A row of `KICK_CHANNELS` as a value."""
    return ChannelFacts(
        platform_id=row["external_id"],
        name=row["name"],
        slug=row["slug"],
        channel_ref=row["channel_ref"],
        chatroom_ref=row["chatroom_ref"],
        synced_at=None if row["synced_at"] is None else instant_of(row["synced_at"]),
        authorisation=None
        if row["state"] is None
        else Authorisation(
            scopes=frozenset(row["scopes"].split()), is_good=row["state"] == "good", is_failing=row["failures"] > 0
        ),
        ordered=ordered,
        told=told,
        socket=None
        if row["socket"] is None
        else Listening(
            state=row["socket"],
            since=instant_of(row["since"]),
            last_frame_at=None if row["last_frame_at"] is None else instant_of(row["last_frame_at"]),
            detail=row["detail"],
        ),
    )


async def newest_told(reader: Reader, community_id: int) -> dict[str, dict[str, datetime]]:
    """When the newest delivery arrived, by broadcaster and kind, among a community's latest ones from Kick."""
    rows = await reader.fetch(
        "SELECT i.broadcaster_id, i.kind, max(i.received_at) AS newest FROM "
        f"(SELECT inbox_id FROM delivery WHERE community_id = $1 ORDER BY id DESC LIMIT {RECENT_DELIVERIES}) AS d "
        "JOIN inbox i ON i.id = d.inbox_id WHERE i.source = 'kick' AND i.broadcaster_id IS NOT NULL "
        "GROUP BY i.broadcaster_id, i.kind",
        community_id,
    )
    found: dict[str, dict[str, datetime]] = {}
    for row in rows:
        found.setdefault(row["broadcaster_id"], {})[row["kind"]] = instant_of(row["newest"])
    return found


async def note_synced(
    tx: Tx,
    community_id: int,
    channel_id: int,
    references: tuple[str | None, str | None],
    slug: str | None,
    now: datetime,
) -> None:
    """Keep what a channel and its chatroom are called on their platform; None leaves what is there."""
    await tx.execute(
        "UPDATE attachment SET channel_ref = COALESCE($3, channel_ref), chatroom_ref = COALESCE($4, chatroom_ref), "
        "synced_at = $5 WHERE community_id = $1 AND channel_id = $2",
        community_id,
        channel_id,
        *references,
        micros(now),
    )
    if slug is not None:
        await tx.execute("UPDATE channel SET slug = $2 WHERE id = $1", channel_id, slug)
