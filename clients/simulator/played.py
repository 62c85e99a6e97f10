"""A Kick to sign in with: authorisation server, API and controls in one web application, or on a port of its own."""

from types import TracebackType
from typing import Self

from aiohttp import web

from clients.simulator.api import Api
from clients.simulator.controls import Controls, stumbling
from clients.simulator.lives import Lives
from clients.simulator.oauth import SignIn
from clients.simulator.ordering import Ordering
from clients.simulator.redeeming import Redeeming
from clients.simulator.socket_controls import SocketControls
from clients.simulator.speaking import Speaking
from clients.simulator.stage import Stage

HOST = "127.0.0.1"


def add_kick(site: web.Application, stage: Stage) -> None:
    """Put everything but the webhooks into a web application that is not running yet."""

    async def close(_: web.Application) -> None:
        stage.closing.set()

    site.middlewares.append(stumbling(stage))
    site.on_shutdown.append(close)
    for part in (SignIn, Api, Lives, Ordering, Speaking, Redeeming, Controls):
        part(stage).add_to(site)
    stage.sockets.add_to(site)
    SocketControls(stage.sockets).add_to(site)


class KickPlayed(Stage):
    """A stage that answers at `url`, on a free port of this machine, while it is entered."""

    url = ""

    async def __aenter__(self) -> Self:
        """Start to answer."""
        site = web.Application()
        add_kick(site, self)
        self._runner = web.AppRunner(site, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.url = f"http://{HOST}:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Answer no more; what hangs is let go."""
        await self._runner.cleanup()
