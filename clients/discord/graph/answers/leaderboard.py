"""The answers to the operations of the leaderboard."""

from typing import TypedDict

from clients.discord.graph.answers.shared import PageInfo


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
