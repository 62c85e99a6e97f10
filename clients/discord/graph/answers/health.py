"""The answers to the operations that say how the work goes."""

from typing import TypedDict

from clients.discord.graph.answers.shared import Account


class Tally(TypedDict):
    """How many there are of something."""

    name: str
    count: int


class LastDelivery(TypedDict):
    """When a kind of news arrived last."""

    kind: str
    receivedAt: str


class Health(TypedDict):
    """How the work goes; `lag` in seconds."""

    waiting: int
    lag: int | None
    openGaps: int
    quarantined: list[Tally]
    jobs: list[Tally]
    sockets: list[Tally]
    lastDeliveries: list[LastDelivery]


class Alert(TypedDict):
    """What is wrong, and what to do about it."""

    title: str
    remedy: str
    openedAt: str


class Alerts(TypedDict):
    """What is wrong."""

    totalCount: int
    nodes: list[Alert]


class DeadJob(TypedDict):
    """A job that was tried as often as it may be."""

    kind: str
    attempts: int
    error: str | None


class DeadJobs(TypedDict):
    """Jobs that were given up."""

    totalCount: int
    nodes: list[DeadJob]


class HealthCommunity(TypedDict):
    """A community with how its work goes."""

    health: Health
    alerts: Alerts
    deadJobs: DeadJobs


class CommunityHealth(TypedDict):
    """The answer to `community_health`."""

    communityOfGuild: HealthCommunity | None


class SetupCheck(TypedDict):
    """Something that has to be as it should."""

    name: str
    state: str
    detail: str
    remedy: str | None


class KickSetup(TypedDict):
    """Whether the channels on Kick are set up."""

    isReady: bool
    checks: list[SetupCheck]


class Listening(TypedDict):
    """How the websocket of a channel does."""

    channel: Account
    state: str
    isLate: bool
    detail: str | None
    remedy: str | None


class CheckedCommunity(TypedDict):
    """A community with what was checked."""

    kickSetup: KickSetup
    listening: list[Listening]


class CommunityCheck(TypedDict):
    """The answer to `community_check`."""

    communityOfGuild: CheckedCommunity | None


class AuditLine(TypedDict):
    """Who did what to what, and why."""

    at: str
    actor: str
    action: str
    targetKind: str
    targetId: str
    reason: str | None


class AuditLines(TypedDict):
    """The last lines of the log, and how many there are."""

    totalCount: int
    nodes: list[AuditLine]


class AuditedCommunity(TypedDict):
    """A community with its log."""

    auditEvents: AuditLines


class Audit(TypedDict):
    """The answer to `audit`."""

    communityOfGuild: AuditedCommunity | None
