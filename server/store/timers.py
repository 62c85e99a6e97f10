"""Timed messages, and whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.timers import Last, Plan, Waiting
from server.ports import Reader, Row, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerRecord:
    """A timed message."""

    id: int
    plan: Plan
    actor: str
    at: datetime


COLUMNS = "id, name, text, minutes, line_count, is_on, actor, at"


def timer_record(row: Row) -> TimerRecord:
    """A row of `COLUMNS` as a value."""
    plan = Plan(
        name=row["name"],
        text=row["text"],
        minutes=row["minutes"],
        lines=row["line_count"],
        is_on=bool(row["is_on"]),
    )
    return TimerRecord(id=row["id"], plan=plan, actor=row["actor"], at=instant_of(row["at"]))


async def all_of(reader: Reader, community_id: int) -> list[TimerRecord]:
    """The timed messages of a community, by name."""
    rows = await reader.fetch(f"SELECT {COLUMNS} FROM timer WHERE community_id = $1 ORDER BY name, id", community_id)
    return [timer_record(row) for row in rows]


async def by_id(reader: Reader, community_id: int, timer_id: int) -> TimerRecord | None:
    """A timed message of a community, or None."""
    row = await reader.find(f"SELECT {COLUMNS} FROM timer WHERE community_id = $1 AND id = $2", community_id, timer_id)
    return None if row is None else timer_record(row)


async def add(tx: Tx, community_id: int, plan: Plan, actor: str, now: datetime) -> int | None:
    """Make a timed message and return its id; None where the name is taken."""
    rows = await tx.fetch(
        "INSERT INTO timer (community_id, name, text, minutes, line_count, is_on, actor, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (community_id, name) DO NOTHING RETURNING id",
        community_id,
        plan.name,
        plan.text,
        plan.minutes,
        plan.lines,
        plan.is_on,
        actor,
        micros(now),
    )
    return rows[0]["id"] if rows else None


async def change(tx: Tx, timer_id: int, plan: Plan, actor: str, now: datetime) -> None:
    """Change a timed message."""
    await tx.execute(
        "UPDATE timer SET name = $2, text = $3, minutes = $4, line_count = $5, is_on = $6, actor = $7, at = $8 "
        "WHERE id = $1",
        timer_id,
        plan.name,
        plan.text,
        plan.minutes,
        plan.lines,
        plan.is_on,
        actor,
        micros(now),
    )


async def remove(tx: Tx, timer_id: int) -> None:
    """Take a timed message away, with its turns."""
    await tx.execute("DELETE FROM timer_turn WHERE timer_id = $1", timer_id)
    await tx.execute("DELETE FROM timer WHERE id = $1", timer_id)


async def count_lines(tx: Tx, community_id: int, counted: Sequence[tuple[int, int]]) -> None:
    """Count lines of others by (channel, how many), where the community has timed messages."""
    await tx.bulk(
        "INSERT INTO timer_channel (community_id, channel_id, heard) SELECT {p1}, r.channel_id, r.many FROM r "
        "WHERE EXISTS (SELECT 1 FROM timer WHERE community_id = {p1}) "
        "ON CONFLICT (community_id, channel_id) DO UPDATE SET heard = timer_channel.heard + excluded.heard",
        {
            "channel_id": ("bigint", [channel for channel, _ in counted]),
            "many": ("bigint", [many for _, many in counted]),
        },
        community_id,
    )


async def last_in(tx: Tx, community_id: int, channel_id: int) -> tuple[int, Last]:
    """How many lines a channel had, and what it was told last; the row is held until the transaction ends."""
    await tx.execute(
        "INSERT INTO timer_channel (community_id, channel_id, heard) VALUES ($1, $2, 0) "
        "ON CONFLICT (community_id, channel_id) DO NOTHING",
        community_id,
        channel_id,
    )
    hold = "FOR UPDATE" if tx.dialect == "postgres" else ""
    [row] = await tx.fetch(
        "SELECT heard, last_text, last_at, last_heard FROM timer_channel "
        f"WHERE community_id = $1 AND channel_id = $2 {hold}",
        community_id,
        channel_id,
    )
    at = None if row["last_at"] is None else instant_of(row["last_at"])
    return row["heard"], Last(row["last_text"], at, row["heard"] - (row["last_heard"] or 0))


async def note_told(tx: Tx, community_id: int, channel_id: int, text: str, now: datetime) -> None:
    """Remember what a channel was told last."""
    await tx.execute(
        "UPDATE timer_channel SET last_text = $3, last_at = $4, last_heard = heard "
        "WHERE community_id = $1 AND channel_id = $2",
        community_id,
        channel_id,
        text,
        micros(now),
    )


async def begin_turns(tx: Tx, channel_id: int, heard: int, turns: Sequence[tuple[int, datetime]]) -> None:
    """Have timed messages wait in a channel where they do not yet: (which, when due)."""
    await tx.bulk(
        "INSERT INTO timer_turn (timer_id, channel_id, due_at, heard) "
        "SELECT r.timer_id, {p1}, r.due_at, {p2} FROM r WHERE TRUE ON CONFLICT (timer_id, channel_id) DO NOTHING",
        {
            "timer_id": ("bigint", [timer for timer, _ in turns]),
            "due_at": ("bigint", [micros(due) for _, due in turns]),
        },
        channel_id,
        heard,
    )


async def waiting(tx: Tx, community_id: int, channel_id: int, heard: int) -> list[Waiting]:
    """The timed messages that are on and wait in a channel that had so many lines."""
    rows = await tx.fetch(
        "SELECT t.id, t.text, t.line_count, u.due_at, u.heard FROM timer t JOIN timer_turn u ON u.timer_id = t.id "
        "WHERE t.community_id = $1 AND t.is_on AND u.channel_id = $2",
        community_id,
        channel_id,
    )
    return [
        Waiting(
            timer_id=row["id"],
            text=row["text"],
            lines_wanted=row["line_count"],
            due_at=instant_of(row["due_at"]),
            lines_since=heard - row["heard"],
        )
        for row in rows
    ]


async def take_turn(tx: Tx, timer_id: int, channel_id: int, was_due_at: datetime, due_at: datetime, heard: int) -> bool:
    """Have a timed message wait for its next turn; False where somebody else took this one."""
    touched = await tx.execute(
        "UPDATE timer_turn SET due_at = $4, heard = $5 WHERE timer_id = $1 AND channel_id = $2 AND due_at = $3",
        timer_id,
        channel_id,
        micros(was_due_at),
        micros(due_at),
        heard,
    )
    return touched > 0


async def due_of(reader: Reader, community_id: int) -> dict[int, datetime]:
    """When each timed message is due next, in whichever channel comes first."""
    rows = await reader.fetch(
        "SELECT t.id, min(u.due_at) AS due_at FROM timer t JOIN timer_turn u ON u.timer_id = t.id "
        "WHERE t.community_id = $1 GROUP BY t.id",
        community_id,
    )
    return {row["id"]: instant_of(row["due_at"]) for row in rows}


async def live_now(reader: Reader, limit: int) -> list[tuple[int, int]]:
    """The (community, channel) pairs in which timed messages may be due: they are on, and the channel is live."""
    rows = await reader.fetch(
        "SELECT DISTINCT a.community_id, a.channel_id FROM timer t "
        "JOIN attachment a ON a.community_id = t.community_id JOIN channel c ON c.id = a.channel_id "
        "WHERE t.is_on AND c.platform = 'kick' AND EXISTS (SELECT 1 FROM stream s WHERE s.channel_id = a.channel_id "
        "AND s.ended_at IS NULL AND s.ended_by IS NULL AND NOT EXISTS (SELECT 1 FROM stream n "
        "WHERE n.channel_id = s.channel_id AND n.started_at > s.started_at)) "
        "ORDER BY a.community_id, a.channel_id LIMIT $1",
        limit,
    )
    return [(row["community_id"], row["channel_id"]) for row in rows]
