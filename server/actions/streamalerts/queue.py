"""What happens makes an alert for each overlay, once; what is known better of it later changes what waits."""

from collections.abc import Mapping, Sequence
from typing import Any

from server.actions.streamalerts.joining import Joined, join, joined
from server.domain.streamalerts import (
    JOB,
    Ending,
    NewAlert,
    OpenAlert,
    alert_of,
    alert_of_draw,
    cause_of,
    stand_of,
    with_parts,
)
from server.events.draws import DrawRevealed
from server.events.follows import Followed
from server.events.happening import Happening
from server.events.jobs import JobEnded
from server.events.streamalerts import StreamAlertsChanged
from server.events.tellings import Corrected
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import communities, jobs, linking, streamalerts
from server.store.streamalerts import Stage, key_of
from server.store.tokens import overlay_keys


async def after_happened(tx: Tx, scope: Scope, happened: Sequence[Happening]) -> list[StreamAlertsChanged]:
    """Alerts about what people did; none where no overlay has a good key, and none about who follows again."""
    told = await without_returns(tx, scope, happened)
    return await queued(tx, scope, [one for event in told if (one := alert_of(event)) is not None])


async def without_returns(tx: Tx, scope: Scope, happened: Sequence[Happening]) -> list[Happening]:
    """What happened, but for follows of people who followed that channel before; first follows are kept.

    They are kept where no overlay shows them, too: one that is made later shows nobody's return.
    """
    follows = [one for one in happened if isinstance(one, Followed)]
    first: dict[tuple[int, str], Followed] = {}
    for platform in sorted({one.platform for one in follows}):
        mine = [one for one in follows if one.platform == platform]
        accounts = await linking.accounts_of(tx, platform, [(one.follower, one.told_at) for one in mine])
        for one in mine:
            # Nobody's, and what was told of somebody who was forgotten since, is no news.
            if one.broadcaster.id is not None and one.follower.id is not None and one.follower.id in accounts:
                first.setdefault((accounts[one.follower.id], one.broadcaster.id), one)
    fresh = await streamalerts.add_first_follows(
        tx, scope.community_id, {pair: one.told_at for pair, one in first.items()}
    )
    news = {id(one) for pair, one in first.items() if pair in fresh}
    return [one for one in happened if not isinstance(one, Followed) or id(one) in news]


async def after_revealed(tx: Tx, scope: Scope, drawn: Sequence[DrawRevealed]) -> list[StreamAlertsChanged]:
    """Alerts about who won."""
    return await queued(tx, scope, [one for event in drawn if (one := alert_of_draw(event)) is not None])


async def after_ended(_tx: Tx, _scope: Scope, ended: Sequence[JobEnded]) -> list[StreamAlertsChanged]:
    """Tell that an alert was shown: the next one may begin."""
    overlays = sorted({one.key.rsplit(":", 1)[1] for one in ended if one.kind == JOB})
    return [StreamAlertsChanged(overlay=one) for one in overlays]


async def queued(tx: Tx, scope: Scope, alerts: Sequence[NewAlert]) -> list[StreamAlertsChanged]:
    """Make one alert of each cause for each overlay that has a good key.

    Asked and written is for all overlays together: a community may have many.
    """
    overlays = await overlay_keys.overlays(tx, scope.community_id) if alerts else []
    if not overlays:
        return []
    await communities.lock(tx, scope.community_id)
    stages = await streamalerts.stages(tx, scope.community_id)
    opened = await streamalerts.opened(tx, scope.community_id, overlays)
    known = await streamalerts.known(
        tx, [key_of(one.cause, to, scope.community_id) for one in alerts for to in overlays]
    )
    joining = [
        join(scope, to, stand_of(opened[to], scope.now), stages.get(to, Stage()).rules, alerts, known)
        for to in overlays
    ]
    made = dict(await jobs.added(tx, [job for one in joining for job in one.jobs.values()], scope.now))
    await settle(tx, scope, [joined(one, made, scope.now) for one in joining])
    return [StreamAlertsChanged(overlay=one.overlay) for one in joining if made.keys() & one.kept().keys()]


async def settle(tx: Tx, scope: Scope, after: Sequence[Joined]) -> None:
    """Let what is shown tell of its new parts, and end what is over by what joined.

    Where what is shown was over in that moment, what would have been part of it waits.
    """
    growing = [(one.shown, one.told) for one in after if one.shown is not None and one.parts]
    grown = await streamalerts.rewrite(tx, growing)
    over: dict[int, Ending] = {}
    for one in after:
        over |= one.over
        if one.shown is not None and one.shown.id in grown:
            over |= one.parts
    await streamalerts.end(tx, over, scope.now)


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
    changed = await mended(tx, scope, touched, known)
    worth = await queued(tx, scope, [alert for alert in known.values() if alert is not None])
    return [StreamAlertsChanged(overlay=one) for one in sorted(changed | {event.overlay for event in worth})]


async def mended(tx: Tx, scope: Scope, overlays: Sequence[str], known: Mapping[str, NewAlert | None]) -> frozenset[str]:
    """Bring the alerts of overlays up to date with what is known of their causes; those where something changed."""
    told: list[tuple[OpenAlert, Mapping[str, Any]]] = []
    over, changed = dict[int, Ending](), set[str]()
    stages = await streamalerts.stages(tx, scope.community_id) if overlays else {}
    for overlay, alerts in (await streamalerts.opened(tx, scope.community_id, overlays)).items():
        for one in alerts:
            parts: Mapping[str, int] = one.payload["parts"]
            now = {cause: part for cause, part in parts.items() if cause not in known}
            now |= {cause: alert.amount for cause, alert in known.items() if alert is not None and cause in parts}
            if now == parts and not named_anew(one, known):
                continue
            changed.add(overlay)
            better = with_parts({**one.payload, **person_of(one, known)}, now)
            if not now:
                over[one.id] = Ending.UNDONE
            elif one.waits(scope.now) and not stages.get(overlay, Stage()).rules[one.kind].wants(better["amount"]):
                over[one.id] = Ending.UNWANTED
            else:
                told.append((one, better))
    await streamalerts.rewrite(tx, told)
    await streamalerts.end(tx, over, scope.now)
    return frozenset(changed)


def named_anew(one: OpenAlert, known: Mapping[str, NewAlert | None]) -> bool:
    """Whether it is known better now who an alert is about."""
    return any(one.payload[name] != value for name, value in person_of(one, known).items())


def person_of(one: OpenAlert, known: Mapping[str, NewAlert | None]) -> Mapping[str, str | None]:
    """Whom an alert is about by what is known now."""
    found = next((alert for cause in one.payload["parts"] if (alert := known.get(cause)) is not None), None)
    return {} if found is None else {"platformId": found.platform_id, "name": found.name}
