# The library says only in part what its values are.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
"""interactions.py's gateway with the faults mended that end a bot or have its token taken."""

import asyncio
from collections.abc import Callable
from typing import Any, Self

import structlog
from aiohttp import ClientError
from interactions.api.gateway.gateway import GatewayClient
from interactions.api.gateway.state import ConnectionState
from interactions.client.errors import WebSocketClosed

from clients.discord.library.refusals import DiscordForbids
from clients.discord.library.sessions import SessionBudget

CONNECT_TIMEOUT_S = 20.0
PAUSE_FIRST_S = 0.5
PAUSE_MAX_S = 60.0
INVALID_SESSION = 9
FORBIDDEN = {
    4004: "Discord does not know this token. Set REGULARS_DISCORD_TOKEN to the one of your application.",
    4010: "Discord refuses this shard.",
    4011: "The bot is in more servers than one connection may serve.",
    4012: "Discord does not know this version of its API any more.",
    4013: "Discord does not know these intents.",
    4014: "These intents are not switched on for this application. Switch them on under Bot, or leave them out.",
}

Chance = Callable[[float, float], float]
"""A number between two, by chance."""

log = structlog.get_logger("regulars.discord")


class SteadyGateway(GatewayClient):
    """A gateway that tries again until it is closed, and never begins sessions in a hurry."""

    def __init__(self, state: "SteadyState", shard: tuple[int, int]) -> None:
        super().__init__(state, shard)
        self._budget = state.budget
        self._chance = state.chance
        self._refused = 0

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                return await super().__aenter__()
        except BaseException:
            # Nobody else closes the socket, or ends the heartbeat, of whoever is stopped, or refused, before he was in.
            heart: asyncio.Task[None] | None = self._keep_alive
            if heart is not None:
                heart.cancel()
            await self._hang_up()
            raise

    async def reconnect(self, *, resume: bool = False, code: int = 1012, url: str | None = None) -> None:
        """Connect anew, as often as it takes; raises only what trying again does not mend."""
        if not resume:
            # Discord asks for a wait of 1 to 5 seconds by chance; whoever is refused again and again waits longer.
            await self._pause(self._chance(1, 5) + min(PAUSE_MAX_S, 2**self._refused) - 1)
            self._refused += 1
        pause = PAUSE_FIRST_S
        while not self._close_gateway.is_set():
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    await super().reconnect(resume=resume, code=code, url=url or self._place(resume=resume))
            except (OSError, ClientError, RuntimeError) as fault:
                log.warning("discord_unreachable", reason=type(fault).__name__, pause_s=round(pause, 1))
                await self._hang_up()
                await self._pause(pause * self._chance(0.8, 1.2))
                pause = min(2 * pause, PAUSE_MAX_S)
            else:
                return

    async def dispatch_opcode(self, data: Any, op: Any) -> None:
        """Resume an invalid session where Discord says that this is possible; the library never does."""
        if op == INVALID_SESSION:
            log.warning("discord_session_invalid", resumable=data is True)
            await self.reconnect(resume=data is True)
        else:
            await super().dispatch_opcode(data, op)

    async def dispatch_event(self, data: Any, seq: int, event: str) -> None:
        """Forget earlier refusals once a session is there."""
        if event in {"READY", "RESUMED"}:
            self._refused = 0
        await super().dispatch_event(data, seq, event)

    async def _identify(self) -> None:
        await self._pause(self._budget.wait_s())
        self._budget.spend()
        await super()._identify()

    def _place(self, *, resume: bool) -> str | None:
        """Where to connect: a session is resumed at the address that it was given."""
        return self.ws_resume_url if resume and isinstance(self.ws_resume_url, str) else None

    async def _hang_up(self) -> None:
        socket: Any = self.ws
        self.ws = None
        if socket is not None:
            await socket.close()

    async def _pause(self, seconds: float) -> None:
        """Wait; not at all once somebody closes."""
        try:
            async with asyncio.timeout(seconds):
                await self._close_gateway.wait()
        except TimeoutError:
            return


class SteadyState(ConnectionState):
    """The library's connection with our gateway; what ends it is raised, not written to a log and forgotten."""

    def __init__(self, client: Any, intents: Any, *, budget: SessionBudget, chance: Chance) -> None:
        super().__init__(client, intents, shard_id=0)
        self.budget = budget
        self.chance = chance

    @property
    def task(self) -> asyncio.Task[None] | None:
        """What keeps the connection, once it was begun."""
        return self._shard_task

    def close(self) -> None:
        """Have the connection end soon."""
        if isinstance(self.gateway, SteadyGateway):
            self.gateway.close()

    async def _ws_connect(self) -> None:
        try:
            async with SteadyGateway(self, (self.shard_id, self.client.total_shards)) as self.gateway:
                try:
                    await self.gateway.run()
                finally:
                    self._shard_ready.clear()
        except WebSocketClosed as closed:
            if closed.code in FORBIDDEN:
                raise DiscordForbids(FORBIDDEN[closed.code]) from None
            raise
