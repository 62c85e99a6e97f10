"""Keep in mind how it stands with what a platform was asked to send us, and what was missed meanwhile."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from server.domain.audit import Audited
from server.domain.gaps import NewGap, Tellers, fillers, gap_key
from server.domain.subscriptions import Standing, SubscriptionState
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import gaps, subscriptions
from server.store.subscriptions import SubscriptionRecord

SOURCE = "webhook"
LOST, SILENT, UNTOLD = "subscription_lost", "subscription_silent", "untold"
WORKED = frozenset({SubscriptionState.ACTIVE, SubscriptionState.UNLISTED, SubscriptionState.SILENT})


async def keep(
    tx: Tx,
    scope: Scope,
    *,
    channel_id: int,
    standings: Sequence[Standing],
    before: Mapping[str, SubscriptionRecord],
    ordered: Collection[str],
    tellers: Tellers,
) -> Done[int]:
    """Keep what a look at the subscriptions brought; how many kinds stand well.

    What had worked and was gone leaves a gap, from the last sign of it until it was ordered anew.
    """
    known = await gaps.open_keys(tx, channel_id)
    for one in standings:
        loss = _loss(channel_id, one, before.get(one.kind), was_ordered=one.kind in ordered)
        is_well, key = one.state is not SubscriptionState.FAILED, gap_key(SOURCE, LOST, [one.kind])
        if is_well and key in known:
            # Whatever it was that kept it from being ordered: from here on it delivers again.
            await gaps.close_gap(tx, channel_id, key, scope.now, fillers(tellers, known[key].began_at))
        if loss is not None and is_well:
            await gaps.note_past(tx, loss, scope.now, fillers(tellers, loss.began_at))
        elif loss is not None:
            await gaps.open_gap(tx, loss)
    await subscriptions.keep(tx, channel_id, standings, scope.now)
    well = sum(one.state is not SubscriptionState.FAILED for one in standings)
    if not ordered:
        return Done(well)
    after = {"ordered": sorted(ordered), "failed": sorted(one.kind for one in standings if one.state not in WORKED)}
    return Done(well, audit=[Audited(action="subscriptions.order", target=("channel", channel_id), after=after)])


def _loss(channel_id: int, now: Standing, before: SubscriptionRecord | None, *, was_ordered: bool) -> NewGap | None:
    """What was missed of a kind that had worked and was gone, since the last sign of it."""
    if before is None or before.known.state not in WORKED or before.known.state is SubscriptionState.SILENT:
        return None
    if now.state is not SubscriptionState.FAILED and not was_ordered:
        return None
    last_sign = max(filter(None, (before.checked_at, before.known.last_event_at)))
    return NewGap(channel_id=channel_id, source=SOURCE, cause=LOST, kinds=[now.kind], began_at=last_sign)


async def note_fault(tx: Tx, scope: Scope, *, channel_id: int, kinds: Sequence[str], code: str) -> Done[None]:
    """Keep why the platform could not be asked; how it stood before stays."""
    await subscriptions.note_fault(tx, channel_id, kinds, code, scope.now)
    return Done(None)


async def note_silent(
    tx: Tx, scope: Scope, *, channel_id: int, kind: str, cause: str, began_at: datetime
) -> Done[bool]:
    """Keep evidence that events of a kind do not arrive, from an instant on; whether that was news."""
    await subscriptions.mark_silent(tx, channel_id, kind)
    gap = NewGap(channel_id=channel_id, source=SOURCE, cause=cause, kinds=[kind], began_at=began_at)
    if not await gaps.open_gap(tx, gap):
        return Done(result=False)
    after = {"kind": kind, "cause": cause}
    return Done(
        result=True, audit=[Audited(action="subscriptions.silent", target=("channel", channel_id), after=after)]
    )


async def note_heard(
    tx: Tx, scope: Scope, *, heard: Mapping[tuple[int, str], datetime], tellers: Mapping[int, Tellers]
) -> Done[int]:
    """Keep when events came last, by channel and kind; how many gaps that closed.

    A gap closes with an event that came after it began.
    """
    if not heard:
        return Done(0)
    await subscriptions.mark_heard(tx, heard)
    closed = 0
    for channel_id in sorted({channel_id for channel_id, _ in heard}):
        for key, gap in (await gaps.open_keys(tx, channel_id)).items():
            at = heard.get((channel_id, gap.kinds[0])) if gap.source == SOURCE and len(gap.kinds) == 1 else None
            if at is not None and gap.cause in {SILENT, UNTOLD} and at > gap.began_at:
                filled_by = fillers(tellers.get(channel_id, {}), gap.began_at)
                closed += await gaps.close_gap(tx, channel_id, key, at, filled_by) is not None
    return Done(closed)


async def forget_detached(tx: Tx, scope: Scope, *, channel_id: int) -> Done[None]:
    """Forget what was asked for a channel that nobody attaches any more."""
    await subscriptions.forget_detached(tx, channel_id)
    return Done(None)
