"""Which community a Discord server belongs to, remembered for a moment: the server judges each request anyway."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from zoneinfo import ZoneInfo

from clients.discord.graph.answers.communities import Community
from clients.discord.graph.asking import Graph, ServerRefused
from clients.discord.graph.documents import document

REMEMBERED_S = 300.0
REMEMBERED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """A community by its id, and the time zone of its days."""

    id: str
    zone: ZoneInfo


class Communities:
    """The communities of Discord servers, by the servers' ids."""

    def __init__(self, graph: Graph, clock_s: Callable[[], float]) -> None:
        self._graph = graph
        self._clock_s = clock_s
        self._known: dict[str, tuple[float, Known]] = {}

    async def of(self, guild: str | None, unbound: str) -> str:
        """The community's id; refuses a server that belongs to none with the sentence `unbound`."""
        return (await self.at(guild, unbound)).id

    async def at(self, guild: str | None, unbound: str) -> Known:
        """The community; refuses a server that belongs to none with the sentence `unbound`."""
        known = self._known.get(guild or "")
        if known is not None and self._clock_s() - known[0] < REMEMBERED_S:
            return known[1]
        told = cast("Community", await self._graph.ask(document("community"), {"guild": guild or ""}))
        found = told["communityOfGuild"]
        if found is None:
            raise ServerRefused("guild_unbound", unbound)
        if len(self._known) >= REMEMBERED_MAX:
            self._known.clear()
        fresh = Known(found["id"], ZoneInfo(found["timezone"]))
        self._known[guild or ""] = self._clock_s(), fresh
        return fresh
