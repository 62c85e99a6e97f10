"""Clients lease jobs and acknowledge them; staff has dead ones tried again."""

import re
from datetime import datetime
from typing import Annotated

import strawberry

from server.actions import jobs as actions
from server.actions.jobs import Settled
from server.domain.jobs import Outcome, Report, check_many, lease_lost
from server.domain.refusals import Refused
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.publish import topics
from server.resolvers.context import Info
from server.resolvers.idempotency import Kept, Own, once
from server.resolvers.jobs.nouns import job_nouns
from server.resolvers.jobs.waiting import served_by
from server.schema.ids import number_of
from server.schema.jobs import (
    AcknowledgeJobInput,
    AcknowledgeJobResult,
    AcknowledgeJobsInput,
    AcknowledgeJobsResult,
    JobAcknowledged,
    JobAnswer,
    JobReport,
    JobRetried,
    JobsAcknowledged,
    JobsLeased,
    JobState,
    LeaseJobsInput,
    LeaseJobsResult,
    RetryJobInput,
    RetryJobResult,
)
from server.schema.policies import SERVES, admit, needs
from server.schema.problems import Refused as Problem
from server.schema.scalars import printable
from server.store import job_records, jobs
from server.store.jobs import LeasedJob

LEASE = re.compile(r"[0-9]{1,18}", re.ASCII)
NO_LEASE = -1


async def lease_jobs(
    info: Info, given: Annotated[LeaseJobsInput, strawberry.argument(name="input", description="What to take.")]
) -> LeaseJobsResult:
    """Hand out jobs."""
    context = info.context
    admit(context.actor, SERVES)
    actor = context.signed_in
    served, holder = await served_by(context, actor), context.actor_name
    fresh: list[LeasedJob] | None = None

    async def lease(tx: Tx, scope: Scope) -> Done[Kept]:
        nonlocal fresh
        done = await actions.lease(
            tx,
            scope,
            served=served,
            limit=given.limit,
            lease_s=given.lease_seconds,
            holder=holder,
            starts_anew=given.starts_anew,
        )
        fresh = done.result
        return done.giving({"leases": {str(job.id): job.lease for job in done.result}})

    place = None if actor.community_id is None else Own(actor.community_id)
    kept = await once(context, "leaseJobs", place, given, lease)
    leases = {int(number): lease for number, lease in kept["leases"].items()}
    leased = fresh if fresh is not None else await jobs.still_leased(context.reader, served, leases)
    return JobsLeased(jobs=await job_nouns(context, leased))


def report_of(given: AcknowledgeJobInput | JobReport) -> Report:
    """What is said of a job; a lease that is no number is nobody's."""
    return Report(
        job_id=number_of("job", given.job_id),
        lease=int(given.lease) if LEASE.fullmatch(given.lease) else NO_LEASE,
        outcome=Outcome(given.outcome.value),
        note=printable(given.note),
        reference=printable(given.reference),
    )


def kept_answer(settled: Settled | Refused) -> Kept:
    """An answer as JSON values."""
    if isinstance(settled, Refused):
        return {"code": settled.code, "message": settled.message, "remedy": settled.remedy}
    return {"state": settled.state, "retry_at": settled.retry_at and settled.retry_at.isoformat()}


def instant_kept(kept: Kept) -> datetime | None:
    """When a job is tried again, from `kept_answer`."""
    return kept["retry_at"] and datetime.fromisoformat(kept["retry_at"])


async def acknowledge_job(
    info: Info, given: Annotated[AcknowledgeJobInput, strawberry.argument(name="input", description="How it went.")]
) -> AcknowledgeJobResult:
    """Take note of how a job went."""
    context = info.context
    admit(context.actor, SERVES)
    served, report = await served_by(context, context.signed_in), report_of(given)
    job = await job_records.by_id(context.reader, report.job_id, served)
    if job is None:
        raise lease_lost()

    async def acknowledge(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.acknowledge(tx, scope, served=served, report=report, chance=context.services.chance)
        return done.giving(kept_answer(done.result))

    place = None if job.community_id is None else Own(job.community_id)
    kept = await once(context, "acknowledgeJob", place, given, acknowledge)
    return JobAcknowledged(job_id=given.job_id, state=JobState(kept["state"]), retry_at=instant_kept(kept))


async def acknowledge_jobs(
    info: Info, given: Annotated[AcknowledgeJobsInput, strawberry.argument(name="input", description="How they went.")]
) -> AcknowledgeJobsResult:
    """Take note of how several jobs went."""
    context = info.context
    admit(context.actor, SERVES)
    actor = context.signed_in
    check_many(len(given.jobs))
    served, reports = await served_by(context, actor), [report_of(one) for one in given.jobs]

    async def acknowledge(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.acknowledge_all(tx, scope, served=served, reports=reports, chance=context.services.chance)
        return done.giving({"jobs": [kept_answer(one) for one in done.result]})

    place = None if actor.community_id is None else Own(actor.community_id)
    kept = await once(context, "acknowledgeJobs", place, given, acknowledge)
    answers = zip(given.jobs, kept["jobs"], strict=True)
    return JobsAcknowledged(jobs=[answer_noun(one.job_id, told) for one, told in answers])


def answer_noun(job_id: strawberry.ID, kept: Kept) -> JobAnswer:
    """What became of one of several acknowledgements."""
    if "code" in kept:
        return JobAnswer(job_id=job_id, state=None, retry_at=None, refused=Problem(**kept))
    return JobAnswer(job_id=job_id, state=JobState(kept["state"]), retry_at=instant_kept(kept), refused=None)


async def retry_job(
    info: Info, given: Annotated[RetryJobInput, strawberry.argument(name="input", description="Which job.")]
) -> RetryJobResult:
    """Have a dead job tried again."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.DELIVERIES_REPLAY)
    number = number_of("job", given.job_id)

    async def retry(tx: Tx, scope: Scope) -> Done[Kept]:
        return (await actions.retry(tx, scope, job_id=number)).giving({})

    await once(context, "retryJob", place, given, retry)
    context.services.bus.poke(topics.jobs())
    return JobRetried(job_id=given.job_id)


@strawberry.type
class JobMutations:
    """What can be done about jobs."""

    lease_jobs: LeaseJobsResult = strawberry.field(
        resolver=lease_jobs,
        description="Take jobs to carry out, each for a bounded time; of those whose order matters one at a time.",
        metadata=SERVES,
    )
    acknowledge_job: AcknowledgeJobResult = strawberry.field(
        resolver=acknowledge_job,
        description="Say how a job went; the same again gives the same, and a lease that was lost is refused.",
        metadata=SERVES,
    )
    acknowledge_jobs: AcknowledgeJobsResult = strawberry.field(
        resolver=acknowledge_jobs,
        description="Say how up to 50 jobs went, in one change; each is answered by itself, as acknowledgeJob would.",
        metadata=SERVES,
    )
    retry_job: RetryJobResult = strawberry.field(
        resolver=retry_job,
        description="Have a dead job tried again from the start.",
        metadata=needs(Capability.DELIVERIES_REPLAY),
    )
