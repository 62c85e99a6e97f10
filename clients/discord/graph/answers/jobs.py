"""The answers to the operations of jobs."""

from typing import TypedDict


class JobCommunity(TypedDict):
    """The community that a job is of."""

    id: str
    name: str
    guildId: str | None


class OtherJob(TypedDict):
    """What every job has, and all that is known of one of an unknown kind; `type` is the type's name in the graph."""

    type: str
    id: str
    lease: str
    community: JobCommunity | None


class LinkToldJob(OtherJob):
    """Tell a person what became of his link."""

    discordId: str
    outcome: str
    accountPlatform: str | None
    accountName: str | None
    undoUntil: str | None
    problem: str | None


class LinkLoggedJob(LinkToldJob):
    """Write into the community's log what became of a link."""

    channelId: str | None


class StaffAlertJob(OtherJob):
    """Tell the staff of trouble, or that it is over."""

    channelId: str | None
    title: str
    isOver: bool
    detail: str
    remedy: str
    since: str
    createdAt: str
    messageId: str | None


class StreamLiveJob(OtherJob):
    """Tell that a channel went live."""

    channelId: str | None
    platform: str
    channelName: str
    url: str | None
    title: str
    category: str | None
    startedAt: str


class SlotCalledJob(OtherJob):
    """Tell that a viewer called a slot."""

    channelId: str | None
    title: str
    slotProvider: str | None
    callerPlatform: str
    publicName: str
    waiting: int


class WagerRoleJob(OtherJob):
    """Give a person the role of a wager account, or take it."""

    discordId: str
    role: str
    isGiven: bool


class RoleChangedJob(OtherJob):
    """Give a person a role that he reached, or take it; no minutes are for linking."""

    roleGuildId: str
    discordId: str
    roleId: str
    isGiven: bool
    roleReason: str
    minutes: int | None


class DrawCommittedJob(OtherJob):
    """Post the code of a draw before its round; counts are texts, as they may be beyond what a JSON number holds."""

    channelId: str | None
    title: str
    isTest: bool
    code: str
    round: str
    roundAt: str
    entrants: int
    tickets: str
    fileUrl: str


class DrawWinner(TypedDict):
    """Somebody who won, as everybody may know him."""

    position: int
    ticket: str
    platform: str
    platformId: str
    publicName: str


class DrawDoneJob(OtherJob):
    """Tell who won a draw."""

    channelId: str | None
    title: str
    isTest: bool
    claimSeconds: int | None
    winners: list[DrawWinner]
    count: int
    fileUrl: str


class PanelDueJob(OtherJob):
    """Show a panel; without a channel there is none any more."""

    panelId: str
    panelKind: str
    channelId: str | None
    messageId: str | None
    formerChannelId: str | None
    formerMessageId: str | None
    contentHash: str | None
    isPinned: bool
    locale: str


class PanelRemovedJob(OtherJob):
    """Delete a message of a panel."""

    channelId: str | None
    messageId: str | None


LeasedJob = (
    OtherJob
    | LinkToldJob
    | LinkLoggedJob
    | StaffAlertJob
    | StreamLiveJob
    | SlotCalledJob
    | WagerRoleJob
    | RoleChangedJob
    | DrawCommittedJob
    | DrawDoneJob
    | PanelDueJob
    | PanelRemovedJob
)


class JobsLeased(TypedDict):
    """Jobs that are ours for a while."""

    jobs: list[LeasedJob]


class LeaseJobs(TypedDict):
    """The answer to `lease_jobs`."""

    leaseJobs: JobsLeased


class JobRefusal(TypedDict):
    """Why an acknowledgement changed nothing."""

    code: str


class JobAnswer(TypedDict):
    """What became of one acknowledgement."""

    jobId: str
    refused: JobRefusal | None


class JobsAcknowledged(TypedDict):
    """What became of several, in their order."""

    jobs: list[JobAnswer]


class AcknowledgeJobs(TypedDict):
    """The answer to `acknowledge_jobs`."""

    acknowledgeJobs: JobsAcknowledged


class WaitingJobs(TypedDict):
    """How many jobs wait."""

    count: int


class JobsWaiting(TypedDict):
    """What `jobs_waiting` tells each time."""

    jobsWaiting: WaitingJobs
