"""Keys of overlays: make one, make it good no more."""

from server.domain.audit import Audited
from server.domain.refusals import Refused
from server.domain.tokens import check_name, check_overlay_count
from server.events.overlays import OverlayCrowded
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities
from server.store.tokens import overlay_keys
from server.store.tokens.overlay_keys import OverlayKeyRecord


async def create(tx: Tx, scope: Scope, *, overlay: str, digest: str) -> Done[OverlayKeyRecord]:
    """Let whoever has a secret show an overlay of the community."""
    check_name(overlay)
    await communities.lock(tx, scope.community_id)
    check_overlay_count(await overlay_keys.count(tx, scope.community_id, good=True))
    made = await overlay_keys.add(
        tx, scope.community_id, overlay=overlay, digest=digest, created_by=scope.by.name, now=scope.now
    )
    line = Audited(action="overlays.create_key", target=("overlay_key", made.id), after={"overlay": overlay})
    return Done(made, audit=[line])


async def revoke(tx: Tx, scope: Scope, *, key_id: int) -> Done[OverlayKeyRecord]:
    """Make a key of the community good no more."""
    revoked = await overlay_keys.revoke(tx, scope.community_id, key_id, scope.now)
    if revoked is None:
        raise Refused(
            "overlay_key_unknown",
            "This community has no such overlay key.",
            "Use the `id` of a key in the community's overlayKeys.",
        )
    line = Audited(action="overlays.revoke_key", target=("overlay_key", key_id), before={"overlay": revoked.overlay})
    return Done(revoked, audit=[line])


async def note_crowded(tx: Tx, scope: Scope, *, key_id: int, overlay: str) -> Done[None]:
    """Tell that a key was used in more places at once than it may; whoever reacts to that does."""
    return Done(None, [OverlayCrowded(key_id=key_id, overlay=overlay)])
