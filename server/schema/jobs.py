"""Jobs: what clients carry out for the server, and what gave up."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.linking import Platform
from server.schema.names import PUBLIC_NAME
from server.schema.pagination import Connection
from server.schema.policies import SERVES, needs
from server.schema.problems import Refused
from server.schema.roles import RoleChangeReason

ALERTS = needs(Capability.ALERTS_READ)
REPLAY = needs(Capability.DELIVERIES_REPLAY)


@strawberry.enum(description="Who carries a job out.")
class JobAudience(Enum):
    """An audience."""

    SERVER = strawberry.enum_value("server", description="The server itself; it hands these to nobody.")
    DISCORD = strawberry.enum_value("discord", description="The Discord bot.")
    OVERLAY = strawberry.enum_value("overlay", description="One overlay of a community.")


@strawberry.enum(description="How a job ended, as its client says.")
class JobOutcome(Enum):
    """An outcome."""

    DONE = strawberry.enum_value("done", description="It is done.")
    FAILED = strawberry.enum_value(
        "failed", description="It is not done, and is to be tried again after a pause; after the last try it is dead."
    )
    GONE = strawberry.enum_value(
        "gone", description="There is nothing left to do it to, such as a person who left; nobody tries again."
    )


@strawberry.enum(description="What a job is after it was acknowledged.")
class JobState(Enum):
    """A state."""

    DONE = strawberry.enum_value("done", description="It is over.")
    READY = strawberry.enum_value("ready", description="It waits to be tried again.")
    DEAD = strawberry.enum_value("dead", description="It gave up; staff may have it tried again.")


@strawberry.type(description="The community that a job is of.")
class JobCommunity:
    """A community, as far as a client needs to know it."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=SERVES)
    slug: str = strawberry.field(description="Its short name.", metadata=SERVES)
    name: str = strawberry.field(description="Its name.", metadata=SERVES)
    guild_id: str | None = strawberry.field(
        description="Discord's id of the server that is bound to it; null for none.", metadata=SERVES
    )


@strawberry.interface(
    description="Something to be done outside the server, handed to one client at a time. It may be handed out again "
    "when its lease ends without an acknowledgement, so that nothing is forgotten: do it under its `id` as a "
    "nonce, and nothing is done twice either."
)
class ClientJob:
    """What every job has."""

    id: strawberry.ID = strawberry.field(
        description="Opaque id, the same each time it is handed out; the nonce of what you do.", metadata=SERVES
    )
    kind: str = strawberry.field(description="What is to be done, for programs and figures.", metadata=SERVES)
    cause: str = strawberry.field(description="What it was made for; unique among jobs of its kind.", metadata=SERVES)
    community: JobCommunity | None = strawberry.field(
        description="Whose job it is; null for one of the installation.", metadata=SERVES
    )
    created_at: datetime = strawberry.field(description="When its cause happened.", metadata=SERVES)
    attempts: int = strawberry.field(description="How often it was handed out, this time included.", metadata=SERVES)
    lease: str = strawberry.field(description="Proves to acknowledgeJob that it is still yours.", metadata=SERVES)
    lease_until: datetime = strawberry.field(
        description="It is yours until then, and longer as long as nobody else is given it.", metadata=SERVES
    )


@strawberry.enum(description="What became of linking an account.")
class LinkOutcome(Enum):
    """How linking ended."""

    LINKED = strawberry.enum_value("linked", description="The accounts are linked.")
    FAILED = strawberry.enum_value("failed", description="They are not.")


@strawberry.interface(description="What became of a link that a Discord user asked for.")
class LinkResult:
    """What became of a link."""

    discord_id: str = strawberry.field(description="Discord's id of the person.", metadata=SERVES)
    outcome: LinkOutcome = strawberry.field(description="How it ended.", metadata=SERVES)
    account_platform: Platform | None = strawberry.field(
        description="Where the other account lives; null where nobody signed in.", metadata=SERVES
    )
    account_name: str | None = strawberry.field(description="The other account's name, if known.", metadata=SERVES)
    undo_until: datetime | None = strawberry.field(
        description="Until when the person can undo it at no cost; null for a failure.", metadata=SERVES
    )
    problem: str | None = strawberry.field(description="The code of why it failed.", metadata=SERVES)


