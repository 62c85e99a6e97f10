"""What was heard and is not counted yet, and who may have something to tell that was not heard."""

from dataclasses import dataclass

from server.domain.alerts import DELIVERIES, AlertKind
from server.domain.gaps import FRUITLESS
from server.ports import Reader
from server.store.raffle import due

UNKNOWN_KIND = "unknown_kind"
"""The code of a delivery that tells something of a kind that this version makes nothing of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A source that does not tell us of some kinds of events in a channel, and of which staff has not said so what."""

    channel_id: int
    source: str
    kinds: frozenset[str]


async def is_unapplied(reader: Reader, community_id: int, before: int) -> bool:
    """Whether something that a platform told before an instant waits to be applied to a community."""
    return bool(
        await reader.fetch(
            "SELECT 1 FROM delivery d JOIN inbox i ON i.id = d.inbox_id WHERE d.community_id = $1 "
            "AND d.state = 'received' AND i.told_at < $2 LIMIT 1",
            community_id,
            before,
        )
    )


async def is_uncounted(reader: Reader, community_id: int, before: int, period_id: int | None) -> bool:
    """Whether something of before an instant waits to be applied, or to give its tickets of a period."""
    if await is_unapplied(reader, community_id, before):
        return True
    return period_id is not None and await due.is_any(reader, community_id, period_id)


async def is_quarantined(reader: Reader, community_id: int, since: int, before: int) -> bool:
    """Whether something that was told within a span, and may give tickets, could not be applied to a community.

    What was in quarantine when staff took the alert of it does not count, nor what is of a kind that nobody knows.
    """
    fruitless = ", ".join(f"'{kind}'" for kind in sorted(FRUITLESS))
    return bool(
        await reader.fetch(
            "SELECT 1 FROM delivery d JOIN inbox i ON i.id = d.inbox_id WHERE d.community_id = $1 "
            f"AND d.state = 'quarantined' AND d.code <> '{UNKNOWN_KIND}' AND i.kind NOT IN ({fruitless}) "
            "AND i.told_at >= $2 AND i.told_at < $3 AND NOT EXISTS (SELECT 1 FROM alert t WHERE t.community_id = $1 "
            "AND t.open_cause = CAST($4 AS TEXT) AND t.acknowledged_at >= d.settled_at) LIMIT 1",
            community_id,
            since,
            before,
            f"{AlertKind.QUARANTINE_GROWS.value}:{DELIVERIES}",
        )
    )


async def is_caught_up(reader: Reader, community_id: int, period_id: int, kind: str) -> bool:
    """Whether no job of this kind, which counts what was before a period, is left to do."""
    return not await reader.fetch(
        "SELECT 1 FROM job WHERE community_id = $1 AND audience = 'server' AND state IN ('ready', 'leased', 'behind') "
        "AND kind = $2 AND key LIKE $3 LIMIT 1",
        community_id,
        kind,
        f"{period_id}:%",
    )


async def silences(reader: Reader, community_id: int, before: int) -> list[Silence]:
    """The gaps in a community's channels that began before an instant and last, but for those whose alert staff took.

    Polls have none: asking brings to light afterwards what was before.
    """
    rows = await reader.fetch(
        "SELECT g.channel_id, g.source, g.kinds FROM gap g JOIN attachment a ON a.channel_id = g.channel_id "
        "JOIN channel c ON c.id = g.channel_id WHERE a.community_id = $1 AND g.open_key IS NOT NULL "
        "AND g.began_at < $2 AND g.source <> 'poll' AND NOT EXISTS (SELECT 1 FROM alert t WHERE t.community_id = $1 "
        "AND t.open_cause = CAST($3 AS TEXT) || ':' || c.platform || ':' || c.external_id || ':' || g.cause "
        "AND t.acknowledged_at IS NOT NULL) ORDER BY g.id",
        community_id,
        before,
        AlertKind.NEWS_MISSED.value,
    )
    return [
        Silence(channel_id=row["channel_id"], source=row["source"], kinds=frozenset(row["kinds"].split()))
        for row in rows
    ]


async def listening(reader: Reader, community_id: int) -> frozenset[int]:
    """The channels of a community whose websockets listen."""
    rows = await reader.fetch(
        "SELECT l.channel_id FROM channel_listening l JOIN attachment a ON a.channel_id = l.channel_id "
        "WHERE a.community_id = $1 AND l.state = 'listening'",
        community_id,
    )
    return frozenset(row["channel_id"] for row in rows)


async def is_feed_behind(reader: Reader, community_id: int, instant: int) -> bool:
    """Whether an affiliate feed that was read at an instant has not been read in full since."""
    return bool(
        await reader.fetch(
            "SELECT 1 FROM wager_feed WHERE community_id = $1 AND is_on AND since < $2 "
            "AND (good_at IS NULL OR good_at < $2) LIMIT 1",
            community_id,
            instant,
        )
    )
