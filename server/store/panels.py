"""Panels on Discord, and which of them are to be looked at."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.panels import PanelKind, PanelProblem, PanelState, Sight
from server.ports import Reader, Row, Tx

JOB = "panel_due"
"""The kind of the job that has a panel looked at."""

COLUMNS = (
    "id, community_id, guild_id, kind, channel_id, message_id, former_channel_id, former_message_id, locale, "
    "is_pinned, auto_heal, state, problem, content_hash, held_back, asked, is_waiting, is_stale, actor, at, "
    "shown_at, looked_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelRecord:
    """A panel as it stands."""

    id: int
    community_id: int
    guild_id: str
    kind: PanelKind
    channel_id: str
    message_id: str | None
    former_channel_id: str | None
    former_message_id: str | None
    locale: str
    is_pinned: bool
    auto_heal: bool
    state: PanelState
    problem: PanelProblem | None
    content_hash: str | None
    held_back: int
    asked: int
    is_waiting: bool
    is_stale: bool
    actor: str
    at: datetime
    shown_at: datetime | None
    looked_at: datetime | None


def job_key(panel_id: int, asked: int) -> str:
    """What makes the job of a look its own."""
    return f"panel:{panel_id}:{asked}"


def panel_record(row: Row) -> PanelRecord:
    """A row of `COLUMNS` as a value."""
    return PanelRecord(
        id=row["id"],
        community_id=row["community_id"],
        guild_id=row["guild_id"],
        kind=PanelKind(row["kind"]),
        channel_id=row["channel_id"],
        message_id=row["message_id"],
        former_channel_id=row["former_channel_id"],
        former_message_id=row["former_message_id"],
        locale=row["locale"],
        is_pinned=bool(row["is_pinned"]),
        auto_heal=bool(row["auto_heal"]),
        state=PanelState(row["state"]),
        problem=None if row["problem"] is None else PanelProblem(row["problem"]),
        content_hash=row["content_hash"],
        held_back=row["held_back"],
        asked=row["asked"],
        is_waiting=bool(row["is_waiting"]),
        is_stale=bool(row["is_stale"]),
        actor=row["actor"],
        at=instant_of(row["at"]),
        shown_at=None if row["shown_at"] is None else instant_of(row["shown_at"]),
        looked_at=None if row["looked_at"] is None else instant_of(row["looked_at"]),
    )


async def all_of(reader: Reader, community_id: int) -> list[PanelRecord]:
    """The panels of a community, oldest first; there are few."""
    rows = await reader.fetch(f"SELECT {COLUMNS} FROM panel WHERE community_id = $1 ORDER BY id", community_id)
    return [panel_record(row) for row in rows]


async def by_id(reader: Reader, community_id: int, panel_id: int) -> PanelRecord | None:
    """A panel of a community, or None."""
    row = await reader.find(f"SELECT {COLUMNS} FROM panel WHERE community_id = $1 AND id = $2", community_id, panel_id)
    return None if row is None else panel_record(row)


async def locked(tx: Tx, community_id: int, panel_id: int) -> PanelRecord | None:
    """A panel, which nobody else changes until the transaction ends; None where there is none."""
    hold = " FOR UPDATE" if tx.dialect == "postgres" else ""
    rows = await tx.fetch(
        f"SELECT {COLUMNS} FROM panel WHERE community_id = $1 AND id = $2{hold}", community_id, panel_id
    )
    return panel_record(rows[0]) if rows else None


async def in_bound_guild(reader: Reader, community_id: int, panel_ids: Collection[int]) -> dict[int, PanelRecord]:
    """A few panels of a community by id, of those in the Discord server that is bound to it now."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM panel WHERE community_id = $1 "
        f"AND id IN ({', '.join(str(int(one)) for one in panel_ids) or 'NULL'}) AND EXISTS "
        "(SELECT 1 FROM guild WHERE guild.community_id = panel.community_id AND guild.external_id = panel.guild_id)",
        community_id,
    )
    return {row["id"]: panel_record(row) for row in rows}


async def add(
    tx: Tx,
    community_id: int,
    *,
    guild_id: str,
    kind: PanelKind,
    channel_id: str,
    locale: str,
    is_pinned: bool,
    auto_heal: bool,
    actor: str,
    now: datetime,
) -> int | None:
    """Make a panel and return its id; None where the channel has one of this kind."""
    rows = await tx.fetch(
        "INSERT INTO panel (community_id, guild_id, kind, channel_id, locale, is_pinned, auto_heal, state, held_back, "
        "asked, is_waiting, is_stale, actor, at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'wanted', 0, 0, FALSE, FALSE, "
        "$8, $9) ON CONFLICT (community_id, guild_id, channel_id, kind) DO NOTHING RETURNING id",
        community_id,
        guild_id,
        kind.value,
        channel_id,
        locale,
        is_pinned,
        auto_heal,
        actor,
        micros(now),
    )
    return rows[0]["id"] if rows else None


