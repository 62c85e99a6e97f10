"""The answers to the operations that take data along."""

from typing import TypedDict

from clients.discord.graph.answers.shared import PageInfo


class ExportedLine(TypedDict):
    """A line of the audit log; `before` and `after` are JSON."""

    id: str
    at: str
    actor: str
    action: str
    targetKind: str
    targetId: str
    before: str | None
    after: str | None
    reason: str | None
    requestId: str | None
    cause: str | None


class ExportedLines(TypedDict):
    """A page of the log."""

    nodes: list[ExportedLine]
    pageInfo: PageInfo


class ExportedLog(TypedDict):
    """A community with its log."""

    auditEvents: ExportedLines


class ExportAudit(TypedDict):
    """The answer to `export_audit`."""

    communityOfGuild: ExportedLog | None


class ExportedAccount(TypedDict):
    """An account."""

    platform: str
    platformId: str
    name: str


class ExportedPlace(TypedDict):
    """What every place has."""

    rank: int
    viewerId: str
    account: ExportedAccount


class ExportedTime(ExportedPlace):
    """A place by watch time, in seconds."""

    seconds: int


class ExportedTimes(TypedDict):
    """A page of the leaderboard."""

    nodes: list[ExportedTime]
    pageInfo: PageInfo


class ExportedWatchTime(TypedDict):
    """A community with its leaderboard."""

    leaderboard: ExportedTimes


class ExportWatchTime(TypedDict):
    """The answer to `export_watch_time`."""

    communityOfGuild: ExportedWatchTime | None


class ExportedHolder(ExportedPlace):
    """A place by tickets."""

    tickets: str


class ExportedHolders(TypedDict):
    """A page of a raffle's board."""

    nodes: list[ExportedHolder]
    pageInfo: PageInfo


class ExportedRaffle(TypedDict):
    """A raffle with its board."""

    id: str
    board: ExportedHolders


class ExportedRaffles(TypedDict):
    """The raffle that runs, if one does."""

    current: ExportedRaffle | None


class ExportedTickets(TypedDict):
    """A community with its raffle."""

    raffles: ExportedRaffles


class ExportTickets(TypedDict):
    """The answer to `export_tickets`."""

    communityOfGuild: ExportedTickets | None
