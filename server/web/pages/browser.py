"""Which browser is asking, who is signed in with it, and whether a form is ours: three questions to its cookies."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web

from server.auth.actors import Actor, author_of
from server.auth.door import signed_in
from server.auth.keys import derived_key
from server.domain.audit import Author
from server.domain.refusals import Refused
from server.domain.signin import SESSION_LIFETIME
from server.ports import Clock, Ids, Reader
from server.store import signin
from server.web.pages.layout import Turned, bad_form

BROWSER = "__Host-regulars-browser"
SESSION = "__Host-regulars-session"
"""Prefixed so that no other host, and no page over plain HTTP, can set them for us."""

FORM_FIELD = "form"
GRAPH = "/graphql"
"""What a proof is for with which our pages ask the graph in the name of whoever is signed in."""

FORM_BYTES_MAX = 16_384
COOKIE_LENGTH_MIN, COOKIE_LENGTH_MAX = 40, 100


def digest(secret: str) -> str:
    """What is stored of a secret text of 128 bits or more: enough to know it again, nothing to use."""
    return sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser, known by a cookie of its own, with the account that is signed in with it."""

    browser: str
    session: signin.SessionRecord | None
    is_new: bool = False

    @property
    def browser_digest(self) -> str:
        """What is stored of the browser."""
        return digest(self.browser)

    @property
    def actor(self) -> Actor | None:
        """Who acts when this browser's owner does something, or None."""
        return None if self.session is None else signed_in(self.session)

    @property
    def author(self) -> Author:
        """In whose name what this browser's owner changes is written down."""
        return author_of(self.actor)


class Browsers:
    """Knows browsers by their cookies. Forms carry a proof that they were made for the browser that sends them."""

    def __init__(self, *, key: bytes, origin: str, clock: Clock, ids: Ids) -> None:
        self._key = key
        self._origin = origin
        self._clock = clock
        self._ids = ids

    async def visitor(self, reader: Reader, request: web.Request) -> Visitor:
        """Who asks; a browser that has no cookie yet gets one with the answer, by `remember`."""
        browser = request.cookies.get(BROWSER, "")
        is_new = not _is_plausible(browser)
        token = request.cookies.get(SESSION, "")
        session = None
        if _is_plausible(token):
            session = await signin.session_of(reader, digest(token), self._clock.now())
        return Visitor(self.fresh() if is_new else browser, session, is_new)

    def fresh(self) -> str:
        """A secret of 256 bits for a cookie, or to be shown once."""
        return self._ids.token() + self._ids.token()

    def remember(self, visitor: Visitor, response: web.Response) -> web.Response:
        """Give a new browser its cookie."""
        if visitor.is_new:
            set_cookie(response, BROWSER, visitor.browser, None)
        return response

    def form_proof(self, visitor: Visitor, purpose: str) -> str:
        """What a form for `purpose` carries so that it is taken from this browser."""
        return hmac.new(self._key, f"{visitor.browser}\n{purpose}".encode(), sha256).hexdigest()

    def session_digest(self, cookies: Mapping[str, str], proof: str) -> str | None:
        """What is stored of the session in a browser's cookies; None without one, or without the proof of our pages.

        Another site's page can have the cookies sent, but neither make the proof nor the header that carries it.
        """
        browser, token = cookies.get(BROWSER, ""), cookies.get(SESSION, "")
        if not _is_plausible(browser) or not _is_plausible(token):
            return None
        wanted = self.form_proof(Visitor(browser, None), GRAPH)
        return digest(token) if hmac.compare_digest(proof.encode(), wanted.encode()) else None

    async def form(
        self, request: web.Request, visitor: Visitor, purpose: str, *, bytes_max: int = FORM_BYTES_MAX
    ) -> Mapping[str, Any]:
        """The fields of a form that this browser sent from our page for `purpose`; `Turned` for any other.

        The browser itself says where a form was sent from (Origin, Fetch Metadata); the proof holds where it does not.
        """
        origin = request.headers.get(hdrs.ORIGIN)
        if origin not in {None, self._origin} or request.headers.get("Sec-Fetch-Site") == "cross-site":
            raise bad_form()
        if request.content_length is None or request.content_length > bytes_max:
            raise Turned(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                Refused("form_too_large", "This form is too large.", "Send the form as the page made it."),
            )
        if request.content_type != "application/x-www-form-urlencoded":
            raise bad_form()
        fields = await request.post()
        proof = fields.get(FORM_FIELD, "")
        wanted = self.form_proof(visitor, purpose)
        if visitor.is_new or not isinstance(proof, str) or not hmac.compare_digest(proof.encode(), wanted.encode()):
            raise bad_form()
        return fields

    def sign_in(self, response: web.Response, token: str) -> web.Response:
        """Give the browser the cookie of a session."""
        set_cookie(response, SESSION, token, SESSION_LIFETIME)
        return response

    def sign_out(self, response: web.Response) -> web.Response:
        """Take the cookie of a session away."""
        response.del_cookie(SESSION, path="/", secure=True, httponly=True, samesite="Lax")
        return response

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self._clock.now()


def browsers(secret: str, origin: str, clock: Clock, ids: Ids) -> Browsers:
    """What knows browsers that visit the pages at an origin."""
    return Browsers(key=derived_key(secret, "forms"), origin=origin, clock=clock, ids=ids)


def set_cookie(response: web.Response, name: str, value: str, lifetime: timedelta | None) -> None:
    """A cookie that no script reads and that comes back to this host alone; until the browser closes without lifetime.

    Lax and not Strict: it must come back when a platform sends the browser to us.
    """
    age = None if lifetime is None else int(lifetime.total_seconds())
    response.set_cookie(name, value, path="/", secure=True, httponly=True, samesite="Lax", max_age=age)


def _is_plausible(cookie: str) -> bool:
    return COOKIE_LENGTH_MIN <= len(cookie) <= COOKIE_LENGTH_MAX and cookie.isascii() and cookie.isprintable()
