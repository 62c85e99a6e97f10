"""The catalogue of slots: imported from CSV or JSON."""

from collections.abc import Sequence

from server.domain.audit import Audited
from server.domain.refusals import Refused
from server.domain.slotcalls.listing import Listed
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities
from server.store.slotcalls import catalogue
from server.store.slotcalls.catalogue import NewSlot

CATALOGUE_MAX = 50_000


async def add_slots(tx: Tx, scope: Scope, *, listed: Sequence[Listed]) -> Done[int]:
    """Add the slots of a list that are not in the catalogue yet; how many. Refuses more than a catalogue holds."""
    await communities.lock(tx, scope.community_id)
    if await catalogue.count(tx, scope.community_id) + len(listed) > CATALOGUE_MAX:
        raise Refused("slot_catalogue_full", f"A catalogue has {CATALOGUE_MAX} slots at most.", "Import fewer.")
    slots = [
        NewSlot(title=one.title, key=one.key, provider=one.provider, provider_key=one.provider_key) for one in listed
    ]
    count = await catalogue.add(tx, scope.community_id, slots, scope.now)
    line = Audited(
        action="slotcalls.import",
        target=("community", scope.community_id),
        after={"listed": len(listed), "added": count},
    )
    return Done(count, audit=[line])


async def clear_slots(tx: Tx, scope: Scope, *, limit: int, reason: str | None) -> Done[int]:
    """Take a bounded number of slots out of the catalogue; how many."""
    count = await catalogue.clear(tx, scope.community_id, limit)
    line = Audited(
        action="slotcalls.clear_catalogue",
        target=("community", scope.community_id),
        after={"removed": count},
        reason=reason,
    )
    return Done(count, audit=[line])
