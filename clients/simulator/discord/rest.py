"""What every request to Discord's REST API goes through: who asks, whether it is sound, limits and mishaps."""

import asyncio

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from clients.simulator.discord.refusals import NOT_PLAYED, TOO_LARGE, UNAUTHORIZED, Refusal, Refused
from clients.simulator.discord.stage import API, Call, Stage, body_of
from clients.simulator.discord.uploads import named

OPEN_TO_ALL = ("/interactions/", "/webhooks/", "/gateway")


def guarding(stage: Stage) -> Middleware:
    """Return what stands before every endpoint of the API; the gateway's websocket passes."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(API):
            return await handler(request)
        path = request.path.removeprefix(API)
        body: object = None
        if stage.faults.latency_s:
            await asyncio.sleep(stage.faults.latency_s)
        headers: dict[str, str] = {}
        try:
            body = await body_of(request) if request.can_read_body else None
            headers = _admit(stage, request, path)
            response = await handler(request)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
            response = refused(NOT_PLAYED)
        except web.HTTPRequestEntityTooLarge:
            response = refused(TOO_LARGE)
        except Refused as no:
            response = refused(no.refusal)
        response.headers.update(headers)
        if isinstance(response, web.Response) and response.body is not None:
            response.headers["Content-Type"] = stage.faults.content_type
        stage.note(Call(request.method, path, named(body), response.status))
        return response

    return guard


def refused(refusal: Refusal) -> web.Response:
    """Return a refusal as Discord sends it."""
    content = {"message": refusal.message, "code": refusal.code, **refusal.more}
    return web.Response(
        body=orjson.dumps(content),
        status=refusal.status,
        headers=dict(refusal.headers),
        content_type="application/json",
    )


def _admit(stage: Stage, request: web.Request, path: str) -> dict[str, str]:
    """Return the headers of the limits, or refuse."""
    token = request.headers.get("Authorization", "").removeprefix("Bot ")
    if token != stage.token and not (path.startswith(OPEN_TO_ALL) and path != "/gateway/bot"):
        raise Refused(UNAUTHORIZED)
    headers = stage.limits.take(request.method, path)
    refusal = stage.faults.strike(request.method, path)
    if refusal is not None:
        raise Refused(refusal)
    return headers
