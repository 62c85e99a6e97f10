"""Which channels are listened to over websockets, for whom, and how that is going."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson

from server.domain.gaps import is_late
from server.domain.happenings.sources import IngestSources
from server.domain.instants import instant_of, micros
from server.ports import Reader, Row, Tx

LISTENING = (
    "SELECT l.channel_id, l.state, l.transport, l.holder, l.since, l.last_frame_at, l.code, l.detail, "
    "s.last_event_at AS told_at FROM channel_listening l LEFT JOIN event_subscription s "
    "ON s.channel_id = l.channel_id AND s.kind = 'chat.message.sent'"
)
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
    told_at: datetime | None = None
    """When the newest chat message came by webhook, where that is known; never written here."""

    @property
    def is_late(self) -> bool:
        """Whether it listens, and hears nothing of what is told elsewhere."""
        return self.state == "listening" and is_late(
            since=self.since, last_frame_at=self.last_frame_at, told_at=self.told_at
        )


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
        f"{LISTENING} WHERE l.channel_id IN ({places})",
        *channel_ids,
    )
    return {row["channel_id"]: listening_record(row) for row in rows}


async def states(reader: Reader, platform: str, community_id: int | None) -> dict[str, int]:
    """How many websockets are in each state, of the channels that a community or any attached; `late` is one, too.

    `unknown` are channels whose names on the sockets nobody knows.
    """
    where, values = ("", ()) if community_id is None else ("AND a.community_id = $2 ", (community_id,))
    rows = await reader.fetch(
        "SELECT a.channel_id, max(COALESCE(a.channel_ref, a.chatroom_ref)) AS ref FROM attachment a "
        f"JOIN channel c ON c.id = a.channel_id WHERE c.platform = $1 {where}GROUP BY a.channel_id",
        platform,
        *values,
    )
    heard = await reader.fetch(f"{LISTENING} JOIN channel c ON c.id = l.channel_id WHERE c.platform = $1", platform)
    known = {row["channel_id"]: listening_record(row) for row in heard}
    found: Counter[str] = Counter()
    for row in rows:
        record = known.get(row["channel_id"])
        if row["ref"] is None:
            found["unknown"] += 1
        elif record is None:
            found["stopped"] += 1
        else:
            found["late" if record.is_late else record.state] += 1
    return dict(sorted(found.items()))


def listening_record(row: Row) -> ListeningRecord:
    """A row of `LISTENING` as a value."""
    return ListeningRecord(
        channel_id=row["channel_id"],
        state=row["state"],
        transport=row["transport"],
        holder=row["holder"],
        since=instant_of(row["since"]),
        last_frame_at=None if row["last_frame_at"] is None else instant_of(row["last_frame_at"]),
        code=row["code"],
        detail=row["detail"],
        told_at=None if row["told_at"] is None else instant_of(row["told_at"]),
    )
