"""Connecting a Kick channel: its owner allows what the ticked features need, and nothing else."""

from functools import partial
from http import HTTPStatus

from aiohttp import web

from server.actions import channels, credentials
from server.actions import setup as actions
from server.domain import limits
from server.domain.refusals import Refused
from server.domain.setup import Finding, check_reference
from server.domain.staff import Capability
from server.ports_platforms import Feature
from server.store import communities
from server.store.credentials import Owner
from server.web.limited import LIMITS
from server.web.pages.browser import Visitor
from server.web.pages.community import CONNECT, SYNC, community_page
from server.web.pages.desk import Desk
from server.web.pages.features import ALWAYS, FEATURES
from server.web.pages.layout import Turned
from server.web.pages.platforms import Returned
from server.web.pages.start import COMMUNITY, COMMUNITY_ROUTE, text_of


class Connecting:
    """Connects channels to a community, and asks Kick about them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        desk.ways.arriving("channel", self._connected)

    def add_to(self, site: web.Application) -> None:
        """Serve what the forms are sent to."""
        telling = self._desk.layout.telling
        site.router.add_post(CONNECT.format(place=COMMUNITY_ROUTE), telling(self.leave))
        site.router.add_post(SYNC.format(place=COMMUNITY_ROUTE), telling(self.sync))
        site.router.add_get(SYNC.format(place=COMMUNITY_ROUTE), telling(self.back))

    async def leave(self, request: web.Request) -> web.Response:
        """Send the browser to Kick, to allow what the ticked features need."""
        desk, place = self._desk, COMMUNITY.format(slug=request.match_info["slug"])
        visitor = await desk.visitor(request)
        fields = await desk.browsers.form(request, visitor, CONNECT.format(place=place))
        community = await desk.admitted(visitor, request.match_info["slug"], Capability.CHANNELS_MANAGE)
        await request.app[LIMITS].take(request, limits.SIGN_IN)
        ticked: list[Feature] = [name for name, _, _ in FEATURES if name == ALWAYS or fields.get(name) == "on"]
        return await desk.ways.leave(
            visitor,
            flow="channel",
            state=desk.browsers.fresh(),
            subject=text_of(fields.get("channel")),
            scopes=desk.ways.platform("kick").oauth.scopes(*ticked),
            community_id=community.id,
        )

    async def sync(self, request: web.Request) -> web.Response:
        """Ask Kick about a channel, and keep what it tells and what was typed."""
        desk, place = self._desk, COMMUNITY.format(slug=request.match_info["slug"])
        visitor = await desk.visitor(request)
        fields = await desk.browsers.form(request, visitor, SYNC.format(place=place))
        community = await desk.admitted(visitor, request.match_info["slug"], Capability.CHANNELS_MANAGE)
        typed = [check_reference(text_of(fields.get(name))) for name in ("channel_id", "chatroom_id")]
        await request.app[LIMITS].take(request, limits.CHANNEL_SYNC, visitor.author.name, str(community.id))
        found = await self._synced(visitor, community.id, text_of(fields.get("channel")), typed)
        return await community_page(desk, visitor, community, found)

    async def back(self, request: web.Request) -> web.Response:
        """Lead whoever reloads the page of a sync to the community's page."""
        return self._desk.layout.elsewhere(COMMUNITY.format(slug=request.match_info["slug"]))

    async def _synced(
        self, visitor: Visitor, community_id: int, platform_id: str, typed: list[str | None]
    ) -> list[Finding]:
        learned = await self._desk.kick_look.look(platform_id)
        sync = partial(
            actions.sync, platform_id=platform_id, learned=learned, channel_ref=typed[0], chatroom_ref=typed[1]
        )
        return await self._desk.change(visitor, community_id, Capability.CHANNELS_MANAGE, sync)

    async def _connected(self, returned: Returned) -> web.Response:
        """The channel's owner has allowed something: keep it, follow the channel, and learn what Kick tells of it."""
        desk, visitor, user = self._desk, returned.visitor, returned.user
        community_id = returned.attempt.community_id or 0
        community = await communities.by_id(desk.reader, community_id)
        if community is None or returned.attempt.subject not in {"", user.id}:
            await desk.ways.discard("kick", returned.tokens)
            raise other_account(user.name)
        owner = Owner(community_id=community_id, provider="kick", external_id=user.id, purpose="channel")
        keep = partial(credentials.store_new, vault=desk.vault, owner=owner, granted=returned.tokens)
        follow = partial(channels.attach, platform="kick", external_id=user.id, name=user.name, slug=None)
        try:
            await desk.change(visitor, community_id, Capability.CHANNELS_MANAGE, follow)
        except Refused as refused:
            if refused.code != "channel_already_attached":
                await desk.ways.discard("kick", returned.tokens)
                raise
        await desk.change(visitor, community_id, Capability.CHANNELS_MANAGE, keep)
        await self._synced(visitor, community_id, user.id, [None, None])
        return desk.layout.elsewhere(f"{COMMUNITY.format(slug=community.slug)}#channels")


def other_account(name: str) -> Turned:
    """What is said when somebody else than the channel's owner came back from Kick."""
    return Turned(
        HTTPStatus.CONFLICT,
        Refused(
            "channel_other_account",
            f"You signed in with Kick as {name}, who does not own this channel. Nothing was changed.",
            "Sign out of Kick, go back to the community's page and connect again as the channel's owner.",
        ),
    )
