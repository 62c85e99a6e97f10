"""Jobs of clients: told of, leased and acknowledged; and dead ones, for staff."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from server.actions import jobs as actions
from server.auth.actors import Actor
from server.domain.jobs import Outcome, Served, lease_lost
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.publish import topics
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, Own, once
from server.schema.ids import id_of, number_of
from server.schema.jobs import (
    AcknowledgeJobInput,
    AcknowledgeJobResult,
    ClientJob,
    DeadJob,
    JobAcknowledged,
    JobAudience,
    JobCommunity,
    JobRetried,
    JobsLeased,
    JobState,
    JobsWaiting,
    LeaseJobsInput,
    LeaseJobsResult,
    LinkLoggedJob,
    LinkOutcome,
    LinkToldJob,
    OtherJob,
    RetryJobInput,
    RetryJobResult,
    SlotCalledJob,
    StaffAlertJob,
    StreamLiveJob,
)
from server.schema.linking import Platform
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.policies import SERVES, Denied, admit, needs
from server.schema.scalars import printable
from server.store import communities, guilds, job_records, jobs
from server.store.job_records import JobRecord, Waiting
from server.store.jobs import LeasedJob

NEWEST_DEAD = Order("dead_job", int)
PAUSE_S = 0.25
"""Between two hints to one subscriber; what happens meanwhile is in the next one."""

REPEATED_EVERY_S = 10.0
"""A hint may be lost on the way; while jobs wait it is given again."""

SITES = {"kick": "https://kick.com", "twitch": "https://www.twitch.tv"}
"""Where the channels of a platform are watched, each under its slug."""

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobReads:
    """What a community is asked about its jobs."""

    context: Context
    community_id: int

    async def dead(self, first: int, after: str | None) -> Connection[DeadJob]:
        """The dead ones, newest first."""
        await self.context.admit_in(self.community_id, Capability.ALERTS_READ)
        key, reader = NEWEST_DEAD.key(after), self.context.reader
        before = None if key is None else key[0]
        rows = await job_records.dead_page(reader, self.community_id, before, checked_first(first) + 1)
        return page_of(
            rows,
            first,
            node=dead_noun,
            cursor=lambda row: NEWEST_DEAD.cursor(row.id),
            count=partial(job_records.dead_count, reader, self.community_id),
        )


def dead_noun(record: JobRecord) -> DeadJob:
    """A dead job as the graph shows it."""
    return DeadJob(
        id=id_of("job", record.id),
        kind=record.kind,
        audience=JobAudience(record.audience),
        attempts=record.attempts,
        error=record.error,
        created_at=record.created_at,
        died_at=record.settled_at,
    )


async def served_by(context: Context, actor: Actor) -> Served:
    """The jobs that a client may have: the bot's of its communities, or those of one overlay.

    A bot whose key lists Discord servers serves the communities that these are bound to.
    """
    if actor.kind == "overlay":
        return Served(
            audience="overlay",
            communities=frozenset() if actor.community_id is None else frozenset({actor.community_id}),
            overlay=actor.overlay or "",
        )
    if actor.community_id is not None:
        return Served(audience="discord", communities=frozenset({actor.community_id}))
    if not actor.guilds:
        return Served(audience="discord")
    bound = await guilds.communities_of(context.reader, actor.guilds)
    return Served(audience="discord", communities=frozenset(bound.values()))


async def jobs_waiting(
    info: Info, audience: Annotated[JobAudience, strawberry.argument(description="Whose jobs; your own.")]
) -> AsyncGenerator[JobsWaiting, None]:
    """Tell how many jobs wait, now and whenever that is another number."""
    context = info.context
    admit(context.actor, SERVES)
    served = await served_by(context, context.signed_in)
    if served.audience != audience.value:
        raise Denied("forbidden", "Those jobs are not for you.", f"Ask for {served.audience.upper()}.")
    return hints(context, served)


async def hints(context: Context, served: Served) -> AsyncGenerator[JobsWaiting, None]:
    """How much waits, after every change of it, at most four times a second."""
    clock = context.services.clock
    last: Waiting | None = None
    told_s = clock.monotonic()
    async with aclosing(context.services.bus.listen(topics.jobs())) as wakes:
        async for _ in wakes:
            now = clock.now()
            waiting = await job_records.waiting(context.reader, served, now)
            is_due = bool(waiting.count) and clock.monotonic() - told_s >= REPEATED_EVERY_S
            if waiting != last or is_due:
                last, told_s = waiting, clock.monotonic()
                yield JobsWaiting(
                    audience=JobAudience(served.audience), count=waiting.count, since=waiting.since, at=now
                )
                await asyncio.sleep(PAUSE_S)


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
            tx, scope, served=served, limit=given.limit, lease_s=given.lease_seconds, holder=holder
        )
        fresh = done.result
        return done.giving({"leases": {str(job.id): job.lease for job in done.result}})

    place = None if actor.community_id is None else Own(actor.community_id)
    kept = await once(context, "leaseJobs", place, given, lease)
    leases = {int(number): lease for number, lease in kept["leases"].items()}
    leased = fresh if fresh is not None else await jobs.still_leased(context.reader, served, leases)
    return JobsLeased(jobs=await job_nouns(context, leased))


async def job_nouns(context: Context, leased: Sequence[LeasedJob]) -> list[ClientJob]:
    """Leased jobs as the graph shows them."""
    known: dict[int, JobCommunity] = {}
    for number in sorted({job.community_id for job in leased if job.community_id is not None}):
        found = await communities.by_id(context.reader, number)
        if found is not None:
            guild = await guilds.of_community(context.reader, number)
            known[number] = JobCommunity(
                id=id_of("community", number),
                slug=found.slug,
                name=found.name,
                guild_id=None if guild is None else guild.external_id,
            )
    return [job_noun(job, known.get(job.community_id or 0)) for job in leased]


def job_noun(job: LeasedJob, community: JobCommunity | None) -> ClientJob:
    """A leased job as the graph shows it."""
    alike: dict[str, Any] = {
        "id": id_of("job", job.id),
        "kind": job.kind,
        "cause": job.key,
        "community": community,
        "created_at": job.created_at,
        "attempts": job.attempts,
        "lease": str(job.lease),
        "lease_until": job.leased_until,
    }
    make = KINDS.get(job.kind)
    return OtherJob(**alike) if make is None else make(alike, job.payload)


def link_result(payload: Payload) -> dict[str, Any]:
    """What became of a link, from a job's payload."""
    return {
        "discord_id": payload["discordId"],
        "outcome": LinkOutcome(payload["outcome"]),
        "platform": Platform(payload["platform"]) if payload["platform"] else None,
        "name": payload["name"] or None,
        "undo_until": None if payload["undoUntil"] is None else datetime.fromisoformat(payload["undoUntil"]),
        "problem": payload["problem"],
    }


