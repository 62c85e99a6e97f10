"""Answers that may be kept: those to registered queries that are sent by GET."""

from hashlib import sha256

from aiohttp import hdrs, web

SHARED = "public, max-age=5"
"""Of what anybody gets: whoever stands between may answer for five seconds."""
OWN = "private, no-cache"
"""Of what the holder of a token gets: only he keeps it, and asks whether it is still so."""


def keepable(answer: web.Response, request: web.Request) -> web.Response:
    """A good answer with a tag by which it may be kept, or 304 for who has it already; any other answer as it is."""
    body = answer.body
    if answer.status != web.HTTPOk.status_code or not isinstance(body, bytes) or body.startswith(b'{"errors"'):
        return answer
    tag = f'"{sha256(body).hexdigest()}"'
    headers = {
        hdrs.ETAG: tag,
        hdrs.CACHE_CONTROL: OWN if hdrs.AUTHORIZATION in request.headers else SHARED,
        hdrs.VARY: f"{hdrs.ACCEPT}, {hdrs.AUTHORIZATION}",
    }
    if tag in (request.headers.get(hdrs.IF_NONE_MATCH) or ""):
        return web.Response(status=web.HTTPNotModified.status_code, headers=headers)
    answer.headers.update(headers)
    return answer
