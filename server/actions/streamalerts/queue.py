"""What happens makes an alert for each overlay, once; what is known better of it later changes what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from server.domain.streamalerts import (
    JOB,
    JUMP,
    RANKS,
    SETTLES,
    AlertKind,
    Ending,
    KindRules,
    Mode,
    NewAlert,
    OpenAlert,
    alert_of,
    alert_of_draw,
    cause_of,
    folded,
    folds,
    stand_of,
    with_parts,
)
from server.events.draws import DrawRevealed
from server.events.happening import Happening
from server.events.jobs import JobEnded
from server.events.streamalerts import StreamAlertsChanged
from server.events.tellings import Corrected
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import communities, jobs, streamalerts
from server.store.jobs import NewJob
from server.store.streamalerts import Stage, key_of
from server.store.tokens import overlay_keys


async def after_happened(tx: Tx, scope: Scope, happened: Sequence[Happening]) -> list[StreamAlertsChanged]:
    """Alerts about what people did; none where no overlay has a good key."""
    return await queued(tx, scope, [one for event in happened if (one := alert_of(event)) is not None])


async def after_revealed(tx: Tx, scope: Scope, drawn: Sequence[DrawRevealed]) -> list[StreamAlertsChanged]:
    """Alerts about who won."""
    return await queued(tx, scope, [one for event in drawn if (one := alert_of_draw(event, scope.now)) is not None])


async def after_ended(_tx: Tx, _scope: Scope, ended: Sequence[JobEnded]) -> list[StreamAlertsChanged]:
    """Tell that an alert was shown: the next one may begin."""
    overlays = sorted({one.key.rsplit(":", 1)[1] for one in ended if one.kind == JOB})
    return [StreamAlertsChanged(overlay=one) for one in overlays]


async def queued(tx: Tx, scope: Scope, alerts: Sequence[NewAlert]) -> list[StreamAlertsChanged]:
    """Make one alert of each cause for each overlay that has a good key."""
    overlays = await overlay_keys.overlays(tx, scope.community_id) if alerts else []
    if not overlays:
        return []
    await communities.lock(tx, scope.community_id)
    stages = await streamalerts.stages(tx, scope.community_id)
    changed = [one for one in overlays if await join(tx, scope, one, stages.get(one, Stage()), alerts)]
    return [StreamAlertsChanged(overlay=one) for one in changed]


async def join(tx: Tx, scope: Scope, overlay: str, stage: Stage, alerts: Sequence[NewAlert]) -> bool:
    """Have new alerts join those of one overlay, each as its kind does; False where nothing joined."""
    stand = stand_of(await streamalerts.open_alerts(tx, scope.community_id, overlay), scope.now)
    there = [*stand.waiting, *([stand.shown] if stand.shown else [])]
    over, fresh = dict(stand.over), dict[str, NewJob]()
    keys = {alert.cause: key_of(alert.cause, overlay, scope.community_id) for alert in alerts}
    known = await streamalerts.known(tx, list(keys.values()))
    for alert in alerts:
        rules = stage.rules[alert.kind]
        if (
            keys[alert.cause] in known
            or not rules.is_on
            or alert.amount < rules.least
            or (rules.mode is Mode.IF_IDLE and (there or fresh))
        ):
            continue
        if rules.mode is Mode.REPLACE:
            over |= {one.id: Ending.REPLACED for one in there if one.kind is alert.kind}
            fresh = {key: job for key, job in fresh.items() if job.payload["kind"] != alert.kind}
        job = job_of(alert, scope, overlay, rules)
        fresh[job.key] = job
    await streamalerts.end(tx, over, scope.now)
    made = await jobs.add(tx, list(fresh.values()), scope.now) if fresh else 0
    if made and stand.shown and stand.shown.id not in over:
        await grow(tx, scope, overlay, stand.shown)
    await bound(tx, scope, overlay)
    return bool(made)


def job_of(alert: NewAlert, scope: Scope, overlay: str, rules: KindRules) -> NewJob:
    """The job that an alert is; one that is only tried out is shown at once."""
    due_at = scope.now if alert.is_test else min(alert.at, scope.now) + SETTLES
    return NewJob(
        kind=JOB,
        key=key_of(alert.cause, overlay, scope.community_id),
        payload=alert.payload(),
        run_at=due_at,
        community_id=scope.community_id,
        audience="overlay",
        overlay=overlay,
        priority=RANKS[alert.kind] + (JUMP if rules.mode is Mode.FIRST else 0),
        expires_at=due_at + timedelta(seconds=rules.fresh_s),
    )


async def grow(tx: Tx, scope: Scope, overlay: str, shown: OpenAlert) -> None:
    """Let the alert that is shown tell also what has joined and is part of it."""
    stand = stand_of(await streamalerts.open_alerts(tx, scope.community_id, overlay), scope.now)
    payload, over = gathered(shown, stand.waiting)
    if over:
        await streamalerts.rewrite(tx, shown, payload)
        await streamalerts.end(tx, over, scope.now)


def gathered(first: OpenAlert, waiting: Sequence[OpenAlert]) -> tuple[Mapping[str, object], dict[int, Ending]]:
    """What an alert tells together with those that wait and are part of it; and those, which are over by that."""
    payload, over = first.payload, dict[int, Ending]()
    for one in sorted(waiting, key=lambda other: (other.payload["at"], other.id)):
        if one.id != first.id and folds(payload, one.payload):
            payload = folded(payload, one.payload)
            over[one.id] = Ending.FOLDED
    return payload, over


async def bound(tx: Tx, scope: Scope, overlay: str) -> None:
    """End what is too old, and what is beyond all that may wait."""
    stand = stand_of(await streamalerts.open_alerts(tx, scope.community_id, overlay), scope.now)
    await streamalerts.end(tx, stand.over, scope.now)


async def after_corrected(tx: Tx, scope: Scope, told: Sequence[Corrected]) -> list[StreamAlertsChanged]:
    """Let alerts that are not over tell what is known by now; one about what never was is not shown any more.

    What was not worth an alert may be by now.
    """
    known = {cause_of(one.happening_id): one.now and alert_of(one.now) for one in told if one.happening_id}
    overlays = await overlay_keys.overlays(tx, scope.community_id) if known else []
    if not overlays:
        return []
    await communities.lock(tx, scope.community_id)
    touched = await streamalerts.of_causes(tx, scope.community_id, list(known), overlays)
    changed = [one for one in touched if await mend(tx, scope, one, known)]
    worth = await queued(tx, scope, [alert for alert in known.values() if alert is not None])
    return [StreamAlertsChanged(overlay=one) for one in sorted({*changed, *(event.overlay for event in worth)})]


async def mend(tx: Tx, scope: Scope, overlay: str, known: Mapping[str, NewAlert | None]) -> bool:
    """Bring the alerts of one overlay up to date with what is known of their causes; False where nothing changed."""
    over, changed = dict[int, Ending](), False
    for one in await streamalerts.open_alerts(tx, scope.community_id, overlay):
        parts: Mapping[str, int] = one.payload["parts"]
        now = {cause: part for cause, part in parts.items() if cause not in known}
        now |= {cause: alert.amount for cause, alert in known.items() if alert is not None and cause in parts}
        if now == parts and not named_anew(one, known):
            continue
        changed = True
        if now:
            await streamalerts.rewrite(tx, one, with_parts({**one.payload, **person_of(one, known)}, now))
        else:
            over[one.id] = Ending.UNDONE
    await streamalerts.end(tx, over, scope.now)
    return changed


def named_anew(one: OpenAlert, known: Mapping[str, NewAlert | None]) -> bool:
    """Whether it is known better now who an alert is about."""
    return any(one.payload[name] != value for name, value in person_of(one, known).items())


def person_of(one: OpenAlert, known: Mapping[str, NewAlert | None]) -> Mapping[str, str | None]:
    """Whom an alert is about by what is known now."""
    found = next((alert for cause in one.payload["parts"] if (alert := known.get(cause)) is not None), None)
    return {} if found is None else {"platformId": found.platform_id, "name": found.name}


def tried(kind: AlertKind, name: str, amount: int, token: str, now: datetime) -> NewAlert:
    """An alert that tells of nothing and counts nowhere."""
    test = NewAlert(
        kind=kind, cause=f"test:{token}", platform="kick", platform_id=None, name=name, amount=amount, at=now
    )
    return replace(test, is_test=True)
