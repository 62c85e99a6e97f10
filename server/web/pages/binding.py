"""Binding a Discord server: a code that is shown once to a signed-in owner."""

from functools import partial

from aiohttp import web

from server.actions import guilds as actions
from server.domain.guilds import CODE_MINUTES, check_lifetime
from server.domain.staff import Capability
from server.web.pages.community import BIND, UNBIND, community_page
from server.web.pages.desk import Desk
from server.web.pages.start import COMMUNITY, COMMUNITY_ROUTE, text_of


class Binding:
    """Makes codes for Discord servers, and unbinds them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add_to(self, site: web.Application) -> None:
        """Serve what the forms are sent to."""
        telling = self._desk.layout.telling
        site.router.add_post(BIND.format(place=COMMUNITY_ROUTE), telling(self.offer))
        site.router.add_get(BIND.format(place=COMMUNITY_ROUTE), telling(self.back))
        site.router.add_post(UNBIND.format(place=COMMUNITY_ROUTE), telling(self.unbind))

    async def offer(self, request: web.Request) -> web.Response:
        """Make a code, and show it."""
        desk, place = self._desk, COMMUNITY.format(slug=request.match_info["slug"])
        visitor = await desk.visitor(request)
        await desk.browsers.form(request, visitor, BIND.format(place=place))
        community = await desk.admitted(visitor, request.match_info["slug"], Capability.STAFF_MANAGE)
        salt = desk.browsers.fresh()
        offer = partial(actions.offer, salt=salt, lifetime=check_lifetime(CODE_MINUTES))
        await desk.change(visitor, community.id, Capability.STAFF_MANAGE, offer)
        return await community_page(desk, visitor, community, guild_code=desk.codes.code("guild", salt))

    async def back(self, request: web.Request) -> web.Response:
        """Lead whoever reloads the page of a code to the community's page."""
        return self._desk.layout.elsewhere(COMMUNITY.format(slug=request.match_info["slug"]))

    async def unbind(self, request: web.Request) -> web.Response:
        """Let the community have no Discord server."""
        desk, place = self._desk, COMMUNITY.format(slug=request.match_info["slug"])
        visitor = await desk.visitor(request)
        fields = await desk.browsers.form(request, visitor, UNBIND.format(place=place))
        community = await desk.admitted(visitor, request.match_info["slug"], Capability.STAFF_MANAGE)
        unbind = partial(actions.unbind, guild=text_of(fields.get("guild")))
        await desk.change(visitor, community.id, Capability.STAFF_MANAGE, unbind)
        return desk.layout.elsewhere(f"{place}#guild")
