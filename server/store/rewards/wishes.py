"""Rewards as staff wants them, and how far the platform knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from server.domain.instants import instant_of, micros
from server.domain.rewards.actions import RewardAction
from server.domain.rewards.rules import RewardPlan, RewardState, state_of
from server.ports import Reader, Row, Tx

COLUMNS = (
    "id, community_id, channel_id, external_id, title, cost, description, colour, action, is_on, revision, applied, "
    "is_tried, problem, deleted_at, actor, at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRecord:
    """A reward; without `external_id` the platform does not have it, or we do not know, where it `is_tried`."""

    id: int
    community_id: int
    channel_id: int
    external_id: str | None
    plan: RewardPlan
    revision: int
    applied: int
    is_tried: bool
    problem: str | None
    deleted_at: datetime | None
    actor: str
    at: datetime

    @property
    def state(self) -> RewardState:
        """How far the platform knows."""
        return state_of(self.revision, self.applied, self.problem)


def reward_record(row: Row) -> RewardRecord:
    """A row of `COLUMNS` as a value."""
    plan = RewardPlan(
        title=row["title"],
        cost=row["cost"],
        description=row["description"],
        colour=row["colour"],
        action=RewardAction.restored(orjson.loads(row["action"])),
        is_on=bool(row["is_on"]),
    )
    return RewardRecord(
        id=row["id"],
        community_id=row["community_id"],
        channel_id=row["channel_id"],
        external_id=row["external_id"],
        plan=plan,
        revision=row["revision"],
        applied=row["applied"],
        is_tried=bool(row["is_tried"]),
        problem=row["problem"],
        deleted_at=None if row["deleted_at"] is None else instant_of(row["deleted_at"]),
        actor=row["actor"],
        at=instant_of(row["at"]),
    )


async def all_of(reader: Reader, community_id: int) -> list[RewardRecord]:
    """The rewards of a community that are not deleted, oldest first."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM reward WHERE community_id = $1 AND deleted_at IS NULL ORDER BY id", community_id
    )
    return [reward_record(row) for row in rows]


async def by_id(reader: Reader, community_id: int, reward_id: int) -> RewardRecord | None:
    """A reward of a community, also a deleted one, or None."""
    row = await reader.find(
        f"SELECT {COLUMNS} FROM reward WHERE community_id = $1 AND id = $2", community_id, reward_id
    )
    return None if row is None else reward_record(row)


async def by_external_ids(
    reader: Reader, community_id: int, channel_id: int, external_ids: Sequence[str]
) -> dict[str, RewardRecord]:
    """Those rewards of a community that a platform calls so, deleted ones too; for a bounded number of ids."""
    found: dict[str, RewardRecord] = {}
    for external_id in sorted(set(external_ids)):
        row = await reader.find(
            f"SELECT {COLUMNS} FROM reward WHERE channel_id = $1 AND external_id = $2 AND community_id = $3",
            channel_id,
            external_id,
            community_id,
        )
        if row is not None:
            found[external_id] = reward_record(row)
    return found


async def taken_among(reader: Reader, channel_id: int, external_ids: Sequence[str]) -> set[str]:
    """Which of the platform's rewards of a channel were made here, by whichever community."""
    taken: set[str] = set()
    for external_id in sorted(set(external_ids)):
        row = await reader.find(
            "SELECT external_id FROM reward WHERE channel_id = $1 AND external_id = $2", channel_id, external_id
        )
        if row is not None:
            taken.add(row["external_id"])
    return taken


async def add(tx: Tx, community_id: int, channel_id: int, plan: RewardPlan, actor: str, now: datetime) -> int:
    """Keep a wish for a new reward and return its id."""
    [row] = await tx.fetch(
        "INSERT INTO reward (community_id, channel_id, title, cost, description, colour, action, is_on, revision, "
        "applied, is_tried, actor, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 0, FALSE, $9, $10) RETURNING id",
        community_id,
        channel_id,
        plan.title,
        plan.cost,
        plan.description,
        plan.colour,
        orjson.dumps(plan.action.stored()).decode(),
        plan.is_on,
        actor,
        micros(now),
    )
    return row["id"]