@strawberry.interface(description="What is posted into a channel of the community's Discord server.")
class DiscordPost:
    """Where a job is posted."""

    channel_id: str | None = strawberry.field(
        description="Discord's id of the channel that was chosen for such posts, as of now; null where nobody chose "
        "one, and where it is not for Discord: then acknowledge it as GONE.",
        metadata=SERVES,
    )


@strawberry.type(description="Tell a person what became of his link.")
class LinkToldJob(ClientJob, LinkResult):
    """Tell him."""


@strawberry.type(description="Write into the community's log of links what became of one.")
class LinkLoggedJob(ClientJob, LinkResult, DiscordPost):
    """Log it."""


@strawberry.type(
    description="Tell the staff of trouble, or that it is over. Both come in order: the end is written into the "
    "message that told of the trouble, or, where that is not there any more, into a new one."
)
class StaffAlertJob(ClientJob, DiscordPost):
    """Alert them."""

    alert_id: strawberry.ID = strawberry.field(description="Which alert.", metadata=SERVES)
    alert_kind: str = strawberry.field(description="What kind of trouble, such as source_dead.", metadata=SERVES)
    is_over: bool = strawberry.field(description="Whether the trouble has ended.", metadata=SERVES)
    title: str = strawberry.field(description="The trouble in one line.", metadata=SERVES)
    detail: str = strawberry.field(description="What was found.", metadata=SERVES)
    remedy: str = strawberry.field(description="What to do about it.", metadata=SERVES)
    since: datetime = strawberry.field(description="When it was first seen.", metadata=SERVES)
    message_id: str | None = strawberry.field(
        description="Of an end, the platform's id of the message that told of the trouble, where it is known.",
        metadata=SERVES,
    )


@strawberry.type(description="Tell that a channel went live: one job per stream, however often its platform says so.")
class StreamLiveJob(ClientJob, DiscordPost):
    """Tell of a stream."""

    platform: Platform = strawberry.field(description="Where the channel lives.", metadata=SERVES)
    platform_id: str = strawberry.field(description="The platform's own id of its owner.", metadata=SERVES)
    channel_name: str = strawberry.field(description="The owner's name.", metadata=SERVES)
    url: str | None = strawberry.field(
        description="Where to watch; null where the channel's address was not told yet.", metadata=SERVES
    )
    title: str = strawberry.field(description="The stream's title; may be empty.", metadata=SERVES)
    category: str | None = strawberry.field(description="Its category as last told, if ever.", metadata=SERVES)
    started_at: datetime = strawberry.field(description="When it began.", metadata=SERVES)


@strawberry.type(description="Tell that a viewer called a slot.")
class SlotCalledJob(ClientJob, DiscordPost):
    """Post the call."""

    call_id: strawberry.ID = strawberry.field(description="Which call.", metadata=SERVES)
    title: str = strawberry.field(description="The slot.", metadata=SERVES)
    slot_provider: str | None = strawberry.field(description="Who makes it, where that is known.", metadata=SERVES)
    caller_platform: Platform = strawberry.field(description="Where whoever called has his account.", metadata=SERVES)
    caller_name: str = strawberry.field(description="His name there.", metadata=SERVES)
    public_name: str = strawberry.field(description=PUBLIC_NAME, metadata=SERVES)
    waiting: int = strawberry.field(description="How many calls waited then, this one included.", metadata=SERVES)


