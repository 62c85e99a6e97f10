"""The running bot: what it is made of, and how it comes back whatever ends its connection."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog

from clients.discord.asked.answering import Answering
from clients.discord.carrying.executor import Executor
from clients.discord.features import features
from clients.discord.graph.asking import Graph
from clients.discord.graph.hearing import Hearing
from clients.discord.health import Figures, served
from clients.discord.jobs import kinds
from clients.discord.library.connection import Connection, Told
from clients.discord.library.gateway import Chance
from clients.discord.library.refusals import DiscordAway, DiscordRefused
from clients.discord.library.rest import Rest
from clients.discord.library.sessions import SessionBudget, SessionsSpent
from clients.discord.panels.reacting import Reacting
from clients.discord.settings import Settings
from clients.discord.syncing import sync
from clients.service_key import ServiceKey

HEARD = frozenset({"INTERACTION_CREATE", "MESSAGE_REACTION_ADD"})
AT_ONCE_MAX = 200
PAUSE_FIRST_S = 1.0
PAUSE_MAX_S = 300.0
SETTLED_S = 60.0
END_WITHIN_S = 6.0
"""Longer than anything takes that is done on the way out."""

log = structlog.get_logger("regulars.discord")


async def over(parts: Collection[asyncio.Task[None]]) -> None:
    """End tasks, each told again until it does: libraries lose a cancellation now and then."""
    left = set(parts)
    while left:
        for part in left:
            part.cancel()
        _, left = await asyncio.wait(left, timeout=END_WITHIN_S)


@dataclass(frozen=True, slots=True)
class Outside:
    """What a test plays: the time in seconds since 1970, and chance."""

    clock_s: Callable[[], float]
    chance: Chance


class Bot:
    """A bot from its settings; `run` ends when it is cancelled, or when a person has to mend something."""

    def __init__(self, settings: Settings, outside: Outside) -> None:
        self._settings = settings
        self._outside = outside
        key = ServiceKey.parse(settings.service_key.get_secret_value())
        self.graph = Graph(settings.server_url, key, outside.clock_s)
        self.features = features(self.graph, outside.clock_s, self.rest, self.tell_commands)
        self.budget = SessionBudget(outside.clock_s, settings.data / "bot-sessions.json")
        self.figures = Figures.fresh()
        self.reacting = Reacting(self.graph, outside.clock_s)
        self.connection: Connection | None = None
        self.executor = Executor(
            self.graph,
            kinds(outside.clock_s, settings.data),
            self.figures.jobs,
            rest=self._rest,
            clock_s=outside.clock_s,
            locale=self._locale,
        )
        self.hearing = Hearing(settings.server_url, key, outside.clock_s, outside.chance, self.executor.heard)
        self._knows_commands = False
        self._room = asyncio.Semaphore(AT_ONCE_MAX)

    @property
    def is_up(self) -> bool:
        """Whether Discord is connected."""
        return self.connection is not None and self.connection.is_up

    async def run(self) -> None:
        """Be there until cancelled; raises `DiscordForbids` and `ServerForbids` for what a person has to mend."""
        async with (
            self.graph,
            served(self._settings.health_port, self.figures, lambda: self.is_up, lambda: self.hearing.is_up),
        ):
            parts = [asyncio.create_task(part) for part in (self._stay(), self.hearing.run(), self.executor.run())]
            try:
                ended, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
                for part in ended:
                    part.result()
            finally:
                await over(parts)

    async def _stay(self) -> None:
        """Stay connected to Discord, whatever ends a connection."""
        pause_s = PAUSE_FIRST_S
        while True:
            begun_s = self._outside.clock_s()
            wait_s = await self._connected(pause_s)
            lasted_s = self._outside.clock_s() - begun_s
            # Whoever was connected for a while may come back at once.
            pause_s = PAUSE_FIRST_S if lasted_s > SETTLED_S else min(2 * pause_s, PAUSE_MAX_S)
            self.figures.restarts.inc()
            await asyncio.sleep(self._outside.chance(0.8 * wait_s, 1.2 * wait_s))

    def _locale(self, guild: str) -> str | None:
        """The language that a Discord server chose for itself, where the bot was told."""
        return None if self.connection is None else self.connection.locales.get(guild)

    def rest(self) -> Rest:
        """Discord, as it is connected now; raises `DiscordAway` where it is not."""
        found = self._rest()
        if found is None:
            raise DiscordAway("not connected")
        return found

    def _rest(self) -> Rest | None:
        """Discord, while the bot is connected."""
        return self.connection.rest if self.connection is not None and self.connection.is_up else None

    async def _connected(self, pause_s: float) -> float:
        """Stay connected as long as that goes well; how long to wait before the next time."""
        connection = self.connection = self.connect()
        try:
            await self._told_commands()
            await connection.run()
        except SessionsSpent as spent:
            log.warning("sessions_spent", wait_s=round(spent.wait_s))
            return spent.wait_s
        except DiscordAway as away:
            log.warning("discord_lost", reason=str(away), pause_s=pause_s)
        else:
            log.warning("discord_lost", reason="the connection ended", pause_s=pause_s)
        finally:
            await connection.stop()
        return pause_s

    async def _told_commands(self) -> None:
        """Tell Discord of the commands, once in the life of a bot; one that it refuses is no reason not to answer."""
        if self._knows_commands:
            return
        try:
            await self.sync_commands()
        except DiscordRefused as refused:
            log.error("commands_refused", reason=str(refused))  # noqa: TRY400 - Discord's words say all, a trace nothing
        self._knows_commands = True

    async def tell_commands(self) -> bool:
        """Tell Discord of the commands over the connection that there is, where they changed; whether they had.

        Raises `DiscordAway` where there is none.
        """
        rest, connection = self.rest(), self.connection
        application = "" if connection is None else connection.application
        return await sync(rest, application, self.features.commands, self._settings.data)

    def connect(self) -> Connection:
        """A fresh connection, not begun yet; the library's clients are good for one life."""
        answering: Answering | None = None

        async def hear(kind: str, told: Told) -> None:
            nonlocal answering
            if answering is None:
                answering = Answering(connection.rest, self.features.commands, self.features.clicks)
            self.figures.servers.set(len(connection.serves))
            self.figures.sessions.set(self.budget.begun)
            if kind == "GUILD_CREATE":
                self.executor.look()
            if kind == "MESSAGE_REACTION_ADD":
                async with self._room:
                    await self.reacting(told, connection.rest, connection.user_id)
            if kind == "INTERACTION_CREATE":
                async with self._room:
                    await answering(told)
                    self.figures.answers.inc()
                    await self.features.seeing(told)

        connection = Connection(
            self._settings.discord_token.get_secret_value(),
            api=self._settings.discord_api,
            heard=HEARD,
            hear=hear,
            budget=self.budget,
            chance=self._outside.chance,
        )
        return connection

    async def sync_commands(self) -> bool:
        """Tell Discord of the commands where they changed; whether that was needed."""
        connection = self.connect()
        try:
            await connection.login()
            return await sync(connection.rest, connection.application, self.features.commands, self._settings.data)
        finally:
            await connection.stop()