async def change(tx: Tx, reward_id: int, plan: RewardPlan, actor: str, now: datetime) -> int:
    """Keep a wish for another reward in place of this one; the number of the wish."""
    [row] = await tx.fetch(
        "UPDATE reward SET title = $2, cost = $3, description = $4, colour = $5, action = $6, is_on = $7, actor = $8, "
        "at = $9, revision = revision + 1, problem = NULL WHERE id = $1 RETURNING revision",
        reward_id,
        plan.title,
        plan.cost,
        plan.description,
        plan.colour,
        orjson.dumps(plan.action.stored()).decode(),
        plan.is_on,
        actor,
        micros(now),
    )
    return row["revision"]


async def delete(tx: Tx, reward_id: int, actor: str, now: datetime) -> int:
    """Keep the wish that a reward be no more; the number of the wish."""
    [row] = await tx.fetch(
        "UPDATE reward SET deleted_at = $2, actor = $3, revision = revision + 1, problem = NULL WHERE id = $1 "
        "RETURNING revision",
        reward_id,
        micros(now),
        actor,
    )
    return row["revision"]


async def note_tried(tx: Tx, reward_id: int) -> None:
    """Remember that the platform is about to be asked for a reward, which it may make without our hearing of it."""
    await tx.execute("UPDATE reward SET is_tried = TRUE WHERE id = $1", reward_id)


async def note_made(tx: Tx, reward_id: int, channel_id: int, external_id: str) -> bool:
    """Keep the platform's id of a reward; False where another reward of ours has it."""
    touched = await tx.execute(
        "UPDATE reward SET external_id = $2 WHERE id = $1 AND NOT EXISTS "
        "(SELECT 1 FROM reward o WHERE o.channel_id = $3 AND o.external_id = $2 AND o.id <> $1)",
        reward_id,
        external_id,
        channel_id,
    )
    return touched > 0


async def note_applied(tx: Tx, reward_id: int, revision: int) -> None:
    """Remember that the platform took a wish; a later one may wait."""
    await tx.execute(
        "UPDATE reward SET applied = $2, problem = CASE WHEN revision = $2 THEN NULL ELSE problem END "
        "WHERE id = $1 AND applied < $2",
        reward_id,
        revision,
    )


async def note_problem(tx: Tx, reward_id: int, revision: int, problem: str) -> bool:
    """Remember why the platform did not take a wish; False where there is a later one."""
    touched = await tx.execute(
        "UPDATE reward SET problem = $3 WHERE id = $1 AND revision = $2", reward_id, revision, problem
    )
    return touched > 0


async def note_gone(tx: Tx, reward_id: int) -> None:
    """Remember that the platform has a reward no more, so that the next wish makes it anew."""
    await tx.execute("UPDATE reward SET external_id = NULL, is_tried = FALSE WHERE id = $1", reward_id)


async def channels_with_rewards(reader: Reader, limit: int) -> list[tuple[int, int]]:
    """The (community, channel) pairs in which rewards of ours may be redeemed, or wait to be settled."""
    rows = await reader.fetch(
        "SELECT DISTINCT w.community_id, w.channel_id FROM reward w JOIN attachment a "
        "ON a.community_id = w.community_id AND a.channel_id = w.channel_id "
        "WHERE w.external_id IS NOT NULL AND (w.deleted_at IS NULL OR EXISTS (SELECT 1 FROM redemption r "
        "WHERE r.community_id = w.community_id AND r.channel_id = w.channel_id AND r.settling = 'wanted')) "
        "ORDER BY w.community_id, w.channel_id LIMIT $1",
        limit,
    )
    return [(row["community_id"], row["channel_id"]) for row in rows]


async def untold(reader: Reader, limit: int) -> list[RewardRecord]:
    """Rewards of which the platform does not know the last wish, where trying again may help, oldest wish first."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM reward WHERE applied < revision AND (problem IS NULL OR problem = 'not_allowed') "
        "ORDER BY at, id LIMIT $1",
        limit,
    )
    return [reward_record(row) for row in rows]
