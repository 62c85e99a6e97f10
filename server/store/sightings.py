"""When channels were seen live, by asking their platform."""

from collections.abc import Sequence
from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.sightings import Followed, KnownStream, Sighting
from server.ports import Reader, Tx


def instant_or_none(value: int | None) -> datetime | None:
    """A stored instant, where there is one."""
    return None if value is None else instant_of(value)


async def followed(reader: Reader, platform: str) -> list[Followed]:
    """The attached channels of a platform, each with its newest stream and what was seen of it."""
    rows = await reader.fetch(
        "SELECT c.id, c.external_id, c.name, c.slug, s.started_at, s.ended_at, s.ended_by, s.title, l.checked_at, "
        "l.started_at AS seen_start, l.seen_at, l.missing_since FROM channel c "
        "LEFT JOIN stream s ON s.id = (SELECT n.id FROM stream n WHERE n.channel_id = c.id "
        "ORDER BY n.started_at DESC LIMIT 1) LEFT JOIN live_sighting l ON l.channel_id = c.id "
        "WHERE c.platform = $1 AND EXISTS (SELECT 1 FROM attachment a WHERE a.channel_id = c.id) ORDER BY c.id",
        platform,
    )
    found: list[Followed] = []
    for row in rows:
        newest = None
        if row["started_at"] is not None:
            newest = KnownStream(
                started_at=instant_of(row["started_at"]),
                ended_at=instant_or_none(row["ended_at"]),
                guessed_end=instant_or_none(row["ended_by"]),
                title=row["title"],
            )
        sighting = Sighting(
            checked_at=instant_or_none(row["checked_at"]),
            started_at=instant_or_none(row["seen_start"]),
            seen_at=instant_or_none(row["seen_at"]),
            missing_since=instant_or_none(row["missing_since"]),
        )
        found.append(
            Followed(
                channel_id=row["id"],
                external_id=row["external_id"],
                name=row["name"],
                slug=row["slug"],
                newest=newest,
                sighting=sighting,
            )
        )
    return found


async def keep(tx: Tx, seen: Sequence[tuple[int, Sighting]], now: datetime) -> None:
    """Remember what was seen of channels at `now`."""
    await tx.bulk(
        "INSERT INTO live_sighting (channel_id, checked_at, started_at, seen_at, missing_since) "
        "SELECT r.channel_id, {p1}, r.started_at, r.seen_at, r.missing_since FROM r WHERE TRUE "
        "ON CONFLICT (channel_id) DO UPDATE SET checked_at = excluded.checked_at, started_at = excluded.started_at, "
        "seen_at = excluded.seen_at, missing_since = excluded.missing_since RETURNING id",
        {
            "channel_id": ("bigint", [channel_id for channel_id, _ in seen]),
            "started_at": ("bigint", [stored(one.started_at) for _, one in seen]),
            "seen_at": ("bigint", [stored(one.seen_at) for _, one in seen]),
            "missing_since": ("bigint", [stored(one.missing_since) for _, one in seen]),
        },
        micros(now),
    )


def stored(at: datetime | None) -> int | None:
    """An instant as it is stored."""
    return None if at is None else micros(at)
