"""Links that were handed to people, and how far they got with them."""

from dataclasses import dataclass
from datetime import datetime

from server.domain.instants import instant_of, micros
from server.domain.proofs import OPEN, Proof, ProofState
from server.ports import Reader, Row, Tx
from server.store.linking import ACCOUNT_COLUMNS, AccountRecord, account_record

OPEN_STATES = ", ".join(f"'{state.value}'" for state in sorted(OPEN))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRecord(Proof):
    """A link that was handed to a Discord user."""

    id: int
    community_id: int
    discord_id: str
    discord_name: str
    guild_name: str
    created_at: datetime
    platform: str | None
    external_id: str | None
    name: str | None
    code_digest: str | None
    problem: str | None
    settled_at: datetime | None


COLUMNS = (
    "id, community_id, discord_id, discord_name, guild_name, created_at, expires_at, state, platform, external_id, "
    "name, browser_digest, code_digest, tries, problem, settled_at"
)


def proof_record(row: Row) -> ProofRecord:
    """A row of `COLUMNS` as a value."""
    return ProofRecord(
        id=row["id"],
        community_id=row["community_id"],
        discord_id=row["discord_id"],
        discord_name=row["discord_name"],
        guild_name=row["guild_name"],
        created_at=instant_of(row["created_at"]),
        expires_at=instant_of(row["expires_at"]),
        state=ProofState(row["state"]),
        platform=row["platform"],
        external_id=row["external_id"],
        name=row["name"],
        browser_digest=row["browser_digest"],
        code_digest=row["code_digest"],
        tries=row["tries"],
        problem=row["problem"],
        settled_at=None if row["settled_at"] is None else instant_of(row["settled_at"]),
    )


async def add(
    tx: Tx,
    community_id: int,
    discord_id: str,
    discord_name: str,
    guild_name: str,
    now: datetime,
    expires_at: datetime,
) -> int:
    """Keep that a link is handed out and return its number."""
    rows = await tx.fetch(
        "INSERT INTO account_proof (community_id, discord_id, discord_name, guild_name, created_at, expires_at, state, "
        "tries) VALUES ($1, $2, $3, $4, $5, $6, 'offered', 0) RETURNING id",
        community_id,
        discord_id,
        discord_name,
        guild_name,
        micros(now),
        micros(expires_at),
    )
    return rows[0]["id"]


async def supersede(tx: Tx, community_id: int, discord_id: str, now: datetime) -> int:
    """End every open link of a person in a community; how many."""
    return await tx.execute(
        "UPDATE account_proof SET state = 'superseded', settled_at = $3 WHERE community_id = $1 AND discord_id = $2 "
        f"AND state IN ({OPEN_STATES})",
        community_id,
        discord_id,
        micros(now),
    )


async def offered_since(reader: Reader, community_id: int, discord_id: str, since: datetime) -> int:
    """How many links were handed to a person in a community lately."""
    rows = await reader.fetch(
        "SELECT count(*) AS many FROM account_proof WHERE community_id = $1 AND discord_id = $2 AND created_at > $3",
        community_id,
        discord_id,
        micros(since),
    )
    return int(rows[0]["many"])


async def by_id(reader: Reader, proof_id: int) -> ProofRecord | None:
    """The link with a number, which is its own community's; or None."""
    row = await reader.find(f"SELECT {COLUMNS} FROM account_proof WHERE id = $1", proof_id)
    return None if row is None else proof_record(row)


async def locked(tx: Tx, proof_id: int) -> ProofRecord | None:
    """The link with a number, which nobody else changes until this unit of work ends; or None."""
    lock = " FOR UPDATE" if tx.dialect == "postgres" else ""
    rows = await tx.fetch(f"SELECT {COLUMNS} FROM account_proof WHERE id = $1{lock}", proof_id)
    return proof_record(rows[0]) if rows else None


async def newest_confirmed(tx: Tx, community_id: int, discord_id: str) -> ProofRecord | None:
    """The link of a person that waits for its code, locked; or None."""
    lock = " FOR UPDATE" if tx.dialect == "postgres" else ""
    rows = await tx.fetch(
        f"SELECT {COLUMNS} FROM account_proof WHERE community_id = $1 AND discord_id = $2 AND state = 'confirmed' "
        f"ORDER BY id DESC LIMIT 1{lock}",
        community_id,
        discord_id,
    )
    return proof_record(rows[0]) if rows else None


