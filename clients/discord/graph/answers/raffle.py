"""The answers to the operations of raffles."""

from typing import TypedDict

from clients.discord.graph.answers.shared import PageInfo


class RaffleRules(TypedDict):
    """What is won, how tickets are earned, and how many win."""

    prizes: str
    howToEarn: list[str]
    winners: int


class RaffleDraw(TypedDict):
    """A draw, as far as it is promised."""

    code: str | None
    fileUrl: str | None


class RaffleNow(TypedDict):
    """A raffle; counts of tickets are texts, as they may be beyond what a JSON number holds."""

    number: int
    title: str
    startsAt: str
    endsAt: str
    state: str
    drawAt: str
    tickets: str
    entrants: int
    rules: RaffleRules
    draw: RaffleDraw | None


class Raffles(TypedDict):
    """The raffle that runs, if one does."""

    current: RaffleNow | None


class RaffleCommunity(TypedDict):
    """A community with its raffle."""

    name: str
    raffles: Raffles


class Raffle(TypedDict):
    """The answer to `raffle`."""

    communityOfGuild: RaffleCommunity | None


class TicketStanding(TypedDict):
    """A place on a raffle's board."""

    rank: int
    tickets: str
    publicName: str


class TicketStandings(TypedDict):
    """A page of a raffle's board."""

    nodes: list[TicketStanding]
    pageInfo: PageInfo


class BoardRaffle(TypedDict):
    """A raffle with a page of its board."""

    title: str
    number: int
    entrants: int
    board: TicketStandings


class BoardRaffles(TypedDict):
    """The raffle that runs, if one does."""

    current: BoardRaffle | None


class BoardCommunity(TypedDict):
    """A community with the board of its raffle."""

    raffles: BoardRaffles


class RaffleBoard(TypedDict):
    """The answer to `raffle_board`."""

    communityOfGuild: BoardCommunity | None


class SourceTickets(TypedDict):
    """What one source gave, and what counts of it under its cap."""

    source: str
    tickets: str
    counted: str


class TicketsOfOne(TypedDict):
    """What somebody has; `chance` in millionths."""

    tickets: str
    chance: int
    freeEntryTaken: bool
    warning: str | None
    bySource: list[SourceTickets]


class SourceOfDay(TypedDict):
    """What a source gave on a day."""

    source: str
    tickets: str


class DayOfRaffle(TypedDict):
    """A day of a raffle, and what whoever asks was given on it."""

    day: str
    bySource: list[SourceOfDay]


class OwnRaffle(TypedDict):
    """A raffle, and what whoever asks has in it."""

    title: str
    number: int
    drawAt: str
    days: list[DayOfRaffle]
    mine: list[TicketsOfOne]


class OwnTickets(TypedDict):
    """The answer to `own_tickets`."""

    myRaffle: OwnRaffle | None


class FreeEntry(TypedDict):
    """What a free entry gave; a problem is raised before it is read."""

    tickets: int


class ClaimFreeEntry(TypedDict):
    """The answer to `claim_free_entry`."""

    claimFreeEntry: FreeEntry
