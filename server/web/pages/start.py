"""The first page: sign in, type a code, and have a community."""

from functools import lru_cache, partial
from http import HTTPStatus
from zoneinfo import available_timezones

from aiohttp import web

from server.actions import communities as actions
from server.actions.communities import Plan
from server.domain import limits
from server.domain.refusals import Refused
from server.schema.scalars import printable
from server.store import staff
from server.web.limited import LIMITS
from server.web.pages.browser import Visitor
from server.web.pages.desk import SIGN_IN_FOR, Desk
from server.web.pages.layout import Turned

START = "/start"
COMMUNITY = "/c/{slug}"
COMMUNITY_ROUTE = "/c/{slug:[a-z0-9-]{1,40}}"
PLACES_MAX = 50
FIELDS = ("code", "name", "slug", "timezone")
FIELD_LENGTH_MAX = 200


class Start:
    """The page on which a person makes a community."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add_to(self, site: web.Application) -> None:
        """Serve the page."""
        telling = self._desk.layout.telling
        site.router.add_get(START, telling(self.show))
        site.router.add_post(START, telling(self.found))
        site.router.add_post(SIGN_IN_FOR.format(place=START), telling(self.sign_in))

    async def show(self, request: web.Request) -> web.Response:
        """What is needed, or the form."""
        visitor = await self._desk.visitor(request)
        return await self._page(visitor, dict.fromkeys(FIELDS, "") | {"timezone": "UTC"})

    async def sign_in(self, request: web.Request) -> web.Response:
        """Send the browser to Kick, to come back here."""
        return await self._desk.sign_in(request, SIGN_IN_FOR.format(place=START), START)

    async def found(self, request: web.Request) -> web.Response:
        """Make the community, and lead to it; what is wrong is told beside what was typed."""
        desk = self._desk
        visitor = await desk.visitor(request)
        fields = await desk.browsers.form(request, visitor, START)
        given = {name: text_of(fields.get(name)) for name in FIELDS}
        if visitor.session is None:
            raise Turned(
                HTTPStatus.FORBIDDEN,
                Refused("signed_out", "You are signed in no more.", f"Open {START} again and sign in."),
            )
        owner = (visitor.session.platform, visitor.session.external_id)
        plan = Plan(slug=given["slug"], name=given["name"], timezone=given["timezone"])
        try:
            actions.check_plan(plan)
            await request.app[LIMITS].take(request, limits.SETUP_CODE)
            found = partial(
                actions.found,
                plan=plan,
                owner=owner,
                code=given["code"],
                codes=desk.codes,
                is_open=desk.open_sign_up,
            )
            await desk.units.run(0, found, by=visitor.author)
        except Refused as refused:
            return await self._page(visitor, given, refused)
        return desk.layout.elsewhere(COMMUNITY.format(slug=plan.slug))

    async def _page(self, visitor: Visitor, given: dict[str, str], refused: Refused | None = None) -> web.Response:
        places: list[tuple[str, str]] = []
        if visitor.session is not None:
            holder = (visitor.session.platform, visitor.session.external_id)
            places = await staff.places_of(self._desk.reader, holder, PLACES_MAX)
        return self._desk.page(
            visitor,
            "start.html",
            status=HTTPStatus.OK if refused is None else HTTPStatus.CONFLICT,
            code="" if refused is None else refused.code,
            refused=refused,
            given=given,
            places=places,
            timezones=timezones(),
            is_open=self._desk.open_sign_up,
        )


def text_of(value: object) -> str:
    """A field of a form as one line of text, cut where nothing of ours is that long."""
    return printable(value).strip()[:FIELD_LENGTH_MAX] if isinstance(value, str) else ""


@lru_cache(maxsize=1)
def timezones() -> tuple[str, ...]:
    """The time zones that people choose from: places, and UTC."""
    return ("UTC", *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))
