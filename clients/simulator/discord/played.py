"""A Discord to log in to: REST and gateway on a free port of this machine, which can be away for a while."""

from types import TracebackType
from typing import Self

from aiohttp import web

from clients.simulator.discord.accounts import Accounts
from clients.simulator.discord.controls import Controls
from clients.simulator.discord.guilds import Guilds
from clients.simulator.discord.messages import Messages
from clients.simulator.discord.people import People
from clients.simulator.discord.replies import Replies
from clients.simulator.discord.rest import guarding
from clients.simulator.discord.stage import API, Inspect, Stage
from clients.simulator.discord.uploads import FORM_SIZE_MAX

HOST = "127.0.0.1"


class DiscordPlayed:
    """A stage that answers at `url` while it is entered; `api` and `gateway_url` are what a library is pointed to."""

    def __init__(self, inspect: Inspect | None = None, *, port: int = 0) -> None:
        self.stage = Stage() if inspect is None else Stage(inspect)
        self.world = self.stage.world
        self.gateway = self.stage.gateway
        self.people = People(self.stage)
        self.port = port

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def api(self) -> str:
        """Where its REST API begins."""
        return self.url + API

    @property
    def gateway_url(self) -> str:
        """Where its gateway is."""
        return f"ws://{HOST}:{self.port}/gateway"

    async def __aenter__(self) -> Self:
        """Start to answer."""
        site = web.Application(middlewares=[guarding(self.stage)], client_max_size=FORM_SIZE_MAX)
        for part in (Accounts, Messages, Guilds, Replies, Controls):
            part(self.stage).add_to(site)
        self.gateway.add_to(site)
        self._runner = web.AppRunner(site, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await self.come_back()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Answer no more; what hangs is let go."""
        await self._runner.cleanup()

    async def go_away(self) -> None:
        """Refuse connections and break those that are open, until `come_back`."""
        await self._site.stop()
        for handler in self._runner.server.connections if self._runner.server is not None else []:
            if handler.transport is not None:
                handler.transport.abort()

    async def come_back(self) -> None:
        """Take connections at the same port again."""
        self._site = web.TCPSite(self._runner, HOST, self.port, reuse_address=True)
        await self._site.start()