@strawberry.type(description="Give a person the role of a verified wager account, or take it; in order for a person.")
class WagerRoleJob(ClientJob):
    """Give or take a role."""

    discord_id: str = strawberry.field(description="Discord's id of the person.", metadata=SERVES)
    provider: Platform = strawberry.field(description="Where the account is.", metadata=SERVES)
    name: str = strawberry.field(description="The account's name there.", metadata=SERVES)
    role: str = strawberry.field(description="What the role is called, such as Shuffle Code User.", metadata=SERVES)
    is_given: bool = strawberry.field(description="Whether to give it; otherwise take it.", metadata=SERVES)


@strawberry.type(
    description="Give a person a role that he reached, or take it; in order for a person. Look whether he has it: "
    "a role that is to be given and that he has is acknowledged as DONE with the reference `had`; it is never taken."
)
class RoleChangedJob(ClientJob):
    """Give or take a role."""

    role_guild_id: str = strawberry.field(
        description="Discord's id of the server that the role is of.", metadata=SERVES
    )
    discord_id: str = strawberry.field(description="Discord's id of the person.", metadata=SERVES)
    role_id: str = strawberry.field(description="Discord's id of the role.", metadata=SERVES)
    role: str = strawberry.field(description="What the role is called.", metadata=SERVES)
    is_given: bool = strawberry.field(description="Whether to give it; otherwise take it.", metadata=SERVES)
    role_reason: RoleChangeReason = strawberry.field(description="Why, for Discord's own log.", metadata=SERVES)
    minutes: int | None = strawberry.field(
        description="So many minutes watched it is given for; null for linking.", metadata=SERVES
    )


@strawberry.type(description="A job of a kind that this version does not know; acknowledge it as FAILED.")
class OtherJob(ClientJob):
    """An unknown job."""


JOB_TYPES = (
    LinkToldJob,
    LinkLoggedJob,
    StaffAlertJob,
    StreamLiveJob,
    SlotCalledJob,
    WagerRoleJob,
    RoleChangedJob,
    OtherJob,
)


@strawberry.type(description="How many jobs wait; a hint to lease them, in which the newest counts.")
class JobsWaiting:
    """What waits."""

    audience: JobAudience = strawberry.field(description="For whom.", metadata=SERVES)
    count: int = strawberry.field(description="How many could be leased now, counted up to 1000.", metadata=SERVES)
    since: datetime | None = strawberry.field(
        description="Since when the oldest of them could be; null when none waits.", metadata=SERVES
    )
    at: datetime = strawberry.field(description="When this was so.", metadata=SERVES)


@strawberry.input(description="How many jobs to take, and for how long.")
class LeaseJobsInput:
    """Input of leaseJobs."""

    limit: int = strawberry.field(description="1 to 50; fewer come when fewer wait.")
    lease_seconds: int = strawberry.field(
        default=60, description="5 to 600. What is not acknowledged by then is handed out again."
    )
    starts_anew: bool = strawberry.field(
        default=False,
        description="For a client that has just started: what it leased in a former life, and did not acknowledge, is "
        "handed out again at once. For one that runs once only.",
    )
    idempotency_key: str = strawberry.field(
        description="Yours, one per intention; a repeat gives the same jobs, as far as they are still yours."
    )


@strawberry.type(description="These jobs are yours.")
class JobsLeased:
    """Success of leaseJobs."""

    jobs: list[ClientJob] = strawberry.field(description="The jobs, oldest first.", metadata=SERVES)


LeaseJobsResult = Annotated[
    JobsLeased | Refused, strawberry.union("LeaseJobsResult", description="What became of asking for jobs.")
]


@strawberry.input(description="How a job went.")
class AcknowledgeJobInput:
    """Input of acknowledgeJob."""

    job_id: strawberry.ID = strawberry.field(description="Which job.")
    lease: str = strawberry.field(description="The lease that it was handed to you with.")
    outcome: JobOutcome = strawberry.field(description="How it went.")
    note: str = strawberry.field(
        default="", description="In up to 300 characters what stood in the way, for staff; nothing of people in it."
    )
    reference: str = strawberry.field(
        default="",
        description="The platform's id of the message that you posted, at most 64 characters; of a draw's code it "
        "stands in the public log.",
    )
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The server knows how the job went.")
class JobAcknowledged:
    """Success of acknowledgeJob."""

    job_id: strawberry.ID = strawberry.field(description="Which job.", metadata=SERVES)
    state: JobState = strawberry.field(description="What it is now.", metadata=SERVES)
    retry_at: datetime | None = strawberry.field(
        description="When it is tried again at the earliest; null when it is over.", metadata=SERVES
    )


