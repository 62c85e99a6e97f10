"""What a platform was asked to send us, and when each kind of event came last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.domain.instants import instant_of, micros
from server.domain.subscriptions import RENEW_SILENT_EVERY, Known, Standing, SubscriptionState
from server.ports import Reader, Row, Tx
from server.store.channels import ChannelRecord, channel_record


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRecord:
    """How it stands with the events of one kind in one channel."""

    channel_id: int
    known: Known
    code: str | None
    checked_at: datetime


def instant_or_none(value: int | None) -> datetime | None:
    """A stored instant, where there is one."""
    return None if value is None else instant_of(value)


def subscription_record(row: Row) -> SubscriptionRecord:
    """A row of the table as a value."""
    known = Known(
        kind=row["kind"],
        state=SubscriptionState(row["state"]),
        subscription_id=row["subscription_id"],
        ordered_at=instant_or_none(row["ordered_at"]),
        last_event_at=instant_or_none(row["last_event_at"]),
    )
    return SubscriptionRecord(
        channel_id=row["channel_id"], known=known, code=row["code"], checked_at=instant_of(row["checked_at"])
    )


async def followed(reader: Reader, platform: str) -> list[ChannelRecord]:
    """The channels of a platform that some community attached, in order."""
    rows = await reader.fetch(
        "SELECT c.id, c.platform, c.external_id, c.name, c.slug, c.title, c.category FROM channel c "
        "WHERE c.platform = $1 AND EXISTS (SELECT 1 FROM attachment a WHERE a.channel_id = c.id) ORDER BY c.id",
        platform,
    )
    return list(map(channel_record, rows))


async def due(
    reader: Reader, platform: str, now: datetime, every: timedelta, *, everything: bool
) -> list[ChannelRecord]:
    """The attached channels that should be looked at: all of them, or those whose time has come.

    That is when the last good look is so long ago or there was none, when a permission changed since, when Kick could
    not be asked, and when events are not arriving and were ordered an hour ago or more.
    """
    rows = await reader.fetch(
        "SELECT c.id, c.platform, c.external_id, c.name, c.slug, c.title, c.category FROM channel c "
        "WHERE c.platform = $1 AND EXISTS (SELECT 1 FROM attachment a WHERE a.channel_id = c.id) AND ($4 = 1 OR "
        "NOT EXISTS (SELECT 1 FROM event_subscription s WHERE s.channel_id = c.id AND s.checked_at > $2) "
        "OR EXISTS (SELECT 1 FROM event_subscription s WHERE s.channel_id = c.id AND s.state = 'silent' "
        "AND (s.ordered_at IS NULL OR s.ordered_at <= $3)) OR EXISTS (SELECT 1 FROM event_subscription s "
        "WHERE s.channel_id = c.id AND s.code IN ('unavailable', 'limited', 'unauthorised')) "
        "OR EXISTS (SELECT 1 FROM credential k WHERE k.provider = c.platform "
        "AND k.external_id = c.external_id AND k.purpose = 'channel' "
        "AND k.updated_at > (SELECT max(s.checked_at) FROM event_subscription s WHERE s.channel_id = c.id))) "
        "ORDER BY c.id",
        platform,
        micros(now - every),
        micros(now - RENEW_SILENT_EVERY),
        int(everything),
    )
    return list(map(channel_record, rows))


async def of_channel(reader: Reader, channel_id: int) -> dict[str, SubscriptionRecord]:
    """What we remember of a channel, by kind."""
    rows = await reader.fetch("SELECT * FROM event_subscription WHERE channel_id = $1 ORDER BY kind", channel_id)
    return {row["kind"]: subscription_record(row) for row in rows}


async def of_platform(reader: Reader, platform: str) -> list[SubscriptionRecord]:
    """What we remember of all channels of a platform, channel by channel."""
    rows = await reader.fetch(
        "SELECT s.* FROM event_subscription s JOIN channel c ON c.id = s.channel_id WHERE c.platform = $1 "
        "ORDER BY s.channel_id, s.kind",
        platform,
    )
    return list(map(subscription_record, rows))


async def owners_of(reader: Reader, channel_id: int) -> list[int]:
    """The communities in which the channel's owner connected it, so that his tokens may be tried."""
    rows = await reader.fetch(
        "SELECT k.community_id FROM credential k JOIN channel c ON c.platform = k.provider "
        "AND c.external_id = k.external_id WHERE c.id = $1 AND k.purpose = 'channel' AND k.state = 'good' "
        "ORDER BY k.community_id",
        channel_id,
    )
    return [row["community_id"] for row in rows]


