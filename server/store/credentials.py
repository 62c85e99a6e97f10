"""Tokens of connected channels and bots, and who may spend a refresh token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from server.domain.instants import MICROSECOND, instant_of, micros
from server.ports import Reader, Row, Tx
from server.store.database import DATABASE_NOW

Purpose = Literal["channel", "bot", "feed"]
CredentialState = Literal["good", "reauthorise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose tokens: an account on a platform, for a purpose, within a community; 0 is the installation."""

    community_id: int
    provider: str
    external_id: str
    purpose: Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTokens:
    """Tokens as they are stored, how long they are good, and when to renew them: never without a refresh token."""

    data_key_id: str
    access: str
    refresh: str | None
    expires_at: datetime
    refresh_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRecord:
    """What a channel's owner or a bot allowed us; `claimed` while somebody spends the refresh token."""

    id: int
    owner: Owner
    scopes: str
    tokens: SealedTokens
    generation: int
    state: CredentialState
    claimed: bool
    failures: int
    failed_since: datetime | None
    last_error: str | None


COLUMNS = (
    "id, community_id, provider, external_id, purpose, scopes, data_key_id, access_sealed, refresh_sealed, expires_at, "
    "refresh_at, generation, state, failures, failed_since, last_error"
)


def columns(reader: Reader) -> str:
    """What to ask for, with whether a claim holds by the database's clock."""
    return f"{COLUMNS}, (claimed_by IS NOT NULL AND claimed_until > {DATABASE_NOW[reader.dialect]}) AS claimed"


def instant_or_none(value: int | None) -> datetime | None:
    """A stored instant, where there is one."""
    return None if value is None else instant_of(value)


def credential_record(row: Row) -> CredentialRecord:
    """A row of the table as a value."""
    return CredentialRecord(
        id=row["id"],
        owner=Owner(
            community_id=row["community_id"],
            provider=row["provider"],
            external_id=row["external_id"],
            purpose=row["purpose"],
        ),
        scopes=row["scopes"],
        tokens=SealedTokens(
            data_key_id=row["data_key_id"],
            access=row["access_sealed"],
            refresh=row["refresh_sealed"],
            expires_at=instant_of(row["expires_at"]),
            refresh_at=instant_or_none(row["refresh_at"]),
        ),
        generation=row["generation"],
        state=row["state"],
        claimed=bool(row["claimed"]),
        failures=row["failures"],
        failed_since=instant_or_none(row["failed_since"]),
        last_error=row["last_error"],
    )


async def put(tx: Tx, owner: Owner, scopes: str, tokens: SealedTokens, now: datetime) -> int:
    """Store what was just allowed, in place of what was there; its id. A renewal under way comes too late then."""
    rows = await tx.fetch(
        "INSERT INTO credential (community_id, provider, external_id, purpose, scopes, data_key_id, access_sealed, "
        "refresh_sealed, expires_at, refresh_at, generation, state, failures, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, 'good', 0, $11) "
        "ON CONFLICT (community_id, provider, external_id, purpose) DO UPDATE SET scopes = excluded.scopes, "
        "data_key_id = excluded.data_key_id, access_sealed = excluded.access_sealed, "
        "refresh_sealed = excluded.refresh_sealed, expires_at = excluded.expires_at, "
        "refresh_at = excluded.refresh_at, generation = credential.generation + 1, state = 'good', "
        "claimed_by = NULL, claimed_until = NULL, failures = 0, failed_since = NULL, last_error = NULL, "
        "updated_at = excluded.updated_at RETURNING id",
        owner.community_id,
        owner.provider,
        owner.external_id,
        owner.purpose,
        scopes,
        tokens.data_key_id,
        tokens.access,
        tokens.refresh,
        micros(tokens.expires_at),
        None if tokens.refresh_at is None else micros(tokens.refresh_at),
        micros(now),
    )
    return rows[0]["id"]


async def of(reader: Reader, owner: Owner) -> CredentialRecord | None:
    """An owner's credential, or None."""
    rows = await reader.fetch(
        f"SELECT {columns(reader)} FROM credential WHERE community_id = $1 AND provider = $2 AND external_id = $3 "
        "AND purpose = $4",
        owner.community_id,
        owner.provider,
        owner.external_id,
        owner.purpose,
    )
    return credential_record(rows[0]) if rows else None


async def due(reader: Reader, providers: Sequence[str], now: datetime, limit: int) -> list[CredentialRecord]:
    """Credentials of these platforms that should be renewed and are nobody's at present, most urgent first."""
    if not providers:
        return []
    places = ", ".join(f"${3 + n}" for n in range(len(providers)))
    free = f"(claimed_by IS NULL OR claimed_until <= {DATABASE_NOW[reader.dialect]})"
    rows = await reader.fetch(
        f"SELECT {columns(reader)} FROM credential WHERE state = 'good' AND refresh_at <= $1 AND {free} "
        f"AND provider IN ({places}) ORDER BY refresh_at, id LIMIT $2",
        micros(now),
        limit,
        *providers,
    )
    return list(map(credential_record, rows))


