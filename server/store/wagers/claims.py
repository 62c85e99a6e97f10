"""Who claims which name of a feed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.wagers import ClaimState, Provider, name_key
from server.ports import Reader, Row, Tx

COLUMNS = (
    "id, provider, name, name_key, platform, external_id, state, verified_for, claimed_at, decided_at, actor, reason"
)
OPEN = "state IN ('claimed', 'verified')"
RIVALS = (
    "SELECT provider, name_key FROM wager_claim WHERE community_id = $1 AND state IN ('claimed', 'verified') "
    "GROUP BY provider, name_key HAVING count(*) > 1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRecord:
    """A claim of whoever has the account (`platform`, `external_id`)."""

    id: int
    provider: Provider
    name: str
    name_key: str
    platform: str
    external_id: str
    state: ClaimState
    verified_for: int | None
    claimed_at: datetime
    decided_at: datetime | None
    actor: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRecord:
    """A verified claim and the account that it is about."""

    claim_id: int
    account_id: int
    provider: Provider
    name: str


def claim_record(row: Row) -> ClaimRecord:
    """A row of `COLUMNS` as a value."""
    return ClaimRecord(
        id=row["id"],
        provider=Provider(row["provider"]),
        name=row["name"],
        name_key=row["name_key"],
        platform=row["platform"],
        external_id=row["external_id"],
        state=ClaimState(row["state"]),
        verified_for=row["verified_for"],
        claimed_at=instant_of(row["claimed_at"]),
        decided_at=None if row["decided_at"] is None else instant_of(row["decided_at"]),
        actor=row["actor"],
        reason=row["reason"],
    )


async def add(
    tx: Tx, community_id: int, provider: Provider, name: str, claimant: tuple[str, str], now: datetime
) -> ClaimRecord:
    """Keep a new claim."""
    rows = await tx.fetch(
        "INSERT INTO wager_claim (community_id, provider, name_key, name, platform, external_id, state, claimed_at) "
        f"VALUES ($1, $2, $3, $4, $5, $6, 'claimed', $7) RETURNING {COLUMNS}",
        community_id,
        provider.value,
        name_key(name),
        name,
        *claimant,
        micros(now),
    )
    return claim_record(rows[0])


async def by_id(reader: Reader, community_id: int, claim_id: int) -> ClaimRecord | None:
    """A claim of the community, or None."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM wager_claim WHERE community_id = $1 AND id = $2", community_id, claim_id
    )
    return claim_record(rows[0]) if rows else None


async def open_of(reader: Reader, community_id: int, claimant: tuple[str, str], limit: int) -> list[ClaimRecord]:
    """What an account claims, decided for it or not decided yet."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM wager_claim WHERE community_id = $1 AND platform = $2 AND external_id = $3 AND {OPEN} "
        "ORDER BY id LIMIT $4",
        community_id,
        *claimant,
        limit,
    )
    return [claim_record(row) for row in rows]


async def waiting(reader: Reader, community_id: int, provider: Provider, name: str) -> list[ClaimRecord]:
    """The claims of a name that are not decided yet; at most 20."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM wager_claim WHERE community_id = $1 AND provider = $2 AND name_key = $3 "
        "AND state = 'claimed' ORDER BY id LIMIT 20",
        community_id,
        provider.value,
        name_key(name),
    )
    return [claim_record(row) for row in rows]


async def decide(
    tx: Tx, claim_id: int, state: ClaimState, verified_for: int | None, actor: str, reason: str, now: datetime
) -> ClaimRecord:
    """Let a claim be verified, rejected or ended; the claim as it is now."""
    rows = await tx.fetch(
        "UPDATE wager_claim SET state = $2, verified_for = $3, actor = $4, reason = $5, decided_at = $6 "
        f"WHERE id = $1 RETURNING {COLUMNS}",
        claim_id,
        state.value,
        verified_for,
        actor,
        reason,
        micros(now),
    )
    return claim_record(rows[0])


async def holds(reader: Reader, series_id: int) -> bool:
    """Whether somebody's claim of a series is verified."""
    return bool(await reader.fetch("SELECT id FROM wager_claim WHERE verified_for = $1", series_id))


async def verified_among(reader: Reader, community_id: int, account_ids: Collection[int]) -> Sequence[VerifiedRecord]:
    """Those of some accounts that a verified claim is about."""
    rows = await reader.bulk(
        "SELECT c.id, a.id AS account_id, c.provider, c.name FROM r JOIN account a ON a.id = r.account_id "
        "JOIN wager_series s ON s.community_id = {p1} AND s.provider = a.platform AND s.key = a.external_id "
        "JOIN wager_claim c ON c.verified_for = s.id",
        {"account_id": ("bigint", sorted(account_ids))},
        community_id,
    )
    return [
        VerifiedRecord(
            claim_id=row["id"], account_id=row["account_id"], provider=Provider(row["provider"]), name=row["name"]
        )
        for row in rows
    ]


async def page(
    reader: Reader, community_id: int, limit: int, *, before: int = 2**63 - 1, state: ClaimState | None = None
) -> list[ClaimRecord]:
    """The claims, newest first, before an id; of one state or of all."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM wager_claim WHERE community_id = $1 AND id < $2 "
        "AND CAST($3 AS TEXT) IN ('', state) ORDER BY id DESC LIMIT $4",
        community_id,
        before,
        state.value if state else "",
        limit,
    )
    return [claim_record(row) for row in rows]


async def count(reader: Reader, community_id: int, state: ClaimState | None = None) -> int:
    """How many claims there are."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM wager_claim WHERE community_id = $1 AND CAST($2 AS TEXT) IN ('', state)",
        community_id,
        state.value if state else "",
    )
    return int(rows[0]["many"])


async def conflicts(reader: Reader, community_id: int, limit: int) -> list[ClaimRecord]:
    """Open and verified claims of names that several people claim, name by name."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM wager_claim WHERE community_id = $1 AND {OPEN} "
        f"AND (provider, name_key) IN ({RIVALS}) ORDER BY provider, name_key, id LIMIT $2",
        community_id,
        limit,
    )
    return [claim_record(row) for row in rows]
