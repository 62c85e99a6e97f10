"""Renew the tokens of channels and bots before they end: claim, ask the platform, keep what it gave."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Literal

import structlog

from server.actions import credentials as verbs
from server.actions.credentials import Claim, ClearTokens
from server.auth.sealing import Vault
from server.domain.audit import system
from server.domain.refusals import Refused
from server.jobs.unit import Units
from server.ports import Chance, Clock, Ids
from server.ports_platforms import OAuthFault, OAuthProvider, Tokens
from server.store import credentials
from server.store.credentials import CredentialRecord, Owner
from server.store.database import Database

log = structlog.get_logger(__name__)

Outcome = Literal["renewed", "busy", "later", "reauthorise"]

CALL_TIMEOUT_S = 20.0
CLOSE_WITHIN_S = 30.0
SWEEP_MAX = 500
PAGE = 50
AT_ONCE = 8
# An access token this near its end may have ended when the request that bears it arrives.
SPARE = timedelta(seconds=30)
LOOK_EVERY_S = 0.2
LOOKS_MAX = 100
JITTER_BYTES = 4
BY = system("credentials")


class Renewals:
    """Keeps tokens good. A renewal that has begun is carried to its end even when whoever wanted it has gone.

    Cut off after the question, it would lose the answer, and with many platforms the old refresh token is spent then.
    """

    def __init__(
        self,
        database: Database,
        units: Units,
        *,
        vault: Vault,
        providers: Mapping[str, OAuthProvider],
        clock: Clock,
        ids: Ids,
        chance: Chance,
    ) -> None:
        self._database = database
        self._units = units
        self.vault = vault
        self._providers = providers
        self._clock = clock
        self._ids = ids
        self._chance = chance
        self._open: set[asyncio.Task[Outcome]] = set()

    async def sweep(self) -> Counter[Outcome]:
        """Renew what has less than a fifth of its lifetime left, a bounded number at a time; how each ended."""
        ended: Counter[Outcome] = Counter()
        while sum(ended.values()) < SWEEP_MAX:
            now = self._clock.now()
            found = await credentials.due(self._database.reader(), sorted(self._providers), now, PAGE)
            if not found:
                break
            slots = asyncio.Semaphore(AT_ONCE)
            outcomes = await asyncio.gather(*(self._in_turn(slots, one) for one in found), return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome
                ended[outcome] += 1
            if "renewed" not in outcomes:
                break
        if ended:
            log.info("credentials.swept", **ended)
        return ended

    async def access_token(self, owner: Owner) -> str:
        """An access token that is good for half a minute at least, renewed first where it must be.

        Refuses an owner who never allowed anything or must do so again, and one whose platform gives no new token just
        now. Raises Unsealable for tokens that do not open.
        """
        for _ in range(LOOKS_MAX):
            tokens = await verbs.tokens_for_use(self._database.reader(), owner, vault=self.vault)
            if tokens.credential.tokens.expires_at - SPARE > self._clock.now():
                return tokens.access
            outcome = await self.renew(tokens.credential) if self._may_renew(tokens) else "later"
            if outcome == "later":
                break
            if outcome == "busy":
                await asyncio.sleep(LOOK_EVERY_S)
        raise Refused(
            "credential_unavailable",
            f"{owner.provider.title()} gives no new token for this {owner.purpose} at present.",
            "Try again in a few minutes; it is retried by itself.",
        )

    async def renew(self, credential: CredentialRecord) -> Outcome:
        """Renew one credential, unless somebody else is at it or has just done it."""
        task = asyncio.create_task(self._renew(credential))
        self._open.add(task)
        task.add_done_callback(self._settled)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Wait for renewals that have begun, half a minute at most: a call to a platform ends sooner."""
        if self._open:
            await asyncio.wait(self._open, timeout=CLOSE_WITHIN_S)

    def _settled(self, task: asyncio.Task[Outcome]) -> None:
        self._open.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("credential.interrupted", error=type(error).__name__)

    def _may_renew(self, tokens: ClearTokens) -> bool:
        """Whether trying now makes sense: after a failure the next try has its time."""
        stored = tokens.credential.tokens
        is_time = stored.refresh_at is not None and stored.refresh_at <= self._clock.now()
        return is_time and tokens.credential.owner.provider in self._providers

    async def _in_turn(self, slots: asyncio.Semaphore, credential: CredentialRecord) -> Outcome:
        async with slots:
            return await self.renew(credential)

    async def _renew(self, credential: CredentialRecord) -> Outcome:
        community_id, token = credential.owner.community_id, self._ids.token()
        take = partial(verbs.claim, vault=self.vault, credential=credential, token=token)
        claim = await self._units.run(community_id, take, by=BY)
        if claim is None:
            return "busy"
        answer = await self._ask(claim)
        if isinstance(answer, Tokens):
            keep = partial(verbs.renewed, vault=self.vault, claim=claim, refreshed=answer)
            is_ours = await self._units.run(community_id, keep, by=BY)
            return "renewed" if is_ours else "busy"
        jitter = int.from_bytes(self._chance.draw(JITTER_BYTES)) / 2 ** (8 * JITTER_BYTES)
        note = partial(verbs.not_renewed, claim=claim, fault=answer, jitter=jitter)
        reason = await self._units.run(community_id, note, by=BY)
        self._tell(credential, reason, answer)
        return "reauthorise" if answer.kind == "invalid_grant" else "later"

    async def _ask(self, claim: Claim) -> Tokens | OAuthFault:
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                return await self._providers[claim.credential.owner.provider].refresh(claim.refresh_token)
        except TimeoutError:
            return OAuthFault(kind="unavailable", message="There was no answer in time.")

    def _tell(self, credential: CredentialRecord, reason: str, fault: OAuthFault) -> None:
        log.warning(
            "credential.not_renewed",
            credential=credential.id,
            provider=credential.owner.provider,
            purpose=credential.owner.purpose,
            reason=reason,
            reauthorise=fault.kind == "invalid_grant",
        )
