"""Attempts to sign in, and signed-in browsers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.domain.instants import instant_of, micros
from server.ports import Reader, Tx

Flow = Literal["session", "channel", "link"]
"""What a sign-in is for: one that was begun for one thing is never good for another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A browser's way to a platform and back. `subject` says for what exactly, in the words of the flow."""

    state_digest: str
    browser_digest: str
    flow: Flow
    provider: str
    community_id: int | None
    subject: str
    scopes: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A browser that is signed in."""

    id: int
    platform: str
    external_id: str
    name: str
    created_at: datetime
    expires_at: datetime


async def add_attempt(tx: Tx, attempt: Attempt) -> None:
    """Keep an attempt until the browser comes back."""
    await tx.execute(
        "INSERT INTO sign_in_attempt (state_digest, browser_digest, flow, provider, community_id, subject, scopes, "
        "expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        attempt.state_digest,
        attempt.browser_digest,
        attempt.flow,
        attempt.provider,
        attempt.community_id,
        attempt.subject,
        attempt.scopes,
        micros(attempt.expires_at),
    )


async def take_attempt(tx: Tx, state_digest: str) -> Attempt | None:
    """The attempt that a state belongs to, which is gone from now on; None when there is none, or no more."""
    rows = await tx.fetch(
        "DELETE FROM sign_in_attempt WHERE state_digest = $1 "
        "RETURNING state_digest, browser_digest, flow, provider, community_id, subject, scopes, expires_at",
        state_digest,
    )
    if not rows:
        return None
    [row] = rows
    return Attempt(
        state_digest=row["state_digest"],
        browser_digest=row["browser_digest"],
        flow=row["flow"],
        provider=row["provider"],
        community_id=row["community_id"],
        subject=row["subject"],
        scopes=row["scopes"],
        expires_at=instant_of(row["expires_at"]),
    )


async def open_session(
    tx: Tx, token_digest: str, platform: str, external_id: str, name: str, now: datetime, expires_at: datetime
) -> int:
    """Keep that a browser is signed in and return the session's id."""
    rows = await tx.fetch(
        "INSERT INTO web_session (token_digest, platform, external_id, name, created_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        token_digest,
        platform,
        external_id,
        name,
        micros(now),
        micros(expires_at),
    )
    return rows[0]["id"]


async def session_of(reader: Reader, token_digest: str, now: datetime) -> SessionRecord | None:
    """The session that a cookie belongs to, while it lasts."""
    row = await reader.find(
        "SELECT id, platform, external_id, name, created_at, expires_at FROM web_session "
        "WHERE token_digest = $1 AND ended_at IS NULL AND expires_at > $2",
        token_digest,
        micros(now),
    )
    if row is None:
        return None
    return SessionRecord(
        id=row["id"],
        platform=row["platform"],
        external_id=row["external_id"],
        name=row["name"],
        created_at=instant_of(row["created_at"]),
        expires_at=instant_of(row["expires_at"]),
    )


async def end_session(tx: Tx, token_digest: str, now: datetime) -> bool:
    """Sign a browser out; False when it was not signed in."""
    touched = await tx.execute(
        "UPDATE web_session SET ended_at = $2 WHERE token_digest = $1 AND ended_at IS NULL", token_digest, micros(now)
    )
    return touched > 0


async def end_sessions_of(tx: Tx, platform: str, external_id: str, now: datetime) -> int:
    """Sign every browser of an account out; how many."""
    return await tx.execute(
        "UPDATE web_session SET ended_at = $3 WHERE platform = $1 AND external_id = $2 AND ended_at IS NULL",
        platform,
        external_id,
        micros(now),
    )


async def forget_attempts_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of attempts that nobody came back from; how many."""
    return await tx.execute(
        "DELETE FROM sign_in_attempt WHERE id IN (SELECT id FROM sign_in_attempt WHERE expires_at < $1 LIMIT $2)",
        micros(instant),
        limit,
    )


async def forget_sessions_before(tx: Tx, instant: datetime, limit: int) -> int:
    """Delete a bounded number of sessions that are over; how many."""
    return await tx.execute(
        "DELETE FROM web_session WHERE id IN (SELECT id FROM web_session WHERE expires_at < $1 LIMIT $2)",
        micros(instant),
        limit,
    )
