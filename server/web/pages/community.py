"""The page of a community, for its staff: what is set up and what is not."""

from aiohttp import web

from server.domain.staff import Capability
from server.web.pages.desk import SIGN_IN_FOR, Desk
from server.web.pages.start import COMMUNITY, COMMUNITY_ROUTE


class Home:
    """The page of a community."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add_to(self, site: web.Application) -> None:
        """Serve the page."""
        telling = self._desk.layout.telling
        site.router.add_get(COMMUNITY_ROUTE, telling(self.show))
        site.router.add_post(SIGN_IN_FOR.format(place=COMMUNITY_ROUTE), telling(self.sign_in))

    async def show(self, request: web.Request) -> web.Response:
        """How the community is set up, for its staff; a stranger may sign in."""
        visitor = await self._desk.visitor(request)
        slug = request.match_info["slug"]
        place = COMMUNITY.format(slug=slug)
        if visitor.session is None:
            return self._desk.page(visitor, "sign-in-first.html", action=SIGN_IN_FOR.format(place=place))
        community = await self._desk.admitted(visitor, slug, Capability.COMMUNITY_READ)
        return self._desk.page(visitor, "community.html", community=community)

    async def sign_in(self, request: web.Request) -> web.Response:
        """Send the browser to Kick, to come back here."""
        place = COMMUNITY.format(slug=request.match_info["slug"])
        return await self._desk.sign_in(request, SIGN_IN_FOR.format(place=place), place)
