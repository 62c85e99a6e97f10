"""GET /draws/NAME: all that is needed to check a draw, as the file that `/verify` and `regulars verify` read."""

import asyncio
import re
from http import HTTPStatus

import orjson
from aiohttp import hdrs, web

from server.domain.draws.plan import DrawSubject
from server.domain.limits import DRAW_FILE
from server.ports import Reader
from server.store.database import Database
from server.store.draws import draws
from server.store.draws.published import DrawFile, published
from server.web.limited import LIMITS

NAME = re.compile(r"(raffle|giveaway)-([1-9][0-9]{0,17})-([1-9][0-9]{0,8})", re.ASCII)
UNKNOWN = orjson.dumps({"code": "draw_unknown", "message": "There is no such draw, or its list is not closed yet."})
SENDING_TIMEOUT_S = 300
"""Whoever takes longer than this to read a file is hung up on."""
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Content-Type": "application/json",
    "X-Content-Type-Options": "nosniff",
}


def add_draws(app: web.Application, database: Database) -> None:
    """Publish the files of draws, to everybody."""

    async def answer(request: web.Request) -> web.StreamResponse:
        await request.app[LIMITS].check(request, DRAW_FILE)
        told = NAME.fullmatch(request.match_info["name"])
        reader = database.reader()
        draw = None if told is None else await draws.named(reader, DrawSubject(told[1]), int(told[2]), int(told[3]))
        file = None if draw is None else await published(reader, draw)
        if file is None:
            return web.Response(status=HTTPStatus.NOT_FOUND, body=UNKNOWN, headers=HEADERS)
        if any(tag.value in {file.tag, "*"} for tag in request.if_none_match or ()):
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=HEADERS | {hdrs.ETAG: f'"{file.tag}"'})
        return await sent(request, reader, file)

    app.router.add_get("/draws/{name}", answer)


async def sent(request: web.Request, reader: Reader, file: DrawFile) -> web.StreamResponse:
    """Send a file page by page, as fast as its reader takes it: no more than a page of it is held."""
    response = web.StreamResponse(headers=HEADERS)
    response.content_length = await file.length(reader)
    response.etag = file.tag
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        async with asyncio.timeout(SENDING_TIMEOUT_S):
            async for part in file.parts(reader):
                await response.write(part)
    await response.write_eof()
    return response
