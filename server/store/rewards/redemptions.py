"""Redemptions: what was heard of them, what was done, and what the platform is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.rewards.redemptions import Deed, Settling, Standing, Verdict
from server.events.rewards import RedemptionState
from server.ports import Reader, Row, Tx

COLUMNS = (
    "id, channel_id, external_id, reward_id, reward_ref, title, cost, account_id, user_input, redeemed_at, first_at, "
    "told, heard, deed, verdict, settling, reason, detail, actor, tries, acted_at, settled_at"
)

STUCK = (
    "AND told NOT IN ('rejected', 'cancelled') AND (settling = 'failed' OR settling = 'overruled' AND deed <> 'done')"
)
"""The condition that somebody has to look at a redemption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRedemption:
    """A redemption that is heard of for the first time; `reward_id` is our own, None where it is not ours."""

    channel_id: int
    external_id: str
    reward_id: int | None
    reward_ref: str
    title: str
    cost: int
    account_id: int | None
    user_input: str
    redeemed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionRecord:
    """A redemption; `tries` counts how often staff or the server had it begun anew."""

    id: int
    channel_id: int
    external_id: str
    reward_id: int | None
    reward_ref: str
    title: str
    cost: int
    account_id: int | None
    user_input: str
    redeemed_at: datetime
    first_at: datetime
    standing: Standing
    actor: str | None
    tries: int
    acted_at: datetime | None
    settled_at: datetime | None


def redemption_record(row: Row) -> RedemptionRecord:
    """A row of `COLUMNS` as a value."""
    standing = Standing(
        told=RedemptionState(row["told"]),
        heard=frozenset(RedemptionState(one) for one in row["heard"].split(",") if one),
        deed=Deed(row["deed"]),
        verdict=None if row["verdict"] is None else Verdict(row["verdict"]),
        settling=None if row["settling"] is None else Settling(row["settling"]),
        reason=row["reason"],
        detail=row["detail"],
    )
    return RedemptionRecord(
        id=row["id"],
        channel_id=row["channel_id"],
        external_id=row["external_id"],
        reward_id=row["reward_id"],
        reward_ref=row["reward_ref"],
        title=row["title"],
        cost=row["cost"],
        account_id=row["account_id"],
        user_input=row["user_input"],
        redeemed_at=instant_of(row["redeemed_at"]),
        first_at=instant_of(row["first_at"]),
        standing=standing,
        actor=row["actor"],
        tries=row["tries"],
        acted_at=None if row["acted_at"] is None else instant_of(row["acted_at"]),
        settled_at=None if row["settled_at"] is None else instant_of(row["settled_at"]),
    )


def written(standing: Standing) -> tuple[str | None, ...]:
    """A standing as the values of its columns."""
    return (
        standing.told.value,
        ",".join(sorted(standing.heard)),
        standing.deed.value,
        standing.verdict,
        standing.settling,
        standing.reason,
        standing.detail,
    )


async def add(tx: Tx, community_id: int, redemption: NewRedemption, standing: Standing, now: datetime) -> int:
    """Keep a redemption and return its id. The caller holds the community's lock and knows that it is not there."""
    [row] = await tx.fetch(
        "INSERT INTO redemption (community_id, channel_id, external_id, reward_id, reward_ref, title, cost, "
        "account_id, user_input, redeemed_at, first_at, tries, told, heard, deed, verdict, settling, reason, detail) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $14, $15, $16, $17, $18) RETURNING id",
        community_id,
        redemption.channel_id,
        redemption.external_id,
        redemption.reward_id,
        redemption.reward_ref,
        redemption.title,
        redemption.cost,
        redemption.account_id,
        redemption.user_input,
        micros(redemption.redeemed_at),
        micros(now),
        *written(standing),
    )
    return row["id"]


async def save(
    tx: Tx, before: RedemptionRecord, standing: Standing, now: datetime, *, actor: str | None = None
) -> None:
    """Keep where a redemption stands now, who had it stand there, and when it was carried out and settled."""
    was = before.standing
    acted = now if standing.deed is not was.deed and standing.deed in {Deed.DONE, Deed.REFUSED} else before.acted_at
    is_over = standing.settling in {Settling.SETTLED, Settling.OVERRULED}
    over = (before.settled_at or now) if is_over else None
    await tx.execute(
        "UPDATE redemption SET told = $2, heard = $3, deed = $4, verdict = $5, settling = $6, reason = $7, "
        "detail = $8, actor = COALESCE($9, actor), acted_at = $10, settled_at = $11 WHERE id = $1",
        before.id,
        *written(standing),
        actor,
        None if acted is None else micros(acted),
        None if over is None else micros(over),
    )


