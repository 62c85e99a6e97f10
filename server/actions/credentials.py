"""Keep what channels and bots allowed us, and renew it without ever losing it or spending it twice.

A renewal is three steps: claim (committed), ask the platform (no transaction), then `renewed` or `not_renewed`. Only
the holder of the claim asks, and a claim ends by itself should its holder die.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from server.auth.sealing import Unsealable, Vault, place_of
from server.domain.audit import Audited
from server.domain.refusals import Refused
from server.jobs.unit import Done, Scope
from server.ports import Reader, Tx
from server.ports_platforms import OAuthFault, Tokens
from server.store import credentials
from server.store.credentials import CredentialRecord, Owner, SealedTokens

CLAIM = timedelta(seconds=60)
"""Longer than a platform may take to answer, so that a claim does not end while its holder still asks."""

RENEW_AT_SHARE_LEFT = 0.2
RETRY_FIRST = timedelta(seconds=15)
RETRY_MAX = timedelta(minutes=15)
DOUBLINGS_MAX = 6
LOOKS_MAX = 5
RETRY_AFTER_MAX = timedelta(hours=1)
"""So long at most is waited because a platform says so: an access token may end meanwhile."""

UNSEALABLE = "unsealable"
INVALID_GRANT = "invalid_grant"
REPLY_LOST = "reply_lost"
"""The platform refuses the refresh token after a try whose end we do not know: probably it had renewed it then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearTokens:
    """Tokens in the clear, for as long as they are at work."""

    credential: CredentialRecord
    access: str = field(repr=False)
    refresh: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to spend a refresh token once."""

    credential: CredentialRecord
    token: str
    refresh_token: str = field(repr=False)


async def store_new(tx: Tx, scope: Scope, *, vault: Vault, owner: Owner, granted: Tokens) -> Done[int]:
    """Keep what somebody has just allowed, in place of what he allowed before; the credential's id."""
    before = await credentials.of(tx, owner)
    tokens = await _sealed(tx, scope.now, vault, owner, granted, granted.refresh_token)
    number = await credentials.put(tx, owner, " ".join(sorted(granted.scopes)), tokens, scope.now)
    line = Audited(
        action="credential.allow",
        target=("credential", f"{owner.provider}:{owner.external_id}"),
        before=None if before is None else {"purpose": owner.purpose, "scopes": sorted(before.scopes.split())},
        after={"purpose": owner.purpose, "scopes": sorted(granted.scopes)},
    )
    return Done(number, audit=[line])


async def tokens_for_use(reader: Reader, owner: Owner, *, vault: Vault) -> ClearTokens:
    """The tokens of an owner; whether they are still good is told by the credential.

    Refuses an owner who never allowed anything, or has to do so again. Raises Unsealable for tokens that do not open.
    """
    for look in range(1, LOOKS_MAX + 1):
        found = await credentials.of(reader, owner)
        if found is None:
            raise Refused(
                "credential_missing",
                f"Nobody has connected this {owner.purpose} of {owner.provider} yet.",
                f"Connect the {owner.purpose} once, signed in as its owner.",
            )
        if found.state == "reauthorise":
            raise Refused(
                "credential_reauthorise",
                f"{owner.provider.title()} no longer accepts what was allowed for this {owner.purpose}.",
                f"Connect the {owner.purpose} again, signed in as its owner. Nothing else is lost.",
            )
        try:
            return await opened(reader, found, vault=vault)
        except Unsealable as fault:
            # A rotation has sealed it anew and dropped the old key between our two looks.
            if fault.reason != "unknown_key" or look == LOOKS_MAX:
                raise
    raise AssertionError  # the loop returns or raises


async def opened(reader: Reader, credential: CredentialRecord, *, vault: Vault) -> ClearTokens:
    """The tokens of a credential in the clear; raises Unsealable."""
    stored, owner = credential.tokens, credential.owner
    access = await vault.open(reader, place_of(owner, "access"), stored.access)
    refresh = None if stored.refresh is None else await vault.open(reader, place_of(owner, "refresh"), stored.refresh)
    return ClearTokens(credential=credential, access=access, refresh=refresh)


