"""Tokens that people make for their programs: make one, make it good no more."""

from server.auth.actors import Actor
from server.auth.capabilities import capabilities_in
from server.domain.audit import Audited, Values
from server.domain.refusals import Refused
from server.domain.staff import Capabilities, Capability, Holder
from server.domain.tokens import check_days, check_title, check_token_count
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store.tokens import api_tokens
from server.store.tokens.api_tokens import ApiTokenRecord


async def create(
    tx: Tx, scope: Scope, *, by: Actor, holder: Holder, name: str, ceiling: Capabilities, days: int, digest: str
) -> Done[ApiTokenRecord]:
    """Let a program act as a person in one community, with these of his capabilities at most."""
    lifetime = check_days(days)
    missing = sorted(ceiling - await capabilities_in(tx, by, scope.community_id))
    if missing:
        raise Refused(
            "capability_not_held",
            f"You cannot hand out what you may not do yourself: {', '.join(missing)}.",
            "Choose among your own capabilities here; `me` lists them.",
        )
    check_token_count(await api_tokens.count_good(tx, holder, scope.now))
    made = await api_tokens.add(
        tx,
        scope.community_id,
        holder=holder,
        name=check_title(name),
        ceiling=ceiling,
        digest=digest,
        expires_at=scope.now + lifetime,
        now=scope.now,
    )
    line = Audited(action="tokens.create", target=("api_token", made.id), after=_told(made))
    return Done(made, audit=[line])


async def revoke(tx: Tx, scope: Scope, *, by: Actor, holders: frozenset[Holder], token_id: int) -> Done[ApiTokenRecord]:
    """Make a token good no more: one's own, or with the capability for that anybody's."""
    known = await api_tokens.find(tx, scope.community_id, token_id)
    is_own = known is not None and known.holder in holders
    mayest = is_own or Capability.TOKENS_MANAGE in await capabilities_in(tx, by, scope.community_id)
    if known is None or not mayest:
        raise Refused(
            "api_token_unknown",
            "There is no such API token that you may revoke.",
            "Use the `id` of a token in myApiTokens; for somebody else's it takes tokens.manage.",
        )
    revoked = await api_tokens.revoke(tx, scope.community_id, token_id, scope.now) or known
    line = Audited(action="tokens.revoke", target=("api_token", token_id), before=_told(known))
    return Done(revoked, audit=[line])


def _told(record: ApiTokenRecord) -> Values:
    return {
        "name": record.name,
        "holder": ":".join(record.holder),
        "capabilities": sorted(record.ceiling),
        "until": record.expires_at.isoformat(),
    }
