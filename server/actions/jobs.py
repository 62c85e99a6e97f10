"""Clients lease jobs, carry them out and say how that went; staff has dead ones tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.domain.audit import Audited
from server.domain.jobs import (
    ATTEMPTS_MAX,
    PAUSE_FIRST,
    PAUSE_MAX,
    Outcome,
    Report,
    Served,
    already_ended,
    check_lease,
    check_many,
    check_note,
    check_reference,
    lease_lost,
)
from server.domain.refusals import Refused
from server.events.jobs import JobDied, JobEnded
from server.jobs.pauses import pause
from server.jobs.unit import Done, Scope
from server.ports import Chance, Tx
from server.store import alerts, communities, job_records, jobs, roles
from server.store.job_records import JobRecord
from server.store.jobs import LeasedJob

SILENT = "No client said in time how it went."


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a job is after it was acknowledged, and when it is tried again, where it is."""

    job_id: int
    state: str
    retry_at: datetime | None


async def lease(
    tx: Tx, scope: Scope, *, served: Served, limit: int, lease_s: int, holder: str, starts_anew: bool = False
) -> Done[list[LeasedJob]]:
    """Hand out due jobs, of each community the oldest first and in its turn, each for so many seconds.

    Of whoever `starts_anew` the leases of a former life end now. A job whose last try nobody acknowledged is dead.
    Refuses a limit or a time that makes no sense.
    """
    check_lease(limit, lease_s)
    if starts_anew:
        await jobs.end_leases(tx, served, holder, scope.now)
    died = [
        one
        for one in await job_records.exhausted(tx, served, scope.now, ATTEMPTS_MAX)
        if await jobs.bury(tx, one, SILENT, scope.now)
    ]
    leased = await jobs.lease_due(tx, served, scope.now, timedelta(seconds=lease_s), limit, holder)
    return Done(leased, [death(one) for one in died])


async def acknowledge(tx: Tx, scope: Scope, *, served: Served, report: Report, chance: Chance) -> Done[Settled]:
    """Note how a job went: done, gone (there is nothing left to do it to), or failed and to be tried again.

    The same acknowledgement again gives the same. Refuses one of a job that was handed out again since, or of somebody
    else, and one with another outcome than before.
    """
    check_note(report.note)
    check_reference(report.reference)
    job = await job_records.locked(tx, report.job_id)
    if job is None or job.lease != report.lease or await job_records.by_id(tx, job.id, served) is None:
        raise lease_lost()
    if job.state != "leased":
        if job.outcome is None:
            raise lease_lost()
        if job.outcome != report.outcome:
            raise already_ended()
        return Done(settled(job.id, job.state, job.run_at))
    if report.outcome is not Outcome.FAILED:
        await jobs.finish(tx, job, scope.now, report.outcome, report.note, reference=report.reference)
        return Done(settled(job.id, "done", scope.now), end(job, report))
    if job.attempts >= ATTEMPTS_MAX:
        await jobs.bury(tx, job, report.note, scope.now)
        return Done(settled(job.id, "dead", scope.now), [death(job)])
    retry_at = scope.now + pause(chance, job.attempts, first=PAUSE_FIRST, longest=PAUSE_MAX)
    await jobs.retry_later(tx, job, report.note, retry_at)
    return Done(settled(job.id, "ready", retry_at))


async def acknowledge_all(
    tx: Tx, scope: Scope, *, served: Served, reports: Sequence[Report], chance: Chance
) -> Done[list[Settled | Refused]]:
    """Note how several jobs went, each by itself: what is refused of one holds up no other. In the order given.

    Refuses none, and more than are handed out at once.
    """
    check_many(len(reports))
    answers: dict[int, Settled | Refused] = {}
    events: list[object] = []
    # By number, so that two who acknowledge the same jobs wait for each other in one order.
    for place in sorted(range(len(reports)), key=lambda one: reports[one].job_id):
        try:
            done = await acknowledge(tx, scope, served=served, report=reports[place], chance=chance)
        except Refused as refused:
            answers[place] = refused
        else:
            answers[place] = done.result
            events += done.events
    return Done([answers[place] for place in range(len(reports))], events)


async def retry(tx: Tx, scope: Scope, *, job_id: int) -> Done[int]:
    """Have a dead job of the community tried again from the start, and return it.

    Refuses any other, one about a role reward that is not there any more, and one that tells of trouble that is over.
    """
    # Before the job, as whoever removes a reward does: else one could be given whose reward goes meanwhile.
    await communities.lock(tx, scope.community_id)
    job = await job_records.locked(tx, job_id)
    if job is not None and job.kind == roles.KIND and job.community_id == scope.community_id:
        await check_reward(tx, scope.community_id, job)
    if job is not None and job.kind == alerts.TOLD and job.community_id == scope.community_id:
        await check_alert(tx, job)
    if job is None or job.community_id != scope.community_id or not await job_records.revive(tx, job, scope.now):
        raise Refused("job_not_dead", "There is no such dead job here.", "Choose one of deadJobs.")
    line = Audited(
        action="jobs.retry",
        target=("job", job.id),
        before={"state": "dead"},
        after={"state": "ready", "kind": job.kind},
    )
    return Done(job.id, audit=[line])


async def check_reward(tx: Tx, community_id: int, job: JobRecord) -> None:
    """Refuse to give or take a role whose reward was removed: nobody would take it again, or should miss it."""
    if await roles.by_id(tx, community_id, roles.reward_of(job.key)) is None:
        raise Refused(
            "role_reward_removed",
            "The role reward that this job is about was removed.",
            "Set it up again with /rewards add, or give the role by hand.",
        )


async def check_alert(tx: Tx, job: JobRecord) -> None:
    """Refuse to tell of trouble that is over: its end was told before, and nothing would say so of this message."""
    # Before the look: whoever ends the alert tells of it in the same line, and holds that until he is done.
    await jobs.queue_up(tx, [] if job.line is None else [job.line])
    if await alerts.is_raised_in_vain(tx, job.key):
        raise Refused(
            "alert_over",
            "The trouble that this job tells of is over.",
            "Leave it; the list of alerts says when it began and ended.",
        )


def settled(job_id: int, state: str, run_at: datetime) -> Settled:
    """What is told of a job; only one that waits has an instant at which it is tried again."""
    return Settled(job_id=job_id, state=state, retry_at=run_at if state == "ready" else None)


def end(job: JobRecord, report: Report) -> list[JobEnded]:
    """What is told of a community's job that is over."""
    if job.community_id is None:
        return []
    return [
        JobEnded(
            kind=job.kind,
            key=job.key,
            community_id=job.community_id,
            outcome=report.outcome.value,
            reference=report.reference,
        )
    ]


def death(job: JobRecord) -> JobDied:
    """What is told of a job that gave up."""
    return JobDied(job_id=job.id, kind=job.kind, audience=job.audience, community_id=job.community_id, key=job.key)