async def remove(tx: Tx, panel_id: int) -> None:
    """Take a panel away."""
    await tx.execute("DELETE FROM panel WHERE id = $1", panel_id)


async def begin_anew(tx: Tx, panel: PanelRecord, channel_id: str) -> None:
    """Have a panel posted as a new message in a channel; the message that there is now is deleted after that."""
    await tx.execute(
        "UPDATE panel SET channel_id = $2, message_id = NULL, former_channel_id = $3, former_message_id = $4, "
        "content_hash = NULL, held_back = 0, state = 'wanted' WHERE id = $1",
        panel.id,
        channel_id,
        panel.former_channel_id if panel.message_id is None else panel.channel_id,
        panel.message_id or panel.former_message_id,
    )


async def note_shown(tx: Tx, panel: PanelRecord, sight: Sight, now: datetime) -> None:
    """Remember under which id a panel is shown, and what; whatever it replaced is gone."""
    is_news = sight.content_hash != panel.content_hash or sight.message_id != panel.message_id
    await tx.execute(
        "UPDATE panel SET message_id = $2, content_hash = $3, problem = $4, shown_at = $5, looked_at = $6, "
        "state = 'posted', held_back = 0, former_channel_id = NULL, former_message_id = NULL WHERE id = $1",
        panel.id,
        sight.message_id,
        sight.content_hash,
        None if sight.problem is None else sight.problem.value,
        micros(now if is_news or panel.shown_at is None else panel.shown_at),
        micros(now),
    )


async def note_trouble(
    tx: Tx, panel: PanelRecord, state: PanelState, problem: PanelProblem | None, held_back: int, now: datetime
) -> None:
    """Remember that a panel could not be shown, and how it is now; of a lost message nothing is known any more."""
    is_lost = problem in {PanelProblem.MESSAGE_DELETED, PanelProblem.NO_CHANNEL}
    await tx.execute(
        "UPDATE panel SET state = $2, problem = $3, held_back = $4, looked_at = $5, message_id = $6, content_hash = $7 "
        "WHERE id = $1",
        panel.id,
        state.value,
        None if problem is None else problem.value,
        held_back,
        micros(now),
        None if is_lost else panel.message_id,
        None if is_lost else panel.content_hash,
    )


async def try_again(tx: Tx, panel: PanelRecord) -> None:
    """Let a panel that was given up be shown again; what stood in its way is known until it is shown."""
    state = PanelState.WANTED if panel.message_id is None else PanelState.POSTED
    await tx.execute("UPDATE panel SET state = $2, held_back = 0 WHERE id = $1", panel.id, state.value)


async def settle_look(tx: Tx, panel_id: int) -> None:
    """Let a panel wait for nothing."""
    await tx.execute("UPDATE panel SET is_waiting = FALSE, is_stale = FALSE WHERE id = $1", panel_id)


async def touch(tx: Tx, community_id: int, kinds: Collection[PanelKind]) -> list[PanelRecord]:
    """Mark the panels of some kinds that are not given up as out of date, and return those that were not before."""
    names = ", ".join(f"'{kind.value}'" for kind in sorted(kinds))
    rows = await tx.fetch(
        f"UPDATE panel SET is_stale = TRUE WHERE community_id = $1 AND kind IN ({names}) "
        f"AND state IN ('wanted', 'posted') AND NOT is_stale RETURNING {COLUMNS}",
        community_id,
    )
    return [panel_record(row) for row in rows]


async def begin_look(tx: Tx, panel: PanelRecord) -> int:
    """Have a panel wait for a look; which one by number."""
    [row] = await tx.fetch(
        "UPDATE panel SET asked = asked + 1, is_waiting = TRUE, is_stale = FALSE WHERE id = $1 RETURNING asked",
        panel.id,
    )
    return row["asked"]


async def overdue(reader: Reader, before: datetime, limit: int) -> list[tuple[int, int]]:
    """The (community, panel) pairs nobody looked at since an instant, in servers that are bound.

    Those that wait for a look whose job is over are among them, whenever they were looked at.
    """
    bound = "SELECT 1 FROM guild g WHERE g.community_id = p.community_id AND g.external_id = p.guild_id"
    work = (
        "SELECT 1 FROM job j WHERE j.kind = 'panel_due' AND j.key = 'panel:' || p.id || ':' || p.asked "
        "AND j.state IN ('ready', 'leased', 'behind')"
    )
    rows = await reader.fetch(
        f"SELECT p.community_id, p.id FROM panel p WHERE p.state IN ('wanted', 'posted') AND EXISTS ({bound}) "
        f"AND (NOT p.is_waiting AND COALESCE(p.looked_at, p.at) < $1 OR p.is_waiting AND NOT EXISTS ({work})) "
        "ORDER BY p.id LIMIT $2",
        micros(before),
        limit,
    )
    return [(row["community_id"], row["id"]) for row in rows]
