"""Signing in with a platform: begin, come back once, be signed in, leave."""

from datetime import datetime

from server.domain.refusals import Refused
from server.domain.signin import ATTEMPT_LIFETIME, SESSION_LIFETIME, check_return, unknown_state
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import signin
from server.store.signin import Attempt, Flow

NAME_LENGTH_MAX = 100


async def begin(
    tx: Tx,
    scope: Scope,
    *,
    state_digest: str,
    browser_digest: str,
    flow: Flow,
    provider: str,
    subject: str,
    scopes: str,
) -> Done[datetime]:
    """Keep that a browser is on its way to a platform, and return until when it may come back."""
    expires_at = scope.now + ATTEMPT_LIFETIME
    await signin.add_attempt(
        tx,
        Attempt(
            state_digest=state_digest,
            browser_digest=browser_digest,
            flow=flow,
            provider=provider,
            community_id=scope.community_id or None,
            subject=subject,
            scopes=scopes,
            expires_at=expires_at,
        ),
    )
    return Done(expires_at)


async def come_back(
    tx: Tx, scope: Scope, *, state_digest: str, browser_digest: str, provider: str
) -> Done[Attempt | Refused]:
    """End an attempt and return it, or why this return is turned away; either way it can be used no more.

    The refusal is returned and not raised: what was used up stays used up.
    """
    attempt = await signin.take_attempt(tx, state_digest)
    if attempt is None:
        return Done(unknown_state())
    try:
        check_return(
            same_browser=attempt.browser_digest == browser_digest,
            provider=provider,
            expected_provider=attempt.provider,
            expires_at=attempt.expires_at,
            now=scope.now,
        )
    except Refused as refused:
        return Done(refused)
    return Done(attempt)


async def open_session(
    tx: Tx, scope: Scope, *, token_digest: str, platform: str, external_id: str, name: str
) -> Done[datetime]:
    """Keep that a browser is signed in as an account, and return until when."""
    expires_at = scope.now + SESSION_LIFETIME
    await signin.open_session(tx, token_digest, platform, external_id, name[:NAME_LENGTH_MAX], scope.now, expires_at)
    return Done(expires_at)


async def end_session(tx: Tx, scope: Scope, *, token_digest: str) -> Done[bool]:
    """Sign a browser out; False when it was not signed in."""
    return Done(await signin.end_session(tx, token_digest, scope.now))


async def end_sessions(tx: Tx, scope: Scope, *, platform: str, external_id: str) -> Done[int]:
    """Sign every browser of an account out; how many."""
    return Done(await signin.end_sessions_of(tx, platform, external_id, scope.now))
