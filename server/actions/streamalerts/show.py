"""A copy of an overlay takes the next alert; whoever takes it makes its sound, and all copies show it together."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from server.actions.streamalerts.joining import gathered
from server.domain.refusals import Refused
from server.domain.streamalerts import GRACE, LEAD, OpenAlert, stand_of
from server.events.streamalerts import StreamAlertsChanged
from server.jobs.unit import Done, Scope, locked
from server.ports import Tx
from server.store import streamalerts
from server.store.streamalerts import Stage

COPY = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The alert to be shown now, by its lease, and whether its sound is the caller's."""

    alert_id: int
    lease: int
    is_yours: bool


async def take(tx: Tx, scope: Scope, *, overlay: str, copy: str) -> Done[Taken | None]:
    """Have a copy of an overlay show the next alert; None where none is to be shown.

    While one is shown there is no next: every copy is told that one. What is too old by now is over, and never shown.
    Refuses a copy that does not say which one it is.
    """
    if not COPY.fullmatch(copy):
        raise Refused(
            "stream_alert_copy_unfit",
            "A copy of an overlay is named by 8 to 64 letters, digits, dashes or underscores.",
            "Choose a random name when the page is loaded, and keep it until it is closed.",
        )
    scope = await locked(tx, scope)
    stage = (await streamalerts.stages(tx, scope.community_id)).get(overlay, Stage())
    stand = stand_of(await streamalerts.open_alerts(tx, scope.community_id, overlay), scope.now)
    await streamalerts.end(tx, stand.over, scope.now)
    changed = [StreamAlertsChanged(overlay=overlay)]
    if stand.shown is not None:
        held = stand.shown
        taken = Taken(alert_id=held.id, lease=held.lease, is_yours=held.holder == copy)
        return Done(taken, changed if stand.over else [])
    due = [one for one in stand.waiting if one.due_at <= scope.now]
    if stage.is_paused or not due:
        return Done(None, changed if stand.over else [])
    return Done(await begin(tx, scope, stage, due[0], stand.waiting, copy), changed)


async def begin(
    tx: Tx, scope: Scope, stage: Stage, first: OpenAlert, waiting: Sequence[OpenAlert], copy: str
) -> Taken | None:
    """Show an alert, with all that is part of it, so long as its kind is shown; None where it is over by now."""
    payload, over = gathered(first, waiting)
    starts_at = scope.now + LEAD
    ends_at = starts_at + timedelta(seconds=stage.rules[first.kind].duration_s)
    shown = {**payload, "startsAt": starts_at.isoformat(), "endsAt": ends_at.isoformat()}
    if not await streamalerts.show(tx, first, holder=copy, until=ends_at + GRACE, payload=shown):
        return None
    await streamalerts.end(tx, over, scope.now)
    return Taken(alert_id=first.id, lease=first.lease + 1, is_yours=True)
