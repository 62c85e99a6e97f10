"""Channels and their streams."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from server.domain.instants import micros
from server.domain.watchtime.values import FOREVER, Live
from server.events.happening import Person
from server.ports import Reader, Row, Tx

LIVE_COLUMNS = (
    "s.id, s.channel_id, s.started_at, COALESCE(s.ended_at, s.ended_by) AS ended_at, s.title, "
    "(SELECT min(n.started_at) FROM stream n WHERE n.channel_id = s.channel_id AND n.started_at > s.started_at) "
    "AS next_start"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRecord:
    """A channel as last told."""

    id: int
    platform: str
    external_id: str
    name: str
    slug: str | None
    title: str | None
    category: str | None


async def learn(tx: Tx, platform: str, broadcaster: Person) -> int:
    """The id of a channel by its platform's own id; an unknown one is made."""
    name = (broadcaster.name or f"#{broadcaster.id}")[:100]
    rows = await tx.fetch(
        "INSERT INTO channel (platform, external_id, name, slug) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (platform, external_id) DO UPDATE SET name = excluded.name, "
        "slug = COALESCE(excluded.slug, channel.slug) RETURNING id",
        platform,
        broadcaster.id,
        name,
        broadcaster.slug,
    )
    return rows[0]["id"]


async def ids_of(reader: Reader, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The ids of channels that exist, by (platform, platform id)."""
    found: dict[tuple[str, str], int] = {}
    for platform, external_id in sorted(set(keys)):
        rows = await reader.fetch(
            "SELECT id FROM channel WHERE platform = $1 AND external_id = $2", platform, external_id
        )
        if rows:
            found[platform, external_id] = rows[0]["id"]
    return found


async def attached(reader: Reader, community_id: int) -> list[ChannelRecord]:
    """The channels a community attached, oldest attachment first."""
    rows = await reader.fetch(
        "SELECT c.id, c.platform, c.external_id, c.name, c.slug, c.title, c.category FROM attachment a "
        "JOIN channel c ON c.id = a.channel_id WHERE a.community_id = $1 ORDER BY a.id",
        community_id,
    )
    return [channel_record(row) for row in rows]


def channel_record(row: Row) -> ChannelRecord:
    """A row of the channel table as a value."""
    return ChannelRecord(
        id=row["id"],
        platform=row["platform"],
        external_id=row["external_id"],
        name=row["name"],
        slug=row["slug"],
        title=row["title"],
        category=row["category"],
    )


async def attach(tx: Tx, community_id: int, channel_id: int, now: datetime) -> int | None:
    """Attach a channel and return the attachment's id, or None when it is attached already."""
    rows = await tx.fetch(
        "INSERT INTO attachment (community_id, channel_id, attached_at) VALUES ($1, $2, $3) "
        "ON CONFLICT (community_id, channel_id) DO NOTHING RETURNING id",
        community_id,
        channel_id,
        micros(now),
    )
    await tx.execute("DELETE FROM detachment WHERE community_id = $1 AND channel_id = $2", community_id, channel_id)
    return rows[0]["id"] if rows else None


async def detach(tx: Tx, community_id: int, channel_id: int, now: datetime) -> bool:
    """Follow a channel no more, and remember until when it counted; False where it was not attached."""
    gone = await tx.execute(
        "DELETE FROM attachment WHERE community_id = $1 AND channel_id = $2", community_id, channel_id
    )
    if gone:
        await tx.execute(
            "INSERT INTO detachment (community_id, channel_id, detached_at) VALUES ($1, $2, $3)",
            community_id,
            channel_id,
            micros(now),
        )
    return gone > 0


async def communities_of(reader: Reader, channel_id: int) -> list[int]:
    """The communities that count a channel, all of it or what was before they detached it."""
    rows = await reader.fetch(
        "SELECT community_id FROM attachment WHERE channel_id = $1 "
        "UNION SELECT community_id FROM detachment WHERE channel_id = $1 ORDER BY 1",
        channel_id,
    )
    return [row["community_id"] for row in rows]


async def left_by(reader: Reader, channel_ids: Iterable[int], after: int) -> list[tuple[int, int]]:
    """Who detached which of a few channels after an instant: (community, channel)."""
    found: list[tuple[int, int]] = []
    for channel_id in sorted(set(channel_ids)):
        rows = await reader.fetch(
            "SELECT community_id FROM detachment WHERE channel_id = $1 AND detached_at > $2 ORDER BY 1",
            channel_id,
            after,
        )
        found += [(row["community_id"], channel_id) for row in rows]
    return found


async def counted(reader: Reader, community_id: int) -> dict[int, int]:
    """The channels that a community counts, each with until when: those it detached only until then."""
    rows = await reader.fetch(
        "SELECT channel_id, CAST(NULL AS BIGINT) AS until FROM attachment WHERE community_id = $1 "
        "UNION ALL SELECT channel_id, detached_at FROM detachment WHERE community_id = $1 ORDER BY channel_id",
        community_id,
    )
    return {row["channel_id"]: FOREVER if row["until"] is None else row["until"] for row in rows}


def clipped(live: Live, until: int) -> Live:
    """A stream as far as a community counts it; one that began later lasts no time."""
    return live if live.until <= until else replace(live, ends=max(live.starts, until))


async def note_start(tx: Tx, channel_id: int, started_at: datetime, title: str) -> bool:
    """Note that a stream began; True when that was news. A stream that ended stays ended."""
    rows = await tx.fetch(
        "INSERT INTO stream (channel_id, started_at, title) VALUES ($1, $2, $3) "
        "ON CONFLICT (channel_id, started_at) DO NOTHING RETURNING id",
        channel_id,
        micros(started_at),
        title,
    )
    return bool(rows)


async def note_end(tx: Tx, channel_id: int, started_at: datetime, ended_at: datetime, *, is_guess: bool) -> None:
    """Note that a stream already noted ended. Of told ends the last counts, of guesses the first, and only without one.

    A guess is when an end without an instant of its own was told: every retry would be later.
    """
    column, replaces = ("ended_by", ">") if is_guess else ("ended_at", "<")
    await tx.execute(
        f"UPDATE stream SET {column} = $3 WHERE channel_id = $1 AND started_at = $2 "
        f"AND ({column} IS NULL OR {column} {replaces} $3)",
        channel_id,
        micros(started_at),
        micros(ended_at),
    )


async def withdraw_guess(tx: Tx, channel_id: int, started_at: datetime, seen_at: datetime) -> None:
    """Forget the guess that a stream had ended before it was seen live; a told end stands."""
    await tx.execute(
        "UPDATE stream SET ended_by = NULL WHERE channel_id = $1 AND started_at = $2 AND ended_by < $3 "
        "AND ended_at IS NULL",
        channel_id,
        micros(started_at),
        micros(seen_at),
    )


async def describe(tx: Tx, channel_id: int, title: str, category: str | None, told_at: datetime) -> bool:
    """Keep a channel's title and category if none newer was told; True when they were kept."""
    touched = await tx.execute(
        "UPDATE channel SET title = $2, category = $3, described_at = $4 "
        "WHERE id = $1 AND (described_at IS NULL OR described_at < $4)",
        channel_id,
        title,
        category,
        micros(told_at),
    )
    return touched > 0


async def lives_between(reader: Reader, channels: Mapping[int, int], since: int, until: int) -> list[Live]:
    """The streams of `counted` channels that share time with `[since, until)`.

    Each is ended by the next start at the latest, and by the instant until when its channel counts.
    """
    lives: list[Live] = []
    for channel_id, counted_until in channels.items():
        rows = await reader.fetch(
            f"SELECT {LIVE_COLUMNS} FROM stream s WHERE s.channel_id = $1 AND s.started_at < $3 "
            "AND (COALESCE(s.ended_at, s.ended_by) IS NULL OR COALESCE(s.ended_at, s.ended_by) > $2) "
            "ORDER BY s.started_at",
            channel_id,
            since,
            until,
        )
        found = [clipped(live_of(row), counted_until) for row in rows]
        lives += [live for live in found if live.starts < live.until and live.until > since]
    return lives


async def lives_by_id(reader: Reader, stream_ids: Sequence[int]) -> list[Live]:
    """The streams with these ids, each ended by the next start at the latest."""
    lives: list[Live] = []
    for stream_id in stream_ids:
        rows = await reader.fetch(f"SELECT {LIVE_COLUMNS} FROM stream s WHERE s.id = $1", stream_id)
        lives += map(live_of, rows)
    return lives


def live_of(row: Row) -> Live:
    """A row of `LIVE_COLUMNS` as the law knows it."""
    return Live(row["id"], row["channel_id"], row["started_at"], end_of(row))


def end_of(row: Row) -> int | None:
    """When a stream ended: its told end or the next start of its channel, whichever came first."""
    ends = [end for end in (row["ended_at"], row["next_start"]) if end is not None]
    return min(ends) if ends else None


async def streams_since(reader: Reader, channel_id: int, since: int) -> list[Live]:
    """The streams of a channel that lasted beyond `since`, oldest first."""
    rows = await reader.fetch(
        f"SELECT {LIVE_COLUMNS} FROM stream s WHERE s.channel_id = $1 "
        "AND (COALESCE(s.ended_at, s.ended_by) IS NULL OR COALESCE(s.ended_at, s.ended_by) > $2) "
        "ORDER BY s.started_at",
        channel_id,
        since,
    )
    return [live for live in map(live_of, rows) if live.until > since]


async def streams_counted(reader: Reader, community_id: int, since: int) -> list[Live]:
    """The streams of all channels that a community counts, as far as it does, that lasted beyond `since`."""
    lives = [
        clipped(live, until)
        for channel_id, until in (await counted(reader, community_id)).items()
        for live in await streams_since(reader, channel_id, since)
    ]
    return [live for live in lives if live.until > since]


async def neighbours(reader: Reader, channel_id: int, started_at: datetime) -> list[Live]:
    """The stream that began at `started_at` and the one before it, which it may have ended."""
    rows = await reader.fetch(
        f"SELECT {LIVE_COLUMNS} FROM stream s WHERE s.channel_id = $1 AND s.started_at <= $2 "
        "ORDER BY s.started_at DESC LIMIT 2",
        channel_id,
        micros(started_at),
    )
    return [live_of(row) for row in rows]


async def by_ids(reader: Reader, channel_ids: Sequence[int]) -> dict[int, ChannelRecord]:
    """The channels that exist, by id; for a bounded number of ids."""
    if not channel_ids:
        return {}
    places = ", ".join(f"${n}" for n in range(1, len(channel_ids) + 1))
    rows = await reader.fetch(
        f"SELECT id, platform, external_id, name, slug, title, category FROM channel WHERE id IN ({places})",
        *channel_ids,
    )
    return {row["id"]: channel_record(row) for row in rows}