async def claim(
    tx: Tx, credential: CredentialRecord, token: str, duration: timedelta, now: datetime
) -> CredentialRecord | None:
    """Let only the holder of `token` spend the refresh token for a while; None when it is somebody else's or changed.

    A claim that ended by itself, because its holder died, counts as a failure: what became of the token is not known.
    """
    clock = DATABASE_NOW[tx.dialect]
    rows = await tx.fetch(
        "UPDATE credential SET failures = failures + CASE WHEN claimed_by IS NULL THEN 0 ELSE 1 END, "
        "failed_since = CASE WHEN claimed_by IS NULL THEN failed_since ELSE COALESCE(failed_since, $6) END, "
        f"claimed_by = $4, claimed_until = {clock} + $5 WHERE community_id = $1 AND id = $2 AND generation = $3 "
        f"AND state = 'good' AND (claimed_by IS NULL OR claimed_until <= {clock}) RETURNING {columns(tx)}",
        credential.owner.community_id,
        credential.id,
        credential.generation,
        token,
        duration // MICROSECOND,
        micros(now),
    )
    return credential_record(rows[0]) if rows else None


async def renew(tx: Tx, credential: CredentialRecord, tokens: SealedTokens, now: datetime) -> bool:
    """Store new tokens as the next generation; False when the credential has changed since it was claimed.

    Whose claim holds does not matter: tokens that a platform has just given are the good ones.
    """
    touched = await tx.execute(
        "UPDATE credential SET data_key_id = $4, access_sealed = $5, refresh_sealed = $6, expires_at = $7, "
        "refresh_at = $8, generation = generation + 1, state = 'good', claimed_by = NULL, claimed_until = NULL, "
        "failures = 0, failed_since = NULL, last_error = NULL, updated_at = $9 "
        "WHERE community_id = $1 AND id = $2 AND generation = $3",
        credential.owner.community_id,
        credential.id,
        credential.generation,
        tokens.data_key_id,
        tokens.access,
        tokens.refresh,
        micros(tokens.expires_at),
        None if tokens.refresh_at is None else micros(tokens.refresh_at),
        micros(now),
    )
    return touched > 0


async def fail(
    tx: Tx, credential: CredentialRecord, token: str, error: str, retry_at: datetime | None, now: datetime
) -> bool:
    """Note why a claimed credential was not renewed, and when to try again; never, and not good, without a time.

    The tokens stay. False when the claim is not its holder's any more.
    """
    touched = await tx.execute(
        "UPDATE credential SET state = $5, refresh_at = $6, failures = failures + 1, "
        "failed_since = COALESCE(failed_since, $7), last_error = $8, claimed_by = NULL, claimed_until = NULL, "
        "updated_at = $7 WHERE community_id = $1 AND id = $2 AND generation = $3 AND claimed_by = $4",
        credential.owner.community_id,
        credential.id,
        credential.generation,
        token,
        "reauthorise" if retry_at is None else "good",
        None if retry_at is None else micros(retry_at),
        micros(now),
        error,
    )
    return touched > 0


async def remove(tx: Tx, owner: Owner) -> bool:
    """Forget what an owner allowed; whether there was anything."""
    return bool(
        await tx.execute(
            "DELETE FROM credential WHERE community_id = $1 AND provider = $2 AND external_id = $3 AND purpose = $4",
            owner.community_id,
            owner.provider,
            owner.external_id,
            owner.purpose,
        )
    )


async def page(reader: Reader, after: int, limit: int) -> list[CredentialRecord]:
    """Some credentials of all communities after an id, for whoever checks that all of them open."""
    rows = await reader.fetch(
        f"SELECT {columns(reader)} FROM credential WHERE id > $1 ORDER BY id LIMIT $2", after, limit
    )
    return list(map(credential_record, rows))


async def sealed_otherwise(tx: Tx, key_id: str, after: int, limit: int) -> list[CredentialRecord]:
    """Some credentials after an id that another data key sealed, locked until this transaction ends."""
    locked = "FOR UPDATE" if tx.dialect == "postgres" else ""
    rows = await tx.fetch(
        f"SELECT {columns(tx)} FROM credential WHERE data_key_id <> $1 AND id > $2 ORDER BY id LIMIT $3 {locked}",
        key_id,
        after,
        limit,
    )
    return list(map(credential_record, rows))


async def reseal(tx: Tx, credential: CredentialRecord, key_id: str, access: str, refresh: str | None) -> None:
    """Store the same tokens under another data key; the generation stays, so a renewal under way is not disturbed."""
    await tx.execute(
        "UPDATE credential SET data_key_id = $3, access_sealed = $4, refresh_sealed = $5 "
        "WHERE community_id = $1 AND id = $2",
        credential.owner.community_id,
        credential.id,
        key_id,
        access,
        refresh,
    )


async def texts_by_key(reader: Reader) -> dict[str, int]:
    """How many sealed texts there are by data key."""
    rows = await reader.fetch(
        "SELECT data_key_id, count(*) + count(refresh_sealed) AS many FROM credential GROUP BY data_key_id"
    )
    return {row["data_key_id"]: int(row["many"]) for row in rows}


async def lost_by_reason(reader: Reader) -> dict[str, int]:
    """How many credentials must be allowed anew, by platform and reason."""
    rows = await reader.fetch(
        "SELECT provider, COALESCE(last_error, 'unknown') AS reason, count(*) AS many FROM credential "
        "WHERE state = 'reauthorise' GROUP BY provider, 2 ORDER BY provider, 2"
    )
    return {f"{row['provider']} {row['reason']}": int(row["many"]) for row in rows}
