"""GET /draws/NAME: all that is needed to check a draw, as the file that `/verify` and `regulars verify` read."""

import re
from http import HTTPStatus

import orjson
from aiohttp import web

from server.domain.draws.plan import DrawSubject
from server.domain.limits import DRAW_FILE
from server.store.database import Database
from server.store.draws import draws
from server.store.draws.published import published
from server.web.limited import LIMITS

NAME = re.compile(r"(raffle|giveaway)-([1-9][0-9]{0,17})-([1-9][0-9]{0,8})", re.ASCII)
UNKNOWN = {"code": "draw_unknown", "message": "There is no such draw, or its list is not closed yet."}


def add_draws(app: web.Application, database: Database) -> None:
    """Publish the files of draws, to everybody."""

    async def answer(request: web.Request) -> web.StreamResponse:
        await request.app[LIMITS].check(request, DRAW_FILE)
        told = NAME.fullmatch(request.match_info["name"])
        reader = database.reader()
        draw = None if told is None else await draws.named(reader, DrawSubject(told[1]), int(told[2]), int(told[3]))
        bundle = None if draw is None else await published(reader, draw)
        found = bundle is not None
        return web.Response(
            status=HTTPStatus.OK if found else HTTPStatus.NOT_FOUND,
            body=orjson.dumps(bundle if found else UNKNOWN),
            content_type="application/json",
            headers={
                "Access-Control-Allow-Origin": "*",
                "Cache-Control": "no-cache",
                "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
                "X-Content-Type-Options": "nosniff",
            },
        )

    app.router.add_get("/draws/{name}", answer)
