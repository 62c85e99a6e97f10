"""How an answer looks over HTTP: the media type that the client takes, and the status that tells how it went.

The rules are those of GraphQL over HTTP, https://graphql.github.io/graphql-over-http/draft/
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web
from strawberry.types.execution import ExecutionResult

from server.web.graphql.requests import JSON_TYPE, Unanswered

GRAPHQL_TYPE = "application/graphql-response+json"
NOBODY_KEEPS_IT = {"Cache-Control": "no-store", "Vary": "Accept, Authorization"}
ACCEPT_LENGTH_MAX = 1_000
QUALITY = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?", re.ASCII)
# These are about the request itself and mean the same to a client of either media type.
STATUSES: Mapping[str, int] = {
    "rate_limited": 429,
    "deadline_exceeded": 503,
    "websocket_needed": 400,
    "operation_unknown": 400,
    "operation_unclear": 400,
    "post_needed": 405,
}


def media_type(accept: str | None) -> str | None:
    """The media type that suits a client best, or None when none does.

    Who names neither of ours but takes anything gets application/json, which every client understands.
    """
    if not accept:
        return JSON_TYPE
    weights = weights_of(accept[:ACCEPT_LENGTH_MAX])
    anything = weights.get("application/*", weights.get("*/*", 0.0))
    plain = weights.get(JSON_TYPE, anything)
    exact = weights.get(GRAPHQL_TYPE, 0.0)
    if max(plain, exact) <= 0:
        return None
    return GRAPHQL_TYPE if exact >= plain else JSON_TYPE


def weights_of(accept: str) -> Mapping[str, float]:
    """How much a client likes each media range that it names, from 0 to 1."""
    weights: dict[str, float] = {}
    for named in accept.split(","):
        name, *parameters = (part.strip().lower() for part in named.split(";"))
        quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        weights[name] = float(quality) if QUALITY.fullmatch(quality) else 0.0
    return weights


def answer(result: ExecutionResult, media: str) -> web.Response:
    """The answer to an operation; where it could not begin, there is no data."""
    errors = [error.formatted for error in result.errors or ()]
    if result.data is None and errors and (is_limited(errors) or not any("path" in error for error in errors)):
        return refused(errors, media)
    body: dict[str, Any] = {"data": result.data}
    if errors:
        body = {"errors": errors, **body}
    return web.Response(body=orjson.dumps(body), headers=NOBODY_KEEPS_IT, content_type=media, charset="utf-8")


def is_limited(errors: Sequence[Any]) -> bool:
    """Whether nothing was done because it was asked for too often."""
    return all(error.get("extensions", {}).get("code") == "rate_limited" for error in errors)


def refused(errors: list[Any], media: str) -> web.Response:
    """The answer to an operation that did not begin: 400 in the new media type, 200 in the old one."""
    extensions: Mapping[str, Any] = errors[0].get("extensions", {})
    status = STATUSES.get(extensions.get("code", ""), 400 if media == GRAPHQL_TYPE else 200)
    headers = dict(NOBODY_KEEPS_IT)
    if "retryAfterSeconds" in extensions:
        headers["Retry-After"] = str(extensions["retryAfterSeconds"])
    if status == STATUSES["post_needed"]:
        headers["Allow"] = "POST"
    body = orjson.dumps({"errors": errors})
    return web.Response(body=body, status=status, headers=headers, content_type=media, charset="utf-8")


def unanswered(refusal: Unanswered, media: str) -> web.Response:
    """A refusal in the shape of every other answer."""
    body = {"errors": [{"message": str(refusal), "extensions": {"code": refusal.code, **(refusal.more or {})}}]}
    return web.Response(
        body=orjson.dumps(body),
        status=refusal.status,
        headers={**NOBODY_KEEPS_IT, **(refusal.headers or {})},
        content_type=media,
        charset="utf-8",
    )
