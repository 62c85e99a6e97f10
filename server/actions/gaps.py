"""Keep what was missed, and what shows it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from server.domain.gaps import DOWN_AFTER, NewGap, gap_key
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import gaps, subscriptions

LISTENER = "listener"


async def beat(
    tx: Tx, scope: Scope, *, platform: str, kinds: Sequence[str], cause: str, filled_by: Collection[str]
) -> Done[int]:
    """Note that this server listens; how many channels have a gap because nobody did for a while."""
    before = await gaps.beat(tx, LISTENER, scope.now)
    if before is None or scope.now - before < DOWN_AFTER:
        return Done(0)
    missed = await subscriptions.followed(tx, platform)
    for channel in missed:
        gap = NewGap(channel_id=channel.id, source="webhook", cause=cause, kinds=kinds, began_at=before)
        await gaps.note_past(tx, gap, scope.now, filled_by)
    return Done(len(missed))


async def note_state(
    tx: Tx,
    scope: Scope,
    *,
    gap: NewGap,
    is_open: bool,
    ended_at: datetime,
    filled_by: Collection[str] = (),
) -> Done[bool]:
    """Open or close a gap, as the source does not tell us all, or does; whether that changed anything."""
    if is_open:
        return Done(await gaps.open_gap(tx, gap))
    return Done(await gaps.close_gap(tx, gap.channel_id, gap.key, ended_at, filled_by) is not None)


async def close_polls(tx: Tx, scope: Scope, *, channel_ids: Sequence[int], cause: str) -> Done[int]:
    """Note that the platform answers again about these channels; how many gaps that closed."""
    key = gap_key("poll", cause, ["livestream.status.updated"])
    closed = [await gaps.close_gap(tx, channel_id, key, scope.now) for channel_id in channel_ids]
    return Done(sum(one is not None for one in closed))