async def keep(tx: Tx, channel_id: int, standings: Sequence[Standing], now: datetime) -> None:
    """Remember how it stands with these kinds; when an event came last stays as it was."""
    await tx.bulk(
        "INSERT INTO event_subscription (channel_id, kind, state, subscription_id, ordered_at, code, checked_at) "
        "SELECT {p1}, r.kind, r.state, r.subscription_id, r.ordered_at, r.code, {p2} FROM r WHERE TRUE "
        "ON CONFLICT (channel_id, kind) DO UPDATE SET state = excluded.state, "
        "subscription_id = excluded.subscription_id, ordered_at = excluded.ordered_at, code = excluded.code, "
        "checked_at = excluded.checked_at RETURNING id",
        {
            "kind": ("text", [one.kind for one in standings]),
            "state": ("text", [one.state.value for one in standings]),
            "subscription_id": ("text", [one.subscription_id for one in standings]),
            "ordered_at": ("bigint", [None if one.ordered_at is None else micros(one.ordered_at) for one in standings]),
            "code": ("text", [one.code for one in standings]),
        },
        channel_id,
        micros(now),
    )


async def note_fault(tx: Tx, channel_id: int, kinds: Sequence[str], code: str, now: datetime) -> None:
    """Remember why a look failed; how it stood before stays, and where nothing was known it has failed."""
    await tx.bulk(
        "INSERT INTO event_subscription (channel_id, kind, state, code, checked_at) "
        "SELECT {p1}, r.kind, 'failed', {p2}, {p3} FROM r WHERE TRUE "
        "ON CONFLICT (channel_id, kind) DO UPDATE SET code = excluded.code RETURNING id",
        {"kind": ("text", kinds)},
        channel_id,
        code,
        micros(now),
    )


async def mark_silent(tx: Tx, channel_id: int, kind: str) -> bool:
    """Note evidence that events of a kind do not arrive; False when it was noted before, or nothing was ordered."""
    touched = await tx.execute(
        "UPDATE event_subscription SET state = 'silent', code = 'subscription_silent' "
        "WHERE channel_id = $1 AND kind = $2 AND state IN ('active', 'unlisted')",
        channel_id,
        kind,
    )
    return touched > 0


async def mark_heard(tx: Tx, heard: Mapping[tuple[int, str], datetime]) -> list[tuple[int, str]]:
    """Note when events came last, by channel and kind; those that had been silent, and are not any more."""
    rows = await tx.bulk(
        "UPDATE event_subscription SET last_event_at = r.at FROM r WHERE event_subscription.channel_id = r.channel_id "
        "AND event_subscription.kind = r.kind AND (last_event_at IS NULL OR last_event_at < r.at) "
        "RETURNING event_subscription.channel_id, event_subscription.kind, event_subscription.state",
        {
            "channel_id": ("bigint", [channel_id for channel_id, _ in heard]),
            "kind": ("text", [kind for _, kind in heard]),
            "at": ("bigint", [micros(at) for at in heard.values()]),
        },
    )
    woken = [(row["channel_id"], row["kind"]) for row in rows if row["state"] == "silent"]
    for channel_id, kind in sorted(woken):
        await tx.execute(
            "UPDATE event_subscription SET state = 'active', code = NULL WHERE channel_id = $1 AND kind = $2",
            channel_id,
            kind,
        )
    return sorted(woken)


async def forget_detached(tx: Tx, channel_id: int) -> None:
    """Forget what was asked for a channel that nobody attaches any more."""
    await tx.execute("DELETE FROM event_subscription WHERE channel_id = $1", channel_id)


async def detached(reader: Reader, platform: str) -> list[ChannelRecord]:
    """The channels that were asked about and that no community attaches any more."""
    rows = await reader.fetch(
        "SELECT c.id, c.platform, c.external_id, c.name, c.slug, c.title, c.category FROM channel c "
        "WHERE c.platform = $1 AND EXISTS (SELECT 1 FROM event_subscription s WHERE s.channel_id = c.id) "
        "AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.channel_id = c.id) ORDER BY c.id",
        platform,
    )
    return list(map(channel_record, rows))


async def newest_events(reader: Reader, platform: str, since: datetime) -> dict[tuple[str, str], datetime]:
    """When the newest request arrived since an instant, by the owner of the channel and the kind."""
    rows = await reader.fetch(
        "SELECT broadcaster_id, kind, max(received_at) AS newest FROM inbox WHERE received_at > $1 AND source = $2 "
        "AND broadcaster_id IS NOT NULL GROUP BY broadcaster_id, kind",
        micros(since),
        platform,
    )
    return {(row["broadcaster_id"], row["kind"]): instant_of(row["newest"]) for row in rows}
