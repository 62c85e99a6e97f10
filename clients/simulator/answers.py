"""Who asks the played API, and what it answers when it refuses."""

from typing import Any, cast

import orjson
from aiohttp import web

from clients.simulator.grants import Grant
from clients.simulator.oauth import bearer
from clients.simulator.stage import Stage, as_json

BODY_SIZE_MAX = 64 * 1024


def grant_of(stage: Stage, request: web.Request) -> Grant | None:
    """What the bearer of the request's token was allowed; None when the token is not good."""
    token = bearer(request)
    held = None if token is None else stage.grants.access(token)
    return None if held is None else held.grant


def may(grant: Grant, scope: str) -> bool:
    """Whether a grant covers a scope; an app may do all that needs no person."""
    return grant.account is None or scope in grant.scopes


def ok(data: object, **more: object) -> web.Response:
    """An answer as Kick wraps it."""
    return as_json({"data": data, "message": "OK", **more})


def forbidden() -> web.Response:
    """What Kick answers where the right is missing."""
    return as_json({"data": {}, "message": "Forbidden"}, 403)


def bad_request(data: object = None) -> web.Response:
    """What Kick answers to a request that it takes for wrong."""
    return as_json({"data": data, "message": "Bad request"}, 400)


async def content_of(request: web.Request) -> dict[str, Any]:
    """The request's JSON object; empty when it is none."""
    try:
        told: object = orjson.loads(await request.content.read(BODY_SIZE_MAX))
    except orjson.JSONDecodeError:
        return {}
    return cast("dict[str, Any]", told) if isinstance(told, dict) else {}
