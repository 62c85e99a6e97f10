"""The answers to the operations of draws: what was drawn, and how it is checked."""

from typing import TypedDict

from clients.discord.graph.answers.giveaways import PublicWinner
from clients.discord.graph.answers.shared import PageInfo


class PastDraw(TypedDict):
    """A draw with its winners."""

    name: str
    winners: list[PublicWinner]


class PastRaffle(TypedDict):
    """A raffle, and what came of it."""

    number: int
    title: str
    endsAt: str
    state: str
    tickets: str
    entrants: int
    draw: PastDraw | None


class PastRaffles(TypedDict):
    """A page of raffles."""

    nodes: list[PastRaffle]
    pageInfo: PageInfo


class HistoryRaffles(TypedDict):
    """Raffles, newest first."""

    history: PastRaffles


class HistoryCommunity(TypedDict):
    """A community with its raffles."""

    name: str
    raffles: HistoryRaffles


class RaffleHistory(TypedDict):
    """The answer to `raffle_history`."""

    communityOfGuild: HistoryCommunity | None


class ListedDraw(TypedDict):
    """A draw to choose."""

    id: str
    name: str
    isTest: bool
    code: str | None
    roundAt: str


class ListedDraws(TypedDict):
    """Draws to choose from."""

    nodes: list[ListedDraw]


class ListingRaffles(TypedDict):
    """The draws of all raffles."""

    draws: ListedDraws


class ListingCommunity(TypedDict):
    """A community with its draws."""

    raffles: ListingRaffles


class RaffleDraws(TypedDict):
    """The answer to `raffle_draws`."""

    communityOfGuild: ListingCommunity | None


class DrawTold(TypedDict):
    """What the records of a draw prove."""

    sentence: str


class DrawChecked(TypedDict):
    """A draw with all that a check needs."""

    id: str
    name: str
    isTest: bool
    state: str
    code: str | None
    round: str
    roundAt: str
    fileUrl: str | None
    entrants: int | None
    tickets: str | None
    story: DrawTold


class DrawsChecked(TypedDict):
    """Draws with all that checks need."""

    nodes: list[DrawChecked]


class CheckingRaffles(TypedDict):
    """The draws of all raffles."""

    draws: DrawsChecked


class CheckingCommunity(TypedDict):
    """A community with its draws."""

    name: str
    raffles: CheckingRaffles


class ServerPages(TypedDict):
    """Where the server's pages are."""

    publicUrl: str


class DrawToCheck(TypedDict):
    """The answer to `draw_to_check`."""

    serverInfo: ServerPages
    communityOfGuild: CheckingCommunity | None


class Pages(TypedDict):
    """The answer to `pages`."""

    serverInfo: ServerPages
