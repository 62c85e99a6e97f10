"""Asks the server for what a panel shows."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from clients.discord.graph.answers.jobs import JobCommunity
from clients.discord.graph.asking import UNBOUND, Graph, ServerRefused
from clients.discord.graph.documents import document
from clients.discord.panels import cards
from clients.discord.render.card import Card
from clients.discord.words.language import Words

TOP = 10

Content = Callable[[Graph, Words, JobCommunity], Awaitable[Card]]
"""What a panel shows in a language, of a community."""


async def _told(graph: Graph, name: str, of: JobCommunity, **more: Any) -> Any:
    """The community that an operation tells of; refuses a server that belongs to none."""
    told = await graph.ask(document(name), {"guild": of["guildId"] or "", **more})
    if told["communityOfGuild"] is None:
        raise ServerRefused(UNBOUND, "This Discord server belongs to no community.")
    return told["communityOfGuild"]


async def _link(_: Graph, words: Words, of: JobCommunity) -> Card:
    return cards.link_card(words, of["name"])


async def _leaderboard(graph: Graph, words: Words, of: JobCommunity) -> Card:
    return cards.leaderboard_card(words, await _told(graph, "leaderboard", of, first=TOP, after=None))


async def _raffle(graph: Graph, words: Words, of: JobCommunity) -> Card:
    return cards.raffle_card(words, await _told(graph, "raffle", of))


async def _slots(graph: Graph, words: Words, of: JobCommunity) -> Card:
    return cards.slots_card(words, await _told(graph, "panel_slots", of))


async def _giveaway(graph: Graph, words: Words, of: JobCommunity) -> Card:
    return cards.giveaway_card(words, await _told(graph, "panel_giveaway", of))


CONTENTS: Mapping[str, Content] = {
    "LINK": _link,
    "LEADERBOARD": _leaderboard,
    "RAFFLE": _raffle,
    "SLOTS": _slots,
    "GIVEAWAY": _giveaway,
}
