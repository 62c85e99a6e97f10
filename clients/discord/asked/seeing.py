"""Tells the server who is there: whoever was away when he was given a role, or lost one by leaving, is given it."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from clients.discord.asked.interaction import ROLES_MAX, Interaction, read
from clients.discord.graph.asking import Graph, ServerAway, ServerFailed, ServerRefused
from clients.discord.graph.communities import Communities
from clients.discord.graph.documents import document

AGAIN_S = 600.0
SEEN_MAX = 10_000

log = structlog.get_logger("regulars.discord")


class Seeing:
    """Who was seen with which roles; the server is told of what is new, and of everybody every ten minutes at most."""

    def __init__(self, graph: Graph, communities: Communities, clock_s: Callable[[], float]) -> None:
        self._graph = graph
        self._communities = communities
        self._clock_s = clock_s
        self._seen: dict[tuple[str, str], tuple[float, frozenset[str]]] = {}

    async def __call__(self, told: Mapping[str, Any]) -> None:
        """Look at whoever did something in a Discord server; never raises for what the server says."""
        interaction = read(told)
        if interaction is None or interaction.guild is None or not self._is_news(interaction, interaction.guild):
            return
        try:
            community = await self._communities.of(interaction.guild, "unbound")
            given = {
                "communityId": community,
                "rolesKnown": len(interaction.roles) <= ROLES_MAX,
                "idempotencyKey": interaction.id,
            }
            await self._graph.ask(document("refresh_my_roles"), {"input": given}, interaction.acting)
        except (ServerAway, ServerRefused, ServerFailed) as fault:
            log.info("roles_not_refreshed", reason=type(fault).__name__, code=getattr(fault, "code", ""))

    def _is_news(self, interaction: Interaction, guild: str) -> bool:
        place, roles, now_s = (guild, interaction.user), frozenset(interaction.roles), self._clock_s()
        before = self._seen.pop(place, None)
        is_news = before is None or before[1] != roles or now_s - before[0] >= AGAIN_S
        while len(self._seen) >= SEEN_MAX:
            del self._seen[next(iter(self._seen))]
        self._seen[place] = (now_s, roles) if is_news or before is None else before
        return is_news
