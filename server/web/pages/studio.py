"""The studio: a community's overlays for its staff. What they look like, their links for OBS, and which are on air."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from server.actions.draws import plan
from server.actions.streamalerts import steer
from server.actions.tokens import overlay_keys as actions
from server.auth.capabilities import capabilities_in
from server.auth.shown_once import ShownOnce, digest_of
from server.domain.raffle.periods import PeriodState
from server.domain.refusals import Refused
from server.domain.staff import NOTHING, Capability
from server.domain.streamalerts import AlertKind
from server.domain.tokens import OVERLAY_KEYS_MAX
from server.schema.ids import UnknownId, id_of, number_of
from server.store.communities import CommunityRecord
from server.store.raffle import periods
from server.store.raffle.periods import PeriodRecord
from server.store.tokens import overlay_keys
from server.store.tokens.overlay_keys import OverlayKeyRecord
from server.web.overlay.widgets import LANGUAGES, THEMES, WIDGETS, WidgetOffered
from server.web.pages.browser import Visitor
from server.web.pages.desk import SIGN_IN_FOR, Desk
from server.web.pages.looks import BY_NAME, Look, look_of
from server.web.pages.start import COMMUNITY, COMMUNITY_ROUTE, text_of

STUDIO = "{place}/overlays"
KEYS = "{place}/overlays/keys"
REVOKE = "{place}/overlays/keys/revoke"
TRY = "{place}/overlays/try"
TEST_DRAW = "{place}/overlays/draw"
WAITING = frozenset({PeriodState.OPEN, PeriodState.SETTLING, PeriodState.FROZEN})
"""Raffles whose draw is still to come."""
TRIED_NAME, TRIED_AMOUNT = "otter", 5
KINDS = {
    AlertKind.FOLLOW: "a follow",
    AlertKind.SUB: "a subscription",
    AlertKind.RESUB: "a renewal",
    AlertKind.GIFT: "gifts",
    AlertKind.KICKS: "KICKs",
    AlertKind.WINNER: "a winner",
}
ON_AIR_WITHIN = timedelta(minutes=2, seconds=30)
"""When an overlay was last there is written down once a minute by each server."""
REVOKED_SHOWN = timedelta(days=30)
"""So long a revoked key is listed: a source that has it yet is found by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A link that was just made, with its key, for this one answer."""

    widget: WidgetOffered
    overlay: str
    link: str
    dragged: str


class Studio:
    """The page on which staff looks at overlays and makes links for OBS."""

    def __init__(self, desk: Desk, shown_once: ShownOnce) -> None:
        self._desk = desk
        self._shown_once = shown_once

    def add_to(self, site: web.Application) -> None:
        """Serve the page, and what its forms are sent to."""
        telling = self._desk.layout.telling
        studio, keys = STUDIO.format(place=COMMUNITY_ROUTE), KEYS.format(place=COMMUNITY_ROUTE)
        site.router.add_get(studio, telling(self.show))
        site.router.add_post(SIGN_IN_FOR.format(place=studio), telling(self.sign_in))
        site.router.add_get(keys, telling(self.back))
        site.router.add_post(keys, telling(self.make))
        site.router.add_post(REVOKE.format(place=COMMUNITY_ROUTE), telling(self.revoke))
        site.router.add_post(TRY.format(place=COMMUNITY_ROUTE), telling(self.try_alert))
        site.router.add_post(TEST_DRAW.format(place=COMMUNITY_ROUTE), telling(self.test_draw))

    async def show(self, request: web.Request) -> web.Response:
        """The page, for staff who may make keys; a stranger may sign in."""
        desk, visitor = self._desk, await self._desk.visitor(request)
        slug = request.match_info["slug"]
        if visitor.actor is None:
            place = STUDIO.format(place=COMMUNITY.format(slug=slug))
            return desk.page(visitor, "sign-in-first.html", action=SIGN_IN_FOR.format(place=place))
        community = await desk.admitted(visitor, slug, Capability.OVERLAYS_MANAGE)
        return await self._page(visitor, community, look_of(request.query), is_tested="tested" in request.query)

    async def sign_in(self, request: web.Request) -> web.Response:
        """Send the browser to Kick, to come back here."""
        place = STUDIO.format(place=COMMUNITY.format(slug=request.match_info["slug"]))
        return await self._desk.sign_in(request, SIGN_IN_FOR.format(place=place), place)

    async def back(self, request: web.Request) -> web.Response:
        """Lead whoever reloads the page of a link to the studio."""
        return self._desk.layout.elsewhere(STUDIO.format(place=COMMUNITY.format(slug=request.match_info["slug"])))

    async def make(self, request: web.Request) -> web.Response:
        """Make a key for a widget, and show the link with it; or only show the widget as it was chosen."""
        desk, place = self._desk, COMMUNITY.format(slug=request.match_info["slug"])
        visitor = await desk.visitor(request)
        fields = await desk.browsers.form(request, visitor, KEYS.format(place=place))
        community = await desk.admitted(visitor, request.match_info["slug"], Capability.OVERLAYS_MANAGE)
        widget = BY_NAME.get(text_of(fields.get("widget")))
        if widget is None:
            raise Refused("widget_unknown", "There is no such widget.", "Choose one of those on the page.")
        look = look_of(fields)
        if text_of(fields.get("do")) == "look":
            return desk.layout.elsewhere(f"{STUDIO.format(place=place)}?{urlencode(look.asked)}#widget-{widget.name}")
        overlay = text_of(fields.get("overlay")).strip().lower() or widget.name
        secret = self._shown_once.secret("overlay", desk.browsers.fresh())
        create = partial(actions.create, overlay=overlay, digest=digest_of(secret))
        await desk.change(visitor, community.id, Capability.OVERLAYS_MANAGE, create)
        address = f"{desk.public_url}/overlay/{widget.name}"
        hidden = look.hidden(widget, ZoneInfo(community.timezone), k=secret)
        layer = {
            "layer-name": f"{widget.title} · {overlay}",
            "layer-width": widget.width,
            "layer-height": widget.height,
        }
        made = Made(
            widget=widget,
            overlay=overlay,
            link=f"{address}#{hidden}",
            dragged=f"{address}?{urlencode(layer)}#{hidden}",
        )
        return await self._page(visitor, community, look, made)

    async def revoke(self, request: web.Request) -> web.Response:
        """Make a key good no more: what shows with it ends within seconds."""
        desk, place = self._desk, COMMUNITY.format(slug=request.match_info["slug"])
        visitor = await desk.visitor(request)
        fields = await desk.browsers.form(request, visitor, REVOKE.format(place=place))
        community = await desk.admitted(visitor, request.match_info["slug"], Capability.OVERLAYS_MANAGE)
        try:
            number = number_of("overlay_key", text_of(fields.get("key")))
        except UnknownId:
            raise Refused("overlay_key_unknown", "There is no such key.", "Use the buttons of the page.") from None
        revoke = partial(actions.revoke, key_id=number)
        await desk.change(visitor, community.id, Capability.OVERLAYS_MANAGE, revoke)
        return desk.layout.elsewhere(f"{STUDIO.format(place=place)}#keys")

    async def try_alert(self, request: web.Request) -> web.Response:
        """Have an overlay show an alert that is marked as a test and counts nowhere."""
        desk, place = self._desk, COMMUNITY.format(slug=request.match_info["slug"])
        visitor = await desk.visitor(request)
        fields = await desk.browsers.form(request, visitor, TRY.format(place=place))
        community = await desk.admitted(visitor, request.match_info["slug"], Capability.OVERLAYS_MANAGE)
        kind = text_of(fields.get("kind"))
        if kind not in set(KINDS):
            raise Refused("stream_alert_kind_unknown", "There is no such alert.", "Choose one of those on the page.")
        try_out = partial(
            steer.try_out,
            overlay=text_of(fields.get("overlay")),
            kind=AlertKind(kind),
            name=TRIED_NAME,
            amount=TRIED_AMOUNT,
            token=desk.browsers.fresh(),
        )
        await desk.change(visitor, community.id, Capability.OVERLAYS_MANAGE, try_out)
        return desk.layout.elsewhere(f"{STUDIO.format(place=place)}#keys")

    async def test_draw(self, request: web.Request) -> web.Response:
        """Have a draw of the raffle be tried out, in which nothing is won."""
        desk, place = self._desk, COMMUNITY.format(slug=request.match_info["slug"])
        visitor = await desk.visitor(request)
        fields = await desk.browsers.form(request, visitor, TEST_DRAW.format(place=place))
        community = await desk.admitted(visitor, request.match_info["slug"], Capability.RAFFLE_DRAW)
        raffle = await self._drawable(community.id)
        if raffle is None:
            raise Refused("raffle_unknown", "There is no raffle that could be drawn.", "Begin one, then try its draw.")
        ask = partial(plan.ask_test, period_id=raffle.id, actor=visitor.author.name, reason="Tried out in the studio.")
        await desk.change(visitor, community.id, Capability.RAFFLE_DRAW, ask)
        asked = urlencode({**look_of(fields).asked, "tested": "draw"})
        return desk.layout.elsewhere(f"{STUDIO.format(place=place)}?{asked}#widget-draw")

    async def _drawable(self, community_id: int) -> PeriodRecord | None:
        """The open raffle, or else the last one if it is not drawn yet."""
        reader = self._desk.reader
        found = await periods.current(reader, community_id) or next(
            iter(await periods.newest(reader, community_id, 1)), None
        )
        return found if found is not None and found.state in WAITING else None

    async def _page(
        self,
        visitor: Visitor,
        community: CommunityRecord,
        look: Look,
        made: Made | None = None,
        *,
        is_tested: bool = False,
    ) -> web.Response:
        desk, place, zone = self._desk, COMMUNITY.format(slug=community.slug), ZoneInfo(community.timezone)
        good = await overlay_keys.good(desk.reader, community.id, OVERLAY_KEYS_MAX)
        now = desk.browsers.now
        revoked = await overlay_keys.revoked_since(desk.reader, community.id, now - REVOKED_SHOWN, OVERLAY_KEYS_MAX)
        held = NOTHING if visitor.actor is None else await capabilities_in(desk.reader, visitor.actor, community.id)
        return desk.page(
            visitor,
            "studio.html",
            frames=True,
            community=community,
            place=place,
            widgets=[(one, look.hidden(one, zone, preview="usual"), look.of(one)) for one in WIDGETS],
            themes=THEMES,
            languages=LANGUAGES,
            look=look,
            drawable=await self._drawable(community.id),
            may_draw=Capability.RAFFLE_DRAW in held,
            is_tested=is_tested,
            test_draw=TEST_DRAW.format(place=place),
            made=made,
            keys=[(key, id_of("overlay_key", key.id), sign_of_life(key, now)) for key in good],
            revoked=[(key, None if key.tried_at is None else ago(now - key.tried_at)) for key in revoked],
            studio=STUDIO.format(place=place),
            make=KEYS.format(place=place),
            revoke=REVOKE.format(place=place),
            tries=TRY.format(place=place),
            kinds=KINDS,
        )


def sign_of_life(key: OverlayKeyRecord, now: datetime) -> str:
    """Whether something shows with a key, or when something did last."""
    if key.used_at is None:
        return "never used"
    since = now - key.used_at
    return "on air" if since < ON_AIR_WITHIN else f"last seen {ago(since)}"


def ago(since: timedelta) -> str:
    """How long ago something was."""
    if since < timedelta(minutes=2):
        return "a minute ago"
    if since < timedelta(hours=2):
        return f"{since // timedelta(minutes=1)} minutes ago"
    if since < timedelta(days=2):
        return f"{since // timedelta(hours=1)} hours ago"
    return f"{since.days} days ago"
