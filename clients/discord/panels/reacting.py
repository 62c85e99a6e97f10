"""Hands a link to whoever reacts on a panel for links: by a direct message, never in public."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import structlog

from clients.discord.asked.answering import custom_id
from clients.discord.commands.link import accounts, already_card, offer_card
from clients.discord.graph.answers.link import CreateLink, LinkStatus
from clients.discord.graph.asking import Graph, ServerAway, ServerFailed, ServerRefused
from clients.discord.graph.documents import document
from clients.discord.library.refusals import DiscordAway, DiscordRefused
from clients.discord.library.rest import Rest
from clients.discord.panels.cards import AREA
from clients.discord.panels.showing import EMOJI
from clients.discord.render.card import Card
from clients.discord.words.language import Words
from clients.service_key import ActingUser

APART_S = 60.0
REMEMBERED_MAX = 10_000
NAME_MAX = 100
LINKS = custom_id(AREA, "link")

Told = Mapping[str, Any]
log = structlog.get_logger("regulars.discord")


def is_for_links(message: Told) -> bool:
    """Whether a message of the bot is a panel for links: it has the button for that."""
    rows: Sequence[Told] = message.get("components") or ()
    return any(one.get("custom_id") == LINKS for row in rows for one in row.get("components") or ())


class Reacting:
    """Answers reactions; `clock_s` tells seconds since 1970."""

    def __init__(self, graph: Graph, clock_s: Callable[[], float]) -> None:
        self._graph = graph
        self._clock_s = clock_s
        self._last: dict[tuple[str, str], float] = {}

    async def __call__(self, told: Told, rest: Rest, bot: str) -> None:
        """Answer a reaction to a message of the bot; never raises for what a person, Discord or the server did."""
        user, emoji = told.get("member", {}).get("user", {}), told["emoji"]
        is_meant = emoji.get("name") == EMOJI and emoji.get("id") is None and told.get("message_author_id") == bot
        if not is_meant or "guild_id" not in told or not user or user.get("bot") or self._is_repeated(told):
            return
        try:
            await self._answer(told, user, rest)
        except (ServerAway, ServerRefused, ServerFailed, DiscordAway) as fault:
            log.info("reaction_not_answered", reason=type(fault).__name__)
            await self._take_back(told, rest)
        except DiscordRefused as refused:
            log.info("reaction_not_answered", code=refused.code)
            await self._take_back(told, rest)

    async def _answer(self, told: Told, user: Told, rest: Rest) -> None:
        message = await rest.find(str(told["channel_id"]), str(told["message_id"]))
        if not is_for_links(message):
            return
        card = await self._card(told, user)
        if card is not None:
            await rest.write_to(str(user["id"]), card.payload())

    async def _card(self, told: Told, user: Told) -> Card | None:
        """The way to link, or that there is a link; None where the server belongs to no community."""
        guild, person = str(told["guild_id"]), str(user["id"])
        status = cast("LinkStatus", await self._graph.ask(document("link_status"), {"guild": guild, "user": person}))
        community, words = status["communityOfGuild"], Words.of(None)
        if community is None:
            return None
        linked = next((one for one in accounts(community) if one["account"]["platform"] == "KICK"), None)
        if linked is not None:
            return already_card(words, linked)
        given = {
            "community": community["id"],
            "name": str(user.get("global_name") or user["username"])[:NAME_MAX],
            "guild": community["guild"]["name"] if community["guild"] else community["name"],
            "key": f"reaction {told['message_id']} {int(self._clock_s())}",
        }
        acting = ActingUser(person, guild=guild)
        made = cast("CreateLink", await self._graph.ask(document("create_link"), given, acting))
        return offer_card(words, community, made["createLink"])

    def _is_repeated(self, told: Told) -> bool:
        """Whether the same person reacted to the same message a moment ago."""
        place, now_s = (str(told["message_id"]), str(told["user_id"])), self._clock_s()
        last_s = self._last.pop(place, None)
        while len(self._last) >= REMEMBERED_MAX:
            del self._last[next(iter(self._last))]
        is_repeated = last_s is not None and now_s - last_s < APART_S
        self._last[place] = last_s if is_repeated and last_s is not None else now_s
        return is_repeated

    async def _take_back(self, told: Told, rest: Rest) -> None:
        """Remove the reaction, so that the person sees that nothing came of it and can click the button."""
        try:
            await rest.unreact(str(told["channel_id"]), str(told["message_id"]), EMOJI, str(told["user_id"]))
        except (DiscordRefused, DiscordAway) as fault:
            log.info("reaction_not_removed", reason=type(fault).__name__)
