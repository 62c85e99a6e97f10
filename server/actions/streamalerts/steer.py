"""Staff steers what an overlay shows: pause, mute, skip, show again, try out, and by which rules."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from server.actions.streamalerts.joining import job_of, tried
from server.domain.audit import Audited, changed
from server.domain.refusals import Refused
from server.domain.streamalerts import (
    AMOUNT_MAX,
    JUMP,
    NAME_LENGTH_MAX,
    RANKS,
    AlertKind,
    Ending,
    KindRules,
    by_rules,
    check_rules,
    stand_of,
)
from server.events.streamalerts import StreamAlertsChanged
from server.jobs.unit import Done, Scope, locked
from server.ports import Tx
from server.store import jobs, streamalerts
from server.store.streamalerts import Stage
from server.store.tokens import overlay_keys


async def steer(
    tx: Tx, scope: Scope, *, overlay: str, is_paused: bool | None = None, is_muted: bool | None = None
) -> Done[None]:
    """Pause or mute an overlay's alerts, or no longer. Refuses an overlay that has no good key."""
    scope, before = await stage_of(tx, scope, overlay)
    after = replace(
        before,
        is_paused=before.is_paused if is_paused is None else is_paused,
        is_muted=before.is_muted if is_muted is None else is_muted,
    )
    await streamalerts.keep(tx, scope.community_id, overlay, after)
    was, now = changed(state_of(before), state_of(after))
    return Done(
        None,
        [StreamAlertsChanged(overlay=overlay)],
        [Audited(action="streamalerts.steer", target=("overlay", overlay), before=was, after=now)],
    )


def state_of(stage: Stage) -> dict[str, str]:
    """Whether an overlay is paused and muted, as the log says it."""
    return {"paused": "yes" if stage.is_paused else "no", "muted": "yes" if stage.is_muted else "no"}


async def set_rules(tx: Tx, scope: Scope, *, overlay: str, kind: AlertKind, wanted: Mapping[str, Any]) -> Done[None]:
    """Change by which rules an overlay shows one kind, also what of it waits already.

    Refuses rules that nothing could be shown by.
    """
    scope, before = await stage_of(tx, scope, overlay)
    rules: KindRules = replace(before.rules[kind], **wanted)
    check_rules(rules)
    after = replace(before, rules={**before.rules, kind: rules})
    await streamalerts.keep(tx, scope.community_id, overlay, after)
    stand = stand_of(await streamalerts.open_alerts(tx, scope.community_id, overlay), scope.now)
    kept, stand = by_rules(stand, kind, rules, scope.now)
    await streamalerts.reorder(tx, kept)
    await streamalerts.end(tx, stand.over, scope.now)
    was, now = changed(logged(before.rules[kind]), logged(rules))
    return Done(
        None,
        [StreamAlertsChanged(overlay=overlay)],
        [
            Audited(
                action="streamalerts.set_rules",
                target=("overlay", overlay),
                before=was,
                after={"kind": kind.value, **now},
            )
        ],
    )


def logged(rules: KindRules) -> dict[str, str | int]:
    """Rules as the log says them."""
    return {**asdict(rules), "is_on": "yes" if rules.is_on else "no", "mode": rules.mode.value}


async def skip(tx: Tx, scope: Scope, *, overlay: str, alert_id: int) -> Done[None]:
    """End an alert that is shown or waits; refuses one that is over, or of another overlay."""
    scope, _ = await stage_of(tx, scope, overlay)
    if alert_id not in {one.id for one in await streamalerts.open_alerts(tx, scope.community_id, overlay)}:
        raise unknown()
    await streamalerts.end(tx, {alert_id: Ending.SKIPPED}, scope.now)
    return Done(
        None, [StreamAlertsChanged(overlay=overlay)], [Audited(action="streamalerts.skip", target=("job", alert_id))]
    )


async def replay(tx: Tx, scope: Scope, *, overlay: str, alert_id: int) -> Done[None]:
    """Have an alert that is over shown once more, soon; refuses one that is not over, or is part of another."""
    scope, _ = await stage_of(tx, scope, overlay)
    fresh = timedelta(seconds=KindRules().fresh_s)
    if not await streamalerts.revive(
        tx, scope.community_id, overlay, alert_id, due_at=scope.now, expires_at=scope.now + fresh
    ):
        raise unknown()
    return Done(
        None, [StreamAlertsChanged(overlay=overlay)], [Audited(action="streamalerts.replay", target=("job", alert_id))]
    )


async def try_out(
    tx: Tx, scope: Scope, *, overlay: str, kind: AlertKind, name: str, amount: int, token: str
) -> Done[None]:
    """Show an alert that tells of nothing, before whatever waits. Refuses an odd name or amount."""
    if not 0 < len(name) <= NAME_LENGTH_MAX:
        raise Refused(
            "stream_alert_test_name", f"A name has 1 to {NAME_LENGTH_MAX} characters.", "Choose another name."
        )
    if not 1 <= amount <= AMOUNT_MAX:
        raise Refused("stream_alert_test_amount", f"An amount is 1 to {AMOUNT_MAX}.", "Choose another amount.")
    scope, stage = await stage_of(tx, scope, overlay)
    rules = stage.rules[kind]
    job = job_of(tried(kind, name, amount, token, scope.now), scope, overlay, rules)
    await jobs.add(tx, [replace(job, priority=RANKS[kind] + JUMP)], scope.now)
    stand = stand_of(await streamalerts.open_alerts(tx, scope.community_id, overlay), scope.now)
    await streamalerts.end(tx, stand.over, scope.now)
    line = Audited(action="streamalerts.test", target=("overlay", overlay), after={"kind": kind.value})
    return Done(None, [StreamAlertsChanged(overlay=overlay)], [line])


async def stage_of(tx: Tx, scope: Scope, overlay: str) -> tuple[Scope, Stage]:
    """How an overlay shows alerts, under the community's lock; refuses one that has no good key."""
    scope = await locked(tx, scope)
    if overlay not in await overlay_keys.overlays(tx, scope.community_id):
        raise overlay_unknown()
    return scope, (await streamalerts.stages(tx, scope.community_id)).get(overlay, Stage())


def overlay_unknown() -> Refused:
    """What somebody is told who names an overlay that has no good key."""
    return Refused(
        "stream_alert_overlay_unknown",
        "This community has no overlay of that name with a good key.",
        "Use the `overlay` of a key in the community's overlayKeys, or make one with createOverlayKey.",
    )


def unknown() -> Refused:
    """What somebody is told who names an alert with which that cannot be done."""
    return Refused(
        "stream_alert_unknown",
        "This overlay has no such alert with which that could be done.",
        "Take one of its streamAlertStage: what is shown or waits is skipped, what is over is shown again.",
    )
