"""The answers to the operations of the leaderboards."""

from typing import TypedDict

from clients.discord.graph.answers.raffle import BoardRaffle
from clients.discord.graph.answers.raffle_admin import RaffleChoice, RaffleId
from clients.discord.graph.answers.shared import PageInfo, WatchTime


class Standing(TypedDict):
    """A place on the leaderboard; `seconds` of watch time."""

    rank: int
    seconds: int
    publicName: str


class Standings(TypedDict):
    """A page of the leaderboard."""

    nodes: list[Standing]
    totalCount: int
    pageInfo: PageInfo


class LeaderboardCommunity(TypedDict):
    """A community with its leaderboard."""

    name: str
    leaderboard: Standings


class Leaderboard(TypedDict):
    """The answer to `leaderboard`."""

    communityOfGuild: LeaderboardCommunity | None


class BoardChoices(TypedDict):
    """A page of raffles."""

    nodes: list[RaffleChoice]


class BoardsToChoose(TypedDict):
    """The raffle that runs, and the last ones."""

    current: RaffleId | None
    history: BoardChoices


class BoardsCommunity(TypedDict):
    """A community with its raffles."""

    raffles: BoardsToChoose


class TicketBoards(TypedDict):
    """The answer to `ticket_boards`."""

    communityOfGuild: BoardsCommunity | None


class OneBoard(TypedDict):
    """A raffle with a page of its board; none where the community has no such raffle."""

    raffle: BoardRaffle | None


class OneBoardCommunity(TypedDict):
    """A community with the board of one of its raffles."""

    name: str
    raffles: OneBoard


class TicketBoard(TypedDict):
    """The answer to `ticket_board`."""

    communityOfGuild: OneBoardCommunity | None


class WatchPlaceViewer(TypedDict):
    """Somebody's place, and what he has it by."""

    rank: int | None
    watchTime: WatchTime


class WatchPlaceCommunity(TypedDict):
    """A community with whoever asks, as far as it knows him."""

    name: str
    viewerOfAccount: WatchPlaceViewer | None


class WatchPlace(TypedDict):
    """The answer to `watch_place`."""

    communityOfGuild: WatchPlaceCommunity | None


class PlaceByTickets(TypedDict):
    """Somebody's tickets and his place by them."""

    tickets: str
    rank: int | None


class PlacedRaffle(TypedDict):
    """A raffle with what one viewer has in it."""

    title: str
    number: int
    viewerTickets: PlaceByTickets | None


class PlacedRaffles(TypedDict):
    """One raffle; none where the community has no such raffle."""

    raffle: PlacedRaffle | None


class PlacedCommunity(TypedDict):
    """A community with one of its raffles."""

    raffles: PlacedRaffles


class TicketPlace(TypedDict):
    """The answer to `ticket_place`."""

    communityOfGuild: PlacedCommunity | None
