"""Whether the bot can give roles, asked of Discord before anybody misses one."""

from collections.abc import Callable, Mapping, Sequence

from clients.discord.asked.commands import Asked
from clients.discord.graph.asking import ServerRefused
from clients.discord.library.hierarchy import Obstacle, obstacle
from clients.discord.library.refusals import DiscordAway, DiscordRefused
from clients.discord.library.rest import Rest
from clients.discord.words.language import Words


class RoleCheck:
    """Asks Discord for the roles of a server and the bot's own place among them; `rest` is the connection of now."""

    def __init__(self, rest: Callable[[], Rest]) -> None:
        self._rest = rest

    async def all(self, asked: Asked, roles: Sequence[str]) -> Mapping[str, Obstacle | None]:
        """What stands in the way of each role; refuses where Discord does not let the bot look."""
        guild, rest = asked.interaction.guild or "", self._rest()
        try:
            known = await rest.roles(guild)
            member = await rest.member(guild, asked.interaction.application)
        except DiscordRefused as refused:
            said = asked.words("rewards.unseen", code=str(refused.code))
            raise ServerRefused("roles_unseen", said, asked.words("rewards.unseen_remedy")) from None
        return {role: obstacle(guild, known, member, role) for role in roles}

    async def holders(self, asked: Asked, role: str) -> int | None:
        """How many members have a role, whoever gave it; None where Discord does not tell."""
        try:
            counts = await self._rest().role_counts(asked.interaction.guild or "")
        except (DiscordRefused, DiscordAway):
            return None
        return int(counts.get(role, 0))

    async def refuse(self, asked: Asked, role: str) -> None:
        """Refuse a role that the bot could not give, with what to do about it."""
        found = (await self.all(asked, [role]))[role]
        if found is not None:
            words = asked.words
            raise ServerRefused(f"role_{found.value}", words(f"rewards.cannot.{found.value}"), _remedy(words, found))


def trouble(words: Words, found: Obstacle | None) -> str:
    """What stands in the way, and what to do about it."""
    return "" if found is None else f"{words(f'rewards.cannot.{found.value}')} {_remedy(words, found)}"


def _remedy(words: Words, found: Obstacle) -> str:
    return words(f"rewards.remedy.{found.value}")
