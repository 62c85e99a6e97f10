"""The page of a community, for its staff: what is set up and what is not."""

from collections.abc import Sequence

from aiohttp import web

from server.auth.capabilities import capabilities_in
from server.domain.setup import Finding, Installation, all_checks
from server.domain.staff import NOTHING, Capability
from server.domain.texts import TITLES, TextKind
from server.platforms.kick.scopes import BY_NAME
from server.store import guilds, setup, texts
from server.store.communities import CommunityRecord
from server.web.pages.browser import Visitor
from server.web.pages.desk import SIGN_IN_FOR, Desk
from server.web.pages.features import features_of
from server.web.pages.start import COMMUNITY, COMMUNITY_ROUTE

CONNECT = "{place}/connect"
SYNC = "{place}/sync"
BIND = "{place}/guild"
UNBIND = "{place}/guild/unbind"


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
        desk, visitor = self._desk, await self._desk.visitor(request)
        slug = request.match_info["slug"]
        place = COMMUNITY.format(slug=slug)
        if visitor.actor is None:
            return desk.page(visitor, "sign-in-first.html", action=SIGN_IN_FOR.format(place=place))
        community = await desk.admitted(visitor, slug, Capability.COMMUNITY_READ)
        return await community_page(desk, visitor, community)

    async def sign_in(self, request: web.Request) -> web.Response:
        """Send the browser to Kick, to come back here."""
        place = COMMUNITY.format(slug=request.match_info["slug"])
        return await self._desk.sign_in(request, SIGN_IN_FOR.format(place=place), place)


async def community_page(
    desk: Desk, visitor: Visitor, community: CommunityRecord, found: Sequence[Finding] = (), guild_code: str = ""
) -> web.Response:
    """The page of a community for one of its staff; with what a sync has just found, or a code that was just made."""
    place = COMMUNITY.format(slug=community.slug)
    held = NOTHING if visitor.actor is None else await capabilities_in(desk.reader, visitor.actor, community.id)
    channels = await setup.kick_channels(desk.reader, community.id)
    server = Installation(has_app=desk.has_kick_app, public_url=desk.public_url)
    return desk.page(
        visitor,
        "community.html",
        community=community,
        place=place,
        may={one.value for one in held},
        connect=CONNECT.format(place=place),
        sync=SYNC.format(place=place),
        channels=[(channel, features_of(channel)) for channel in channels],
        new_features=features_of(None),
        found=found,
        guild=await guilds.of_community(desk.reader, community.id),
        guild_code=guild_code,
        texts_shown=[(await texts.newest(desk.reader, community.id, kind), TITLES[kind]) for kind in TextKind],
        bind=BIND.format(place=place),
        unbind=UNBIND.format(place=place),
        checks=all_checks(server, channels, BY_NAME, desk.browsers.now),
    )
