"""How new alerts join those of an overlay: each as its kind does. Nothing here asks the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from server.domain.streamalerts import (
    JOB,
    AlertKind,
    Ending,
    KindRules,
    Mode,
    NewAlert,
    OpenAlert,
    Rules,
    Stand,
    folded,
    folds,
    is_newer,
    may_grow,
    stand_of,
)
from server.jobs.unit import Scope
from server.store.jobs import NewJob
from server.store.streamalerts import key_of

NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Joining:
    """What joins the alerts of an overlay, which stood so before, and which of those it ends.

    What is `dropped` has a job, too, as the record of it: whatever is known of it later makes no alert any more.
    """

    overlay: str
    stand: Stand
    jobs: dict[str, NewJob] = field(default_factory=dict[str, NewJob])
    dropped: dict[str, Ending] = field(default_factory=dict[str, Ending])
    over: dict[int, Ending] = field(default_factory=dict[int, Ending])

    def shown(self) -> OpenAlert | None:
        """What is shown, unless what joins ends it."""
        shown = self.stand.shown
        return None if shown is None or shown.id in self.over else shown

    def there(self) -> list[OpenAlert]:
        """What is shown or waits, unless what joins ends it."""
        shown = self.shown()
        return [*(one for one in self.stand.waiting if one.id not in self.over), *([shown] if shown else [])]

    def kept(self) -> dict[str, NewJob]:
        """What joins and is not dropped."""
        return {key: job for key, job in self.jobs.items() if key not in self.dropped}


def join(
    scope: Scope, overlay: str, stand: Stand, rules: Rules, alerts: Sequence[NewAlert], known: Collection[str]
) -> Joining:
    """Have new alerts join those of one overlay, except where there is one of that cause already."""
    joining = Joining(overlay, stand)
    for alert in alerts:
        key, of_kind = key_of(alert.cause, overlay, scope.community_id), rules[alert.kind]
        if key in known or key in joining.jobs or not of_kind.wants(alert.amount):
            continue
        if not is_part(joining, alert, scope.now):
            give_way(joining, alert, key, of_kind.mode)
        joining.jobs[key] = job_of(alert, scope, overlay, of_kind)
    return joining


def is_part(joining: Joining, alert: NewAlert, now: datetime) -> bool:
    """Whether an alert only makes another one bigger: gifts of one giver are one alert in every mode."""
    shown, told = joining.shown(), alert.payload()
    there = [one.payload for one in joining.there() if one is not shown or may_grow(one, now)]
    return any(folds(one, told) for one in (*there, *(job.payload for job in joining.kept().values())))


def give_way(joining: Joining, alert: NewAlert, key: str, mode: Mode) -> None:
    """Have an alert, or those that were there before, give way to the other as the mode wants it."""
    if mode is Mode.IF_IDLE and (joining.there() or joining.kept()):
        joining.dropped[key] = Ending.BUSY
    elif mode is Mode.REPLACE:
        replace_kind(joining, alert, key)


def replace_kind(joining: Joining, alert: NewAlert, key: str) -> None:
    """Have an alert take the place of all of its kind; it is dropped itself where one of those is newer.

    A test takes only the place of tests.
    """

    def yields(told: Mapping[str, Any]) -> bool:
        return told["kind"] == alert.kind and (told["test"] or not alert.is_test)

    there = [one for one in joining.there() if yields(one.payload)]
    coming = {other: job for other, job in joining.kept().items() if yields(job.payload)}
    if any(is_newer(one.payload, alert) for one in (*there, *coming.values())):
        joining.dropped[key] = Ending.REPLACED
    else:
        joining.over.update({one.id: Ending.REPLACED for one in there})
        joining.dropped.update(dict.fromkeys(coming, Ending.REPLACED))


@dataclass(frozen=True, slots=True)
class Joined:
    """What others that joined end of an overlay's alerts, and what the one that is shown tells by its new parts."""

    over: Mapping[int, Ending]
    shown: OpenAlert | None
    told: Mapping[str, Any]
    parts: Mapping[int, Ending]


def joined(joining: Joining, numbers: Mapping[str, int], now: datetime) -> Joined:
    """What becomes of an overlay's alerts once those that join have these numbers, by their keys."""
    new = [waiting(job, numbers[key]) for key, job in joining.kept().items() if key in numbers]
    dropped = {numbers[key]: why for key, why in joining.dropped.items() if key in numbers}
    there = [*joining.there(), *new]
    shown = joining.shown()
    told, parts = gathered(shown, there) if shown is not None and may_grow(shown, now) else (NOTHING, {})
    rest = stand_of([one for one in there if one.id not in parts], now)
    return Joined({**joining.stand.over, **joining.over, **dropped, **rest.over}, shown, told, parts)


def job_of(alert: NewAlert, scope: Scope, overlay: str, rules: KindRules) -> NewJob:
    """The job that an alert is."""
    due_at = min(alert.at, scope.now) + alert.settles
    return NewJob(
        kind=JOB,
        key=key_of(alert.cause, overlay, scope.community_id),
        payload=alert.payload(),
        run_at=due_at,
        community_id=scope.community_id,
        audience="overlay",
        overlay=overlay,
        priority=rules.rank_of(alert.kind),
        expires_at=due_at + timedelta(seconds=rules.fresh_s),
    )


def waiting(job: NewJob, number: int) -> OpenAlert:
    """A job that was just made, as an alert that waits."""
    return OpenAlert(
        id=number,
        cause=job.key,
        payload=job.payload,
        rank=job.priority,
        due_at=job.run_at,
        expires_at=job.expires_at or job.run_at,
        lease=0,
        attempts=0,
    )


def gathered(first: OpenAlert, others: Sequence[OpenAlert]) -> tuple[Mapping[str, Any], dict[int, Ending]]:
    """What an alert tells together with others that are part of it; and those, which are over by that."""
    payload, over = first.payload, dict[int, Ending]()
    for one in sorted(others, key=lambda other: (other.payload["at"], other.id)):
        if one.id != first.id and folds(payload, one.payload):
            payload = folded(payload, one.payload)
            over[one.id] = Ending.FOLDED
    return payload, over


def tried(kind: AlertKind, name: str, amount: int, token: str, now: datetime) -> NewAlert:
    """An alert that tells of nothing and counts nowhere, and is shown at once."""
    test = NewAlert(
        kind=kind, cause=f"test:{token}", platform="kick", platform_id=None, name=name, amount=amount, at=now
    )
    return replace(test, is_test=True, settles=timedelta(0))
