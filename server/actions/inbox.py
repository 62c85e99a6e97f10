"""Deliveries: try again what could not be applied."""

from collections.abc import Sequence

from server.domain.audit import Audited
from server.domain.refusals import Refused
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import channels, inbox

REPLAYED_MAX = 100
ORPHANS_AT_ONCE = 1_000


async def replay(tx: Tx, scope: Scope, *, delivery_ids: Sequence[int]) -> Done[list[int]]:
    """Send quarantined deliveries of the community back to the worker and return which ones were in quarantine."""
    if not 1 <= len(delivery_ids) <= REPLAYED_MAX:
        raise Refused(
            "too_many_deliveries",
            f"1 to {REPLAYED_MAX} deliveries are replayed at once.",
            "Send them in smaller groups.",
        )
    replayed = await inbox.replay(tx, scope.community_id, sorted(set(delivery_ids)))
    if not replayed:
        raise Refused(
            "nothing_quarantined",
            "None of these deliveries of this community is in quarantine.",
            "List the quarantined ones and replay those.",
        )
    lines = [
        Audited(
            action="inbox.replay",
            target=("delivery", delivery_id),
            before={"state": "quarantined"},
            after={"state": "received"},
        )
        for delivery_id in replayed
    ]
    return Done(replayed, audit=lines)


async def replay_orphans(tx: Tx, scope: Scope, *, platform: str, external_id: str) -> Done[int]:
    """Deliver a bounded number of orphans of a channel into every community that attached it; how many."""
    found = await channels.ids_of(tx, [(platform, external_id)])
    attached = [await channels.communities_of(tx, channel_id) for channel_id in found.values()]
    if not any(attached):
        raise Refused(
            "channel_not_attached",
            f"No community has attached the {platform} channel {external_id}.",
            "Attach it; what was told of it before is then delivered by itself.",
        )
    adopted = await inbox.adopt_orphans(tx, platform, external_id, ORPHANS_AT_ONCE)
    [channel_id] = found.values()
    line = Audited(action="inbox.replay_orphans", target=("channel", channel_id), after={"orphans": adopted})
    return Done(adopted, audit=[line])
