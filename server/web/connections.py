"""Connections over which nothing is asked: they are closed, so that nobody holds places by saying nothing."""

import asyncio
from collections.abc import Awaitable

from aiohttp import web
from aiohttp.typedefs import Handler

FIRST_REQUEST_S = 15.0
"""So long, and at most twice that, a new connection may take until its first request has its head."""
IDLE_S = 75.0
"""So long a connection stays open between requests."""


class Connections:
    """Every connection over which something was asked, so that the others are known.

    The library waits for ever for a first request, and for one whose head stays half said.
    """

    def __init__(self) -> None:
        self._spoken: set[object] = set()

    def heed(self, site: web.Application) -> None:
        """Take note of whatever is asked of `site`."""

        @web.middleware
        def noted(request: web.Request, handler: Handler) -> Awaitable[web.StreamResponse]:
            self._spoken.add(request.protocol)
            # Handed on, not awaited: the frame would stay as long as a websocket does.
            return handler(request)

        site.middlewares.insert(0, noted)

    async def watch(self, runner: web.AppRunner) -> None:
        """Cut off for ever who has connected and then asked nothing for 15 to 30 seconds."""
        silent: set[web.RequestHandler] = set()
        while True:
            await asyncio.sleep(FIRST_REQUEST_S)
            present = set(runner.server.connections) if runner.server else set[web.RequestHandler]()
            self._spoken &= present
            for one in (silent & present) - self._spoken:
                if one.transport is not None:
                    one.transport.abort()
            silent = present - self._spoken
