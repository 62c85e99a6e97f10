"""The strings of the played websockets: what is pushed, and what goes wrong with whoever listens."""

from typing import Any

import orjson
from aiohttp import web

from clients.simulator.frames import Push
from clients.simulator.sockets import Sockets

PREFIX = "/simulator"
BODY_SIZE_MAX = 65_536
COPIES_MAX = 10
DELAY_MAX_S = 3_600
CODES = range(3_000, 5_000)


class SocketControls:
    """Endpoints under /simulator for tests in other processes; each takes a small JSON object."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets

    def add_to(self, site: web.Application) -> None:
        """Put the endpoints into a web application."""
        site.router.add_get(f"{PREFIX}/sockets", self.look)
        site.router.add_post(f"{PREFIX}/sockets", self.change)
        site.router.add_post(f"{PREFIX}/push", self.push)

    async def look(self, _: web.Request) -> web.Response:
        """Tell who listens to what: {"channels": ["channel_7"], "open": 1, "opened": 3}."""
        sockets = self._sockets
        told = {"channels": sorted(sockets.channels), "open": len(sockets.clients), "opened": sockets.opened}
        return _json(told)

    async def change(self, request: web.Request) -> web.Response:
        """Do one thing: {"close": 4200}, {"drop": true}, {"stall": true}, {"refuse": 4001}, {"delay_s": 2}, ...

        {"refuse": null} and {"stall": false} end it; {"provider": "centrifugo"} is what is negotiated from now on, and
        with null nothing is.
        """
        sockets = self._sockets
        match await _asked(request):
            case {"close": int(code)} if code in CODES:
                await sockets.close(code)
            case {"drop": True}:
                sockets.drop()
            case {"stall": bool(is_stalled)}:
                sockets.is_stalled = is_stalled
            case {"refuse": None}:
                sockets.refusal = None
            case {"refuse": int(code)} if code in CODES:
                sockets.refusal = code
            case {"delay_s": int(delay_s) | float(delay_s)} if 0 <= delay_s <= DELAY_MAX_S:
                sockets.delay_s = float(delay_s)
            case {"provider": ("pusher" | "centrifugo" | None) as provider}:
                sockets.provider = provider
            case _:
                return web.Response(status=400)
        return web.Response(status=204)

    async def push(self, request: web.Request) -> web.Response:
        """Push a frame: {"channel": "channel_7", "event": "KicksGifted", "data": {}, "copies": 2}."""
        match await _asked(request):
            case {"channel": str(channel), "event": str(event), "data": dict(), **more} as asked:
                copies = more.get("copies", 1)
                if type(copies) is int and 1 <= copies <= COPIES_MAX:
                    push = Push(channel, event, asked["data"])
                    return _json({"sent": await self._sockets.push(push, copies=copies)})
            case _:
                pass
        return web.Response(status=400)


async def _asked(request: web.Request) -> Any:
    """What was asked, None when it is no small JSON."""
    if (request.content_length or 0) > BODY_SIZE_MAX:
        return None
    try:
        return orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        return None


def _json(content: object) -> web.Response:
    return web.Response(body=orjson.dumps(content), content_type="application/json")