def staff_alert(alike: Payload, payload: Payload) -> ClientJob:
    """An alert of the staff."""
    return StaffAlertJob(
        **alike,
        alert_id=id_of("alert", payload["alert"]),
        alert_kind=payload["kind"],
        is_over=payload["over"],
        title=payload["title"],
        detail=payload["detail"],
        remedy=payload["remedy"],
        since=datetime.fromisoformat(payload["since"]),
    )


def stream_live(alike: Payload, payload: Payload) -> ClientJob:
    """A channel that went live."""
    return StreamLiveJob(
        **alike,
        platform=Platform(payload["platform"]),
        platform_id=payload["platformId"],
        channel_name=payload["name"],
        url=f"{SITES[payload['platform']]}/{payload['slug']}" if payload["slug"] else None,
        title=payload["title"],
        category=payload["category"],
        started_at=datetime.fromisoformat(payload["startedAt"]),
    )


def slot_called(alike: Payload, payload: Payload) -> ClientJob:
    """A slot that a viewer called."""
    return SlotCalledJob(
        **alike,
        call_id=id_of("slot_call", payload["call"]),
        title=payload["title"],
        provider=payload["provider"],
        platform=Platform(payload["platform"]),
        name=payload["name"],
        waiting=payload["waiting"],
    )


KINDS: Mapping[str, Callable[[Payload, Payload], ClientJob]] = {
    "link_told": lambda alike, payload: LinkToldJob(**alike, **link_result(payload)),
    "link_logged": lambda alike, payload: LinkLoggedJob(**alike, **link_result(payload)),
    "staff_alert": staff_alert,
    "stream_live": stream_live,
    "slot_called": slot_called,
}


async def acknowledge_job(
    info: Info, given: Annotated[AcknowledgeJobInput, strawberry.argument(name="input", description="How it went.")]
) -> AcknowledgeJobResult:
    """Take note of how a job went."""
    context = info.context
    admit(context.actor, SERVES)
    served, number = await served_by(context, context.signed_in), number_of("job", given.job_id)
    job = await job_records.by_id(context.reader, number)
    if job is None or not given.lease.isdecimal() or not actions.is_served(job, served):
        raise lease_lost()

    async def acknowledge(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.acknowledge(
            tx,
            scope,
            served=served,
            job_id=number,
            lease=int(given.lease),
            outcome=Outcome(given.outcome.value),
            note=printable(given.note),
            chance=context.services.chance,
        )
        retry_at = done.result.retry_at
        return done.giving({"state": done.result.state, "retry_at": retry_at and retry_at.isoformat()})

    place = None if job.community_id is None else Own(job.community_id)
    kept = await once(context, "acknowledgeJob", place, given, acknowledge)
    retry_at = kept["retry_at"] and datetime.fromisoformat(kept["retry_at"])
    return JobAcknowledged(job_id=given.job_id, state=JobState(kept["state"]), retry_at=retry_at)


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
    retry_job: RetryJobResult = strawberry.field(
        resolver=retry_job,
        description="Have a dead job tried again from the start.",
        metadata=needs(Capability.DELIVERIES_REPLAY),
    )


@strawberry.type
class JobSubscriptions:
    """What can be heard of jobs."""

    jobs_waiting: AsyncGenerator[JobsWaiting, None] = strawberry.subscription(
        resolver=jobs_waiting,
        description="How many jobs wait for you: at once, then whenever that changes. It never says what they are.",
        metadata=SERVES,
    )
