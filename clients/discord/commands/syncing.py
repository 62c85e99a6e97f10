"""/regulars sync: commands, panels and roles are brought up to date now, each as far as that goes."""

from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from clients.discord.asked.commands import Asked, Command
from clients.discord.commands.staffing import Staffing
from clients.discord.graph.answers.panels import PanelsRefreshed
from clients.discord.graph.answers.rewards import SyncBegun
from clients.discord.graph.asking import ServerRefused
from clients.discord.library.refusals import DiscordAway, DiscordRefused
from clients.discord.render.card import Card, Look, Tone
from clients.discord.render.limits import shown

TEXT_MAX = 200

Tell = Callable[[], Awaitable[bool]]
"""Tells Discord of the commands where they changed; whether that was needed."""


class Syncing:
    """The command; what one part refuses holds up no other."""

    def __init__(self, staffing: Staffing, tell: Tell) -> None:
        self._staffing = staffing
        self._tell = tell

    @property
    def commands(self) -> Sequence[Command]:
        """The command."""
        return [Command(name="regulars sync", run=self.sync)]

    async def sync(self, asked: Asked) -> Card:
        """Bring everything up to date, and say what was done and what was not."""
        await self._staffing.here(asked)
        words, lines, is_whole, is_let = asked.words, list[str](), True, False
        parts = {
            "regulars.sync.panels": self._panels,
            "regulars.sync.roles": self._roles,
            "regulars.sync.commands": self._commands,
        }
        for name, part in parts.items():
            if part == self._commands and not is_let:
                # Whoever the server lets do nothing here has Discord told of nothing either.
                continue
            try:
                told = await part(asked)
                is_let = True
            except ServerRefused as refused:
                is_whole = False
                told = f"{Look.CAREFUL}{words.refusal(refused.code) or shown(refused.message, TEXT_MAX)}"
            except (DiscordRefused, DiscordAway):
                is_whole = False
                told = f"{Look.CAREFUL}{words('regulars.discord_says_no')}"
            lines.append(f"**{words(name)}** {told}")
        return Card(
            title=words("regulars.synced" if is_whole else "regulars.synced_in_part"),
            lines=lines,
            tone=Tone.GOOD if is_whole else Tone.CAREFUL,
            look=Look.CHECK if is_whole else Look.CAREFUL,
        )

    async def _panels(self, asked: Asked) -> str:
        """Every panel is looked at now, also one that was given up."""
        told = cast("PanelsRefreshed", await self._staffing.do(asked, "refresh_panels"))
        return asked.words("regulars.sync_panels", count=told["count"])

    async def _roles(self, asked: Asked) -> str:
        """Everybody's roles are looked at anew."""
        told = cast("SyncBegun", await self._staffing.do(asked, "sync_roles", anew=False))
        return asked.words("regulars.sync_roles", count=told["people"])

    async def _commands(self, asked: Asked) -> str:
        """Discord knows the commands of this version of the bot."""
        return asked.words("regulars.commands_told" if await self._tell() else "regulars.commands_known")