async def claim(tx: Tx, scope: Scope, *, vault: Vault, credential: CredentialRecord, token: str) -> Done[Claim | None]:
    """Take the right to spend a refresh token; None when it cannot be had.

    Somebody else has it, the tokens have changed meanwhile, or they do not open, which is noted. Refuses a credential
    that came without a refresh token.
    """
    claimed = await credentials.claim(tx, credential, token, CLAIM, scope.now)
    if claimed is None:
        return Done(None)
    try:
        tokens = await opened(tx, claimed, vault=vault)
    except Unsealable:
        await credentials.fail(tx, claimed, token, UNSEALABLE, scope.now + RETRY_MAX, scope.now)
        return Done(None)
    if tokens.refresh is None:
        raise Refused(
            "credential_not_renewable",
            f"What was allowed for this {credential.owner.purpose} cannot be renewed.",
            f"Connect the {credential.owner.purpose} again, signed in as its owner.",
        )
    return Done(Claim(credential=claimed, token=token, refresh_token=tokens.refresh))


async def renewed(tx: Tx, scope: Scope, *, vault: Vault, claim: Claim, refreshed: Tokens) -> Done[bool]:
    """Keep new tokens in place of those they were given for; False when there are newer ones, which stay."""
    kept = refreshed.refresh_token or claim.refresh_token
    tokens = await _sealed(tx, scope.now, vault, claim.credential.owner, refreshed, kept)
    return Done(await credentials.renew(tx, claim.credential, tokens, scope.now))


async def not_renewed(tx: Tx, scope: Scope, *, claim: Claim, fault: OAuthFault, jitter: float) -> Done[str]:
    """Note why there are no new tokens; the old ones stay whatever it was. The reason that was noted.

    Only `invalid_grant` means that somebody must allow anew, and leaves a line in the audit log; all else is tried
    again later, not before the platform says. `jitter` from 0 to 1 spreads the tries.
    """
    failures = claim.credential.failures
    if fault.kind != "invalid_grant":
        asked = min(timedelta(seconds=fault.retry_after_s or 0), RETRY_AFTER_MAX)
        retry_at = scope.now + max(pause_after(failures, jitter), asked)
        await credentials.fail(tx, claim.credential, claim.token, fault.kind, retry_at, scope.now)
        return Done(fault.kind)
    reason = REPLY_LOST if failures else INVALID_GRANT
    is_noted = await credentials.fail(tx, claim.credential, claim.token, reason, None, scope.now)
    return Done(reason, audit=[lost(claim.credential.owner, reason)] if is_noted else ())


def lost(owner: Owner, reason: str) -> Audited:
    """The line of the audit log that tells that somebody must allow anew."""
    return Audited(
        action="credential.reauthorise",
        target=("credential", f"{owner.provider}:{owner.external_id}"),
        before={"purpose": owner.purpose, "state": "good"},
        after={"purpose": owner.purpose, "state": "reauthorise"},
        reason=reason,
    )


def pause_after(failures: int, jitter: float) -> timedelta:
    """How long to wait after a failure that was preceded by so many: from 7 s up to 15 minutes."""
    pause = min(RETRY_FIRST * 2 ** min(failures, DOUBLINGS_MAX), RETRY_MAX)
    return pause * (0.5 + 0.5 * jitter)


async def _sealed(
    tx: Tx, now: datetime, vault: Vault, owner: Owner, granted: Tokens, refresh_token: str | None
) -> SealedTokens:
    key = await vault.sealing_key(tx, now)
    lifetime = timedelta(seconds=granted.expires_in_s)
    expires_at = now + lifetime
    return SealedTokens(
        data_key_id=key.id,
        access=key.seal(place_of(owner, "access"), granted.access_token),
        refresh=None if refresh_token is None else key.seal(place_of(owner, "refresh"), refresh_token),
        expires_at=expires_at,
        refresh_at=None if refresh_token is None else expires_at - lifetime * RENEW_AT_SHARE_LEFT,
    )