async def prove(tx: Tx, proof_id: int, platform: str, external_id: str, name: str, browser_digest: str) -> None:
    """Note which account was signed in with, and in which browser."""
    await tx.execute(
        "UPDATE account_proof SET state = 'proven', platform = $2, external_id = $3, name = $4, browser_digest = $5, "
        "problem = NULL WHERE id = $1",
        proof_id,
        platform,
        external_id,
        name,
        browser_digest,
    )


async def confirm(tx: Tx, proof_id: int, code_digest: str) -> None:
    """Note that the person confirmed in his browser, and what he has to type in Discord."""
    await tx.execute(
        "UPDATE account_proof SET state = 'confirmed', code_digest = $2 WHERE id = $1", proof_id, code_digest
    )


async def count_try(tx: Tx, proof_id: int) -> None:
    """Note a wrong code."""
    await tx.execute("UPDATE account_proof SET tries = tries + 1, problem = 'link_code_wrong' WHERE id = $1", proof_id)


async def note_problem(tx: Tx, proof_id: int, problem: str) -> None:
    """Note what stood in the way, while the link stays good."""
    await tx.execute("UPDATE account_proof SET problem = $2 WHERE id = $1", proof_id, problem)


async def settle(tx: Tx, proof_id: int, state: ProofState, problem: str | None, now: datetime) -> bool:
    """End an open link; False when it has ended already."""
    touched = await tx.execute(
        "UPDATE account_proof SET state = $2, problem = $3, code_digest = NULL, settled_at = $4 "
        f"WHERE id = $1 AND state IN ({OPEN_STATES})",
        proof_id,
        state.value,
        problem,
        micros(now),
    )
    return touched > 0


async def overdue(reader: Reader, now: datetime, limit: int) -> list[ProofRecord]:
    """Open links of all communities that have expired, oldest first."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM account_proof WHERE state IN ({OPEN_STATES}) AND expires_at <= $1 "
        "ORDER BY expires_at, id LIMIT $2",
        micros(now),
        limit,
    )
    return [proof_record(row) for row in rows]


async def page(reader: Reader, community_id: int, before_id: int | None, limit: int) -> list[ProofRecord]:
    """The links of a community, newest first, after the last one seen."""
    rows = await reader.fetch(
        f"SELECT {COLUMNS} FROM account_proof WHERE community_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        community_id,
        2**63 - 1 if before_id is None else before_id,
        limit,
    )
    return [proof_record(row) for row in rows]


async def count(reader: Reader, community_id: int) -> int:
    """How many links a community handed out."""
    rows = await reader.fetch("SELECT count(*) AS many FROM account_proof WHERE community_id = $1", community_id)
    return int(rows[0]["many"])


async def proven_elsewhere(
    reader: Reader, community_id: int, holders: frozenset[tuple[str, str]]
) -> list[AccountRecord]:
    """The accounts that a person, known by `holders`, linked himself to these in any other community and not here.

    What somebody proved is his own, wherever it was; he alone is told of it.
    """
    found: dict[int, AccountRecord] = {}
    for platform, external_id in sorted(holders):
        rows = await reader.fetch(
            f"SELECT DISTINCT {ACCOUNT_COLUMNS} FROM account mine "
            "JOIN viewer_account v ON v.account_id = mine.id AND v.community_id <> $1 "
            "JOIN viewer_account o ON o.community_id = v.community_id AND o.viewer_id = v.viewer_id "
            "JOIN account_link l ON l.community_id = o.community_id AND l.account_id = o.account_id "
            "AND l.cause = 'viewer' JOIN account a ON a.id = o.account_id "
            "WHERE mine.platform = $2 AND mine.external_id = $3 AND a.id <> mine.id AND NOT EXISTS ("
            "SELECT 1 FROM account_link h WHERE h.community_id = $1 AND h.account_id = a.id) ORDER BY a.id LIMIT 20",
            community_id,
            platform,
            external_id,
        )
        found |= {row["id"]: account_record(row) for row in rows}
    return list(found.values())