async def note_try(tx: Tx, redemption_id: int) -> int:
    """Count one more beginning; which it is."""
    [row] = await tx.fetch("UPDATE redemption SET tries = tries + 1 WHERE id = $1 RETURNING tries", redemption_id)
    return row["tries"]


async def note_ours(tx: Tx, redemption_id: int, reward_id: int) -> None:
    """Remember which reward of ours was redeemed."""
    await tx.execute("UPDATE redemption SET reward_id = $2 WHERE id = $1", redemption_id, reward_id)


async def by_id(reader: Reader, community_id: int, redemption_id: int) -> RedemptionRecord | None:
    """A redemption of a community, or None."""
    row = await reader.find(
        f"SELECT {COLUMNS} FROM redemption WHERE community_id = $1 AND id = $2", community_id, redemption_id
    )
    return None if row is None else redemption_record(row)


async def by_external_id(
    reader: Reader, community_id: int, channel_id: int, external_id: str
) -> RedemptionRecord | None:
    """A redemption by the platform's own id, or None."""
    row = await reader.find(
        f"SELECT {COLUMNS} FROM redemption WHERE community_id = $1 AND channel_id = $2 AND external_id = $3",
        community_id,
        channel_id,
        external_id,
    )
    return None if row is None else redemption_record(row)


async def wanted(reader: Reader, community_id: int, channel_id: int, limit: int) -> list[RedemptionRecord]:
    """The redemptions of a channel of which the platform is still to be told something, oldest first."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM redemption WHERE community_id = $1 AND settling = 'wanted' AND channel_id = $2 "
        "ORDER BY id LIMIT $3",
        community_id,
        channel_id,
        limit,
    )
    return [redemption_record(row) for row in rows]


async def foreign_of(
    reader: Reader, community_id: int, channel_id: int, reward_ref: str, limit: int
) -> list[RedemptionRecord]:
    """The redemptions of a reward that we took for somebody else's."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM redemption WHERE community_id = $1 AND channel_id = $2 AND reward_ref = $3 "
        "AND deed = 'foreign' ORDER BY id LIMIT $4",
        community_id,
        channel_id,
        reward_ref,
        limit,
    )
    return [redemption_record(row) for row in rows]


async def page(
    reader: Reader, community_id: int, before_id: int | None, limit: int, *, only_stuck: bool
) -> Sequence[RedemptionRecord]:
    """The redemptions of a community, newest first, after the last one seen."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM redemption WHERE community_id = $1 AND id < $2 {STUCK if only_stuck else ''} "
        "ORDER BY id DESC LIMIT $3",
        community_id,
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return [redemption_record(row) for row in rows]


async def count(reader: Reader, community_id: int, *, only_stuck: bool) -> int:
    """How many redemptions a community has."""
    [row] = await reader.fetch(
        f"SELECT count(*) AS many FROM redemption WHERE community_id = $1 {STUCK if only_stuck else ''}", community_id
    )
    return int(row["many"])


async def unfinished(reader: Reader, community_id: int, reward_id: int) -> bool:
    """Whether something is still to be done, or to be told, for redemptions of a reward."""
    rows = await reader.fetch(
        "SELECT 1 FROM redemption WHERE community_id = $1 AND reward_id = $2 AND (deed = 'waiting' "
        "OR settling = 'wanted') LIMIT 1",
        community_id,
        reward_id,
    )
    return bool(rows)


async def known_among(reader: Reader, channel_id: int, external_ids: Sequence[str], community_id: int) -> set[str]:
    """Which of the platform's redemptions a community has heard of; for a bounded number of ids."""
    rows = await reader.bulk(
        "SELECT k.external_id FROM r JOIN redemption k ON k.community_id = {p1} AND k.channel_id = {p2} "
        "AND k.external_id = r.external_id",
        {"external_id": ("text", external_ids)},
        community_id,
        channel_id,
    )
    return {row["external_id"] for row in rows}
