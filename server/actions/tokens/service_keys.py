"""Keys of services: take one in, make it good no more."""

from server.domain.audit import Audited
from server.domain.refusals import Refused
from server.domain.tokens import check_guilds, check_name, check_service_count
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store.tokens import service_keys
from server.store.tokens.service_keys import ServiceKey, ServiceKind


async def add(
    tx: Tx,
    scope: Scope,
    *,
    kid: str,
    kind: ServiceKind,
    name: str,
    public_key: str,
    guilds: frozenset[str] = frozenset(),
    community_id: int | None = None,
) -> Done[None]:
    """Believe from now on what a service signs with a key."""
    check_name(name)
    guilds = check_guilds(kind, guilds)
    if community_id is not None and kind != "exporter":
        raise Refused(
            "community_not_for_this",
            "Only an exporter's key is for one community.",
            "Name the Discord servers that the bot's key is for instead.",
        )
    check_service_count(await service_keys.count_good(tx))
    await service_keys.add(
        tx,
        kid=kid,
        kind=kind,
        name=name,
        public_key=public_key,
        guilds=guilds,
        community_id=community_id,
        now=scope.now,
    )
    after = {"kind": kind, "name": name, "guilds": sorted(guilds), "community": community_id}
    return Done(None, audit=[Audited(action="services.add_key", target=("service_key", kid), after=after)])


async def rotate(tx: Tx, scope: Scope, *, old: str, kid: str, public_key: str) -> Done[ServiceKey]:
    """Believe another key of a service as well, with what the old one is good for; the old one, which stays good."""
    known = await _known(tx, old)
    if known.revoked_at is not None:
        raise Refused(
            "service_key_revoked", f"The key {old} was revoked.", "Make a new one with: regulars service-key add"
        )
    done = await add(
        tx,
        scope,
        kid=kid,
        kind=known.kind,
        name=known.name,
        public_key=public_key,
        guilds=known.guilds,
        community_id=known.community_id,
    )
    return done.giving(known)


async def revoke(tx: Tx, scope: Scope, *, kid: str) -> Done[bool]:
    """Believe a key no more; False when it was revoked before."""
    known = await _known(tx, kid)
    if not await service_keys.revoke(tx, known.id, scope.now):
        return Done(False)
    before = {"kind": known.kind, "name": known.name}
    return Done(True, audit=[Audited(action="services.revoke_key", target=("service_key", kid), before=before)])


async def _known(tx: Tx, kid: str) -> ServiceKey:
    known = await service_keys.by_kid(tx, kid)
    if known is None:
        raise Refused(
            "service_key_unknown", f"There is no key {kid[:50]!r}.", "See which there are: regulars service-key list"
        )
    return known
