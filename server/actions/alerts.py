"""Alert staff of trouble, once for each cause, and say once that it is over."""

from collections.abc import Collection, Sequence

from server.domain.alerts import INSTALLATION, AlertKind, Trouble, cause_of, dead_jobs
from server.domain.audit import Audited, system
from server.domain.panels import PanelProblem, trouble_of
from server.domain.refusals import Refused
from server.events.jobs import JobDied
from server.events.overlays import OverlayCrowded
from server.events.panels import PanelFailed, PanelMended
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import alerts, audit, communities, jobs
from server.store.alerts import AlertRecord
from server.store.jobs import NewJob

BY = system("alerts")


async def settle(tx: Tx, scope: Scope, *, causes: Collection[str], troubles: Sequence[Trouble]) -> Done[int]:
    """Alert of a community's troubles that are new, and end the alerts of some causes; how many changed."""
    raised = await alerts.raise_new(tx, troubles, scope.now)
    ended = await alerts.close(tx, scope.community_id, causes, scope.now)
    await tell(tx, scope, [*ended, *raised])
    return Done(len(raised) + len(ended), audit=[line_of(alert) for alert in (*ended, *raised)])


async def after_died(tx: Tx, scope: Scope, died: Sequence[JobDied]) -> tuple[()]:
    """Alert of jobs that gave up."""
    found = {(one.community_id, one.kind): dead_jobs(one.community_id, one.kind, None) for one in died}
    await alert_of(tx, scope, list(found.values()))
    return ()


async def after_crowded(tx: Tx, scope: Scope, crowded: Sequence[OverlayCrowded]) -> tuple[()]:
    """Alert of overlay keys that are used more often than one streamer uses them."""
    found = [
        Trouble(
            community_id=scope.community_id,
            kind=AlertKind.OVERLAY_CROWDED,
            about=one.overlay,
            title=f"The key of the overlay {one.overlay} is used in too many places",
            detail="More connections than allowed were opened with it; the newest were refused.",
            remedy="Close copies of this browser source that you do not need. If you do not know them, somebody has "
            "seen the key: revoke it, and make a new one.",
        )
        for one in {one.overlay: one for one in crowded}.values()
    ]
    await alert_of(tx, scope, found)
    return ()


async def after_panel_failed(tx: Tx, scope: Scope, failed: Sequence[PanelFailed]) -> tuple[()]:
    """Alert of panels that cannot be shown as they should."""
    community = scope.community_id
    found = [trouble_of(community, one.panel_id, one.kind, PanelProblem(one.problem)) for one in failed]
    await alert_of(tx, scope, found)
    return ()


async def after_panel_mended(tx: Tx, scope: Scope, mended: Sequence[PanelMended]) -> tuple[()]:
    """Say that panels are as they should be again."""
    causes = {cause_of(AlertKind.PANEL_FAILED, str(one.panel_id)) for one in mended}
    ended = await alerts.close(tx, scope.community_id, causes, scope.now)
    await tell(tx, scope, ended)
    await audit.append(tx, scope.community_id, BY, [line_of(alert) for alert in ended], scope.now)
    return ()


async def alert_of(tx: Tx, scope: Scope, troubles: Sequence[Trouble]) -> None:
    """Alert of troubles of any communities that are new, as a consequence of something else."""
    raised = await alerts.raise_new(tx, troubles, scope.now)
    await tell(tx, scope, raised)
    for alert in raised:
        await audit.append(tx, alert.community_id, BY, [line_of(alert)], scope.now)


async def acknowledge(tx: Tx, scope: Scope, *, alert_id: int, actor: str) -> Done[AlertRecord]:
    """Note that somebody looks after an open alert, and return it; refuses one that is over, or looked after."""
    found = await alerts.acknowledge(tx, scope.community_id, alert_id, actor, scope.now)
    if found is None:
        raise Refused(
            "alert_not_open",
            "There is no such alert here that is open and that nobody looks after yet.",
            "Look at the list of alerts again.",
        )
    line = Audited(
        action="alerts.acknowledge", target=("alert", found.id), after={"kind": found.kind, "cause": found.cause}
    )
    return Done(found, audit=[line])


async def tell(tx: Tx, scope: Scope, changed: Sequence[AlertRecord]) -> None:
    """Have the Discord client tell the staff, in order, what is wrong or no longer wrong.

    What concerns the whole installation is told to the staff of its only community; where there are several, none of
    them may hear of the others, and the operator looks himself.
    """
    home = await only_community(tx) if any(alert.community_id == INSTALLATION for alert in changed) else None
    wanted = [
        NewJob(
            kind=alerts.TOLD,
            key=alerts.raised_key(alert.id) if alert.closed_at is None else f"alert:{alert.id}:over",
            payload={
                "alert": alert.id,
                "kind": alert.kind,
                "over": alert.closed_at is not None,
                "title": alert.title,
                "detail": alert.detail,
                "remedy": alert.remedy,
                "since": alert.opened_at.isoformat(),
            },
            run_at=scope.now,
            community_id=alert.community_id or home,
            audience="discord",
            order_key=f"alert:{alert.id}",
        )
        for alert in changed
        if alert.community_id or home
    ]
    await jobs.add(tx, wanted, scope.now)


async def only_community(tx: Tx) -> int | None:
    """The installation's community, where it has just one."""
    known = await communities.page(tx, "", 2)
    return known[0].id if len(known) == 1 else None


def line_of(alert: AlertRecord) -> Audited:
    """The line of the audit log for an alert that was raised or is over."""
    is_open = alert.closed_at is None
    told = {"kind": alert.kind, "cause": alert.cause}
    return Audited(
        action="alerts.raise" if is_open else "alerts.close",
        target=("alert", alert.id),
        before=None if is_open else told,
        after=told if is_open else None,
    )
