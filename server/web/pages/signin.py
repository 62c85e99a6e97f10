"""Sign in, sign out, and come back from a platform."""

from functools import partial
from http import HTTPStatus

from aiohttp import web

from server.actions import signin as actions
from server.domain import limits
from server.web.limited import LIMITS
from server.web.pages.browser import GRAPH, SESSION, digest
from server.web.pages.desk import Desk
from server.web.pages.layout import STYLE_PATH, style
from server.web.pages.platforms import CALLBACK, Returned

SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
SIGN_OUT_EVERYWHERE = "/sign-out-everywhere"
SESSION_PATH = "/session"
KEPT_TO_US = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class SignIn:
    """The pages of signing in; whoever is signed in acts as an account of the platform, and with its grants."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        desk.ways.arriving("session", self._signed_in)

    def add_to(self, site: web.Application) -> None:
        """Serve the pages."""
        telling = self._desk.layout.telling
        site.router.add_get(SIGN_IN, telling(self.show))
        site.router.add_post(SIGN_IN, telling(self.leave))
        site.router.add_post(SIGN_OUT, telling(self.sign_out))
        site.router.add_post(SIGN_OUT_EVERYWHERE, telling(self.sign_out_everywhere))
        site.router.add_get(SESSION_PATH, self.tell)
        site.router.add_get(CALLBACK, telling(self.come_back))
        site.router.add_get(STYLE_PATH, style)

    async def show(self, request: web.Request) -> web.Response:
        """Who is signed in, or a button to sign in."""
        return self._desk.page(await self._desk.visitor(request), "sign-in.html")

    async def tell(self, request: web.Request) -> web.Response:
        """Tell our own pages who is signed in, and with what proof they ask the graph in his name."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            return web.json_response({"name": None}, status=HTTPStatus.FORBIDDEN, headers=KEPT_TO_US)
        desk = self._desk
        visitor = await desk.browsers.visitor(desk.reader, request)
        if visitor.session is None:
            return web.json_response({"name": None}, headers=KEPT_TO_US)
        told = {"name": visitor.session.name, "authorization": f"Session {desk.browsers.form_proof(visitor, GRAPH)}"}
        return web.json_response(told, headers=KEPT_TO_US)

    async def leave(self, request: web.Request) -> web.Response:
        """Send the browser to Kick."""
        return await self._desk.sign_in(request, SIGN_IN, "")

    async def sign_out(self, request: web.Request) -> web.Response:
        """End the session of this browser."""
        desk = self._desk
        visitor = await desk.browsers.visitor(desk.reader, request)
        await desk.browsers.form(request, visitor, SIGN_OUT)
        end = partial(actions.end_session, token_digest=digest(request.cookies.get(SESSION, "")))
        await desk.units.run(0, end, by=visitor.author)
        return desk.browsers.sign_out(desk.layout.elsewhere(SIGN_IN))

    async def sign_out_everywhere(self, request: web.Request) -> web.Response:
        """End the sessions of every browser that is signed in as the same account."""
        desk = self._desk
        visitor = await desk.browsers.visitor(desk.reader, request)
        await desk.browsers.form(request, visitor, SIGN_OUT_EVERYWHERE)
        session = visitor.session
        if session is not None:
            end = partial(actions.end_sessions, platform=session.platform, external_id=session.external_id)
            await desk.units.run(0, end, by=visitor.author)
        return desk.browsers.sign_out(desk.layout.elsewhere(SIGN_IN))

    async def come_back(self, request: web.Request) -> web.Response:
        """Receive a browser from Kick, for whatever it was sent there."""
        await request.app[LIMITS].take(request, limits.CALLBACK)
        visitor = await self._desk.browsers.visitor(self._desk.reader, request)
        return await self._desk.ways.receive(request, visitor, "kick")

    async def _signed_in(self, returned: Returned) -> web.Response:
        desk = self._desk
        await desk.ways.discard("kick", returned.tokens)
        token = desk.browsers.fresh()
        open_session = partial(
            actions.open_session,
            token_digest=digest(token),
            platform="kick",
            external_id=returned.user.id,
            name=returned.user.name,
        )
        await desk.units.run(0, open_session, by=returned.visitor.author)
        return desk.browsers.sign_in(desk.layout.elsewhere(returned.attempt.subject or SIGN_IN), token)
