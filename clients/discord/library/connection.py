# The library says only in part what its values are.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
"""A connection to Discord: log in, hear what happens, and end when asked or when nothing else helps."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import structlog
from aiohttp import ClientError
from interactions import Client, Intents
from interactions.api.events import RawGatewayEvent
from interactions.api.http.route import Route
from interactions.client.errors import HTTPException, LibraryException, LoginError
from interactions.models.internal.listener import Listener

from clients.discord.library.buckets import SteadyHTTP
from clients.discord.library.gateway import Chance, SteadyState
from clients.discord.library.refusals import DiscordAway, DiscordForbids
from clients.discord.library.rest import TIMEOUT_S, Rest
from clients.discord.library.sessions import SessionBudget

INTENTS = Intents.GUILDS | Intents.GUILD_MESSAGE_REACTIONS
CLOSE_TIMEOUT_S = 5.0

Told = Mapping[str, Any]
Hear = Callable[[str, Told], Awaitable[None]]

log = structlog.get_logger("regulars.discord")
# The library writes arguments of commands, and addresses that hold the token of an interaction.
mute = logging.getLogger("regulars.discord.library")
mute.setLevel(logging.CRITICAL + 1)


class Connection(Client):
    """Discord as the bot knows it; `heard` says which events of the gateway are handed to `hear`, as they came.

    Only the gateway and the REST client of the library are used. Its commands, contexts and caches are not: what a
    person asks is read from the event itself, so that nothing depends on what a former process knew.
    """

    def __init__(
        self, token: str, *, api: str, heard: frozenset[str], hear: Hear, budget: SessionBudget, chance: Chance
    ) -> None:
        Route.BASE = api
        super().__init__(
            token=token,
            intents=INTENTS,
            logger=mute,
            sync_interactions=False,
            send_command_tracebacks=False,
        )
        self._connection_state = SteadyState(self, self.intents, budget=budget, chance=chance)
        self.http = SteadyHTTP(logger=mute)
        self._hear = hear
        self.serves: set[str] = set()
        self.locales: dict[str, str] = {}
        """What language each server chose for itself."""
        self.rest = Rest(self.http)
        self.processors.clear()
        self.processors |= {f"raw_{kind.lower()}": self._told for kind in heard}
        self.processors |= {"raw_guild_create": self._joined, "raw_guild_delete": self._left}
        self.processors |= {"raw_guild_update": self._renewed}

    @property
    def is_up(self) -> bool:
        """Whether the gateway is connected and a session has begun."""
        return self.is_ready

    @property
    def application(self) -> str:
        """The id of the bot's application; after `run` has logged in."""
        return str(self.app.id)

    @property
    def user_id(self) -> str:
        """The id of the bot's account; after `run` has logged in."""
        return str(self.user.id)

    async def run(self) -> None:
        """Stay connected until `stop`.

        Raises `DiscordForbids` for what a person has to mend, `SessionsSpent`, and `DiscordAway` for anything else.
        """
        try:
            with _in_our_words():
                await self.astart()
        finally:
            await self.http.close()

    async def login(self, token: str | None = None) -> None:
        """Learn who the bot is; raises what `run` raises, also where Discord does not answer in time."""
        with _in_our_words():
            async with asyncio.timeout(TIMEOUT_S):
                await super().login(token)

    async def stop(self) -> None:
        """Say goodbye to the gateway first; with its REST session closed first, the library spins for ever."""
        state = cast("SteadyState", self._connection_state)
        state.close()
        task = state.task
        if task is not None and not task.done():
            await asyncio.wait({task}, timeout=CLOSE_TIMEOUT_S)
            task.cancel()
        self._ready.clear()
        await self.http.close()

    @Listener.create(is_default_listener=True)
    async def _on_websocket_ready(self, event: RawGatewayEvent) -> None:
        self.serves = {str(guild["id"]) for guild in event.data["guilds"]}
        self._startup = True
        self._ready.set()
        log.info("discord_ready", servers=len(self.serves))

    async def _told(self, event: RawGatewayEvent) -> None:
        await self._heard(event.resolved_name.removeprefix("raw_").upper(), event.data)

    async def _joined(self, event: RawGatewayEvent) -> None:
        self.serves.add(str(event.data["id"]))
        await self._renewed(event)
        await self._heard("GUILD_CREATE", event.data)

    async def _renewed(self, event: RawGatewayEvent) -> None:
        self.locales[str(event.data["id"])] = str(event.data.get("preferred_locale") or "")

    async def _left(self, event: RawGatewayEvent) -> None:
        if not event.data.get("unavailable"):
            self.serves.discard(str(event.data["id"]))
            self.locales.pop(str(event.data["id"]), None)
            await self._heard("GUILD_DELETE", event.data)

    async def _heard(self, kind: str, told: Told) -> None:
        try:
            await self._hear(kind, told)
        except Exception:  # one event must not end the connection that hears all others
            log.exception("event_failed", kind=kind)


@contextmanager
def _in_our_words() -> Generator[None]:
    """What the library raises, as what a person has to mend or what may pass."""
    try:
        yield
    except LoginError:
        raise DiscordForbids(
            "Discord does not know this token. Set REGULARS_DISCORD_TOKEN to the one of your application."
        ) from None
    except (HTTPException, LibraryException, OSError, ClientError, RuntimeError) as fault:
        raise DiscordAway(f"The connection to Discord ended: {type(fault).__name__}.") from fault