AcknowledgeJobResult = Annotated[
    JobAcknowledged | Refused,
    strawberry.union("AcknowledgeJobResult", description="What became of saying how a job went."),
]


@strawberry.input(description="How one of several jobs went.")
class JobReport:
    """What is said of a job."""

    job_id: strawberry.ID = strawberry.field(description="Which job.")
    lease: str = strawberry.field(description="The lease that it was handed to you with.")
    outcome: JobOutcome = strawberry.field(description="How it went.")
    note: str = strawberry.field(
        default="", description="In up to 300 characters what stood in the way, for staff; nothing of people in it."
    )
    reference: str = strawberry.field(
        default="",
        description="The platform's id of the message that you posted, at most 64 characters; of a draw's code it "
        "stands in the public log.",
    )


@strawberry.input(description="How several jobs went.")
class AcknowledgeJobsInput:
    """Input of acknowledgeJobs."""

    jobs: list[JobReport] = strawberry.field(description="1 to 50 jobs, also of several communities.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="What the server knows of one of several jobs now.")
class JobAnswer:
    """What became of saying how one of them went."""

    job_id: strawberry.ID = strawberry.field(description="Which job.", metadata=SERVES)
    state: JobState | None = strawberry.field(
        description="What it is now; null where you were refused.", metadata=SERVES
    )
    retry_at: datetime | None = strawberry.field(
        description="When it is tried again at the earliest; null when it is over.", metadata=SERVES
    )
    refused: Refused | None = strawberry.field(
        description="Why nothing changed about this one, such as job_lease_lost; null where all went well.",
        metadata=SERVES,
    )


@strawberry.type(description="The server knows how the jobs went. What was refused of one held up no other.")
class JobsAcknowledged:
    """Success of acknowledgeJobs."""

    jobs: list[JobAnswer] = strawberry.field(description="One answer for each, in your order.", metadata=SERVES)


AcknowledgeJobsResult = Annotated[
    JobsAcknowledged | Refused,
    strawberry.union("AcknowledgeJobsResult", description="What became of saying how several jobs went."),
]


@strawberry.type(description="A job that was tried as often as it may be, and gave up.")
class DeadJob:
    """A dead job."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=ALERTS)
    kind: str = strawberry.field(description="What was to be done.", metadata=ALERTS)
    audience: JobAudience = strawberry.field(description="Who was to do it.", metadata=ALERTS)
    attempts: int = strawberry.field(description="How often it was tried.", metadata=ALERTS)
    error: str | None = strawberry.field(description="What stood in the way at the last try.", metadata=ALERTS)
    created_at: datetime = strawberry.field(description="When its cause happened.", metadata=ALERTS)
    died_at: datetime | None = strawberry.field(description="When it gave up.", metadata=ALERTS)


class JobLoader(Protocol):
    """What a community is asked about its jobs."""

    async def dead(self, first: int, after: str | None) -> Connection[DeadJob]:
        """The dead ones, newest first."""
        ...


@strawberry.input(description="Which dead job to try again.")
class RetryJobInput:
    """Input of retryJob."""

    community_id: strawberry.ID = strawberry.field(description="Whose job.")
    job_id: strawberry.ID = strawberry.field(description="One of deadJobs.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The job is tried again from the start.")
class JobRetried:
    """Success of retryJob."""

    job_id: strawberry.ID = strawberry.field(description="Which job.", metadata=REPLAY)


RetryJobResult = Annotated[
    JobRetried | Refused, strawberry.union("RetryJobResult", description="What became of trying a job again.")
]
