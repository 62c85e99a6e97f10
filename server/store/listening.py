"""Which channels are listened to over websockets, for whom, and how that is going."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson

from server.domain.happenings.sources import IngestSources
from server.domain.instants import instant_of, micros
from server.ports import Reader, Tx

State = Literal["connecting", "listening", "waiting", "refused", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """A channel that can be listened to: what its platform's sockets call it, and what communities want of it."""

    channel_id: int
    external_id: str
    name: str
    channel_ref: str | None
    chatroom_ref: str | None
    sources: tuple[IngestSources, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningRecord:
    """How a channel's socket is doing, as was written down last."""

    channel_id: int
    state: State
    transport: str
    holder: str
    since: datetime
    last_frame_at: datetime | None
    code: int | None
    detail: str | None


async def rooms(reader: Reader, platform: str) -> list[Rooms]:
    """The attached channels of a platform whose names on its sockets are known, in order."""
    rows = await reader.fetch(
        "SELECT c.id, c.external_id, c.name, a.channel_ref, a.chatroom_ref, a.community_id FROM attachment a "
        "JOIN channel c ON c.id = a.channel_id WHERE c.platform = $1 "
        "AND (a.channel_ref IS NOT NULL OR a.chatroom_ref IS NOT NULL) ORDER BY c.id, a.id",
        platform,
    )
    chosen = await _sources(reader)
    by_channel: defaultdict[int, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        by_channel[row["id"]].append(place)
    found: list[Rooms] = []
    for channel_id, places in by_channel.items():
        mine = [rows[place] for place in places]
        found.append(
            Rooms(
                channel_id=channel_id,
                external_id=mine[0]["external_id"],
                name=mine[0]["name"],
                channel_ref=next((row["channel_ref"] for row in mine if row["channel_ref"] is not None), None),
                chatroom_ref=next((row["chatroom_ref"] for row in mine if row["chatroom_ref"] is not None), None),
                sources=tuple(chosen.get(row["community_id"], IngestSources()) for row in mine),
            )
        )
    return found


async def _sources(reader: Reader) -> dict[int, IngestSources]:
    rows = await reader.fetch(
        "SELECT community_id, data FROM setting_version WHERE capability = 'happenings' ORDER BY effective_from, id"
    )
    return {row["community_id"]: IngestSources.restored(orjson.loads(row["data"])) for row in rows}


async def note(tx: Tx, records: Sequence[ListeningRecord]) -> None:
    """Write down how channels' sockets are doing."""
    for one in records:
        await tx.execute(
            "INSERT INTO channel_listening (channel_id, state, transport, holder, since, last_frame_at, code, detail) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (channel_id) DO UPDATE SET state = excluded.state, "
            "transport = excluded.transport, holder = excluded.holder, since = excluded.since, "
            "last_frame_at = COALESCE(excluded.last_frame_at, channel_listening.last_frame_at), "
            "code = excluded.code, detail = excluded.detail",
            one.channel_id,
            one.state,
            one.transport,
            one.holder,
            micros(one.since),
            None if one.last_frame_at is None else micros(one.last_frame_at),
            one.code,
            one.detail,
        )


async def of_channels(reader: Reader, channel_ids: Sequence[int]) -> dict[int, ListeningRecord]:
    """How the sockets of these channels are doing; for a bounded number of ids."""
    if not channel_ids:
        return {}
    places = ", ".join(f"${n}" for n in range(1, len(channel_ids) + 1))
    rows = await reader.fetch(
        "SELECT channel_id, state, transport, holder, since, last_frame_at, code, detail FROM channel_listening "
        f"WHERE channel_id IN ({places})",
        *channel_ids,
    )
    return {
        row["channel_id"]: ListeningRecord(
            channel_id=row["channel_id"],
            state=row["state"],
            transport=row["transport"],
            holder=row["holder"],
            since=instant_of(row["since"]),
            last_frame_at=None if row["last_frame_at"] is None else instant_of(row["last_frame_at"]),
            code=row["code"],
            detail=row["detail"],
        )
        for row in rows
    }
