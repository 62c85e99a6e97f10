"""Terms of service and privacy policy, for everybody to read and for staff to write."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus

from aiohttp import web

from server.actions import texts as actions
from server.domain.refusals import Refused
from server.domain.staff import Capability
from server.domain.texts import BODY_LENGTH_MAX, TITLES, TextKind, TextVersion, blocks, standard, tidied
from server.schema.scalars import printable
from server.store import communities, texts
from server.store.communities import CommunityRecord
from server.web.pages.browser import Visitor
from server.web.pages.desk import SIGN_IN_FOR, Desk
from server.web.pages.layout import Turned
from server.web.pages.start import COMMUNITY, COMMUNITY_ROUTE

KINDS = "{kind:terms|privacy}"
TEXT = "{place}/{kind}"
EDIT = "{place}/{kind}/edit"
VERSIONS_SHOWN = 20
FORM_BYTES_MAX = 20 * BODY_LENGTH_MAX
"""A letter takes up to nine bytes in a form, and one beyond the basic plane twelve."""


class Texts:
    """The pages of the texts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add_to(self, site: web.Application) -> None:
        """Serve the pages."""
        telling = self._desk.layout.telling
        edit = EDIT.replace("{kind}", KINDS).replace("{place}", COMMUNITY_ROUTE)
        site.router.add_get(f"/{KINDS}", telling(self.show_standard))
        site.router.add_get(f"{COMMUNITY_ROUTE}/{KINDS}", telling(self.show))
        site.router.add_get(edit, telling(self.show_form))
        site.router.add_post(edit, telling(self.update))
        site.router.add_post(SIGN_IN_FOR.format(place=edit), telling(self.sign_in))

    async def show_standard(self, request: web.Request) -> web.Response:
        """The standard text, for the pages that belong to no community."""
        return self._page(standard(TextKind(request.match_info["kind"])), None, ())

    async def show(self, request: web.Request) -> web.Response:
        """The text in force, or an older version of it."""
        reader, kind = self._desk.reader, TextKind(request.match_info["kind"])
        community = await communities.by_slug(reader, request.match_info["slug"])
        if community is None:
            raise Turned(
                HTTPStatus.NOT_FOUND,
                Refused("community_unknown", "There is no such community.", "Check the address."),
            )
        newest = await texts.newest(reader, community.id, kind)
        shown = await self._version(community, kind, request.query.get("version", "")) or newest
        others = await texts.page(reader, community.id, kind, None, VERSIONS_SHOWN)
        return self._page(shown, community, others, is_old=shown.version != newest.version)

    async def show_form(self, request: web.Request) -> web.Response:
        """The form for a new version, for staff; a stranger may sign in."""
        visitor = await self._desk.visitor(request)
        if visitor.session is None:
            return self._desk.page(visitor, "sign-in-first.html", action=SIGN_IN_FOR.format(place=request.path))
        community = await self._desk.admitted(visitor, request.match_info["slug"], Capability.SETTINGS_EDIT)
        kind = TextKind(request.match_info["kind"])
        newest = await texts.newest(self._desk.reader, community.id, kind)
        return await self._form(visitor, community, newest, newest.body)

    async def update(self, request: web.Request) -> web.Response:
        """Keep a new version; what is wrong with it is told beside it."""
        desk, visitor = self._desk, await self._desk.visitor(request)
        fields = await desk.browsers.form(request, visitor, request.path, bytes_max=FORM_BYTES_MAX)
        community = await desk.admitted(visitor, request.match_info["slug"], Capability.SETTINGS_EDIT)
        kind, given = TextKind(request.match_info["kind"]), fields.get("body", "")
        typed = given if isinstance(given, str) else ""
        try:
            body = "\n".join(printable(line) for line in tidied(typed).split("\n"))
            update = partial(actions.update, kind=kind, body=body)
            await desk.change(visitor, community.id, Capability.SETTINGS_EDIT, update)
        except Refused as refused:
            newest = await texts.newest(desk.reader, community.id, kind)
            return await self._form(visitor, community, newest, typed, refused)
        place = COMMUNITY.format(slug=community.slug)
        return desk.layout.elsewhere(TEXT.format(place=place, kind=kind.value))

    async def sign_in(self, request: web.Request) -> web.Response:
        """Send the browser to Kick, to come back to the form."""
        place = EDIT.format(place=COMMUNITY.format(slug=request.match_info["slug"]), kind=request.match_info["kind"])
        return await self._desk.sign_in(request, SIGN_IN_FOR.format(place=place), place)

    async def _version(self, community: CommunityRecord, kind: TextKind, wanted: str) -> TextVersion | None:
        if not wanted.isascii() or not wanted.isdigit() or len(wanted) > len(str(BODY_LENGTH_MAX)):
            return None
        if int(wanted) == 0:
            return standard(kind)
        return await texts.by_version(self._desk.reader, community.id, kind, int(wanted))

    def _page(
        self,
        text: TextVersion,
        community: CommunityRecord | None,
        versions: Sequence[TextVersion],
        *,
        is_old: bool = False,
    ) -> web.Response:
        return self._desk.layout.page(
            "text.html",
            text=text,
            title=TITLES[text.kind],
            blocks=blocks(text.body),
            community=community,
            versions=versions,
            is_old=is_old,
        )

    async def _form(
        self,
        visitor: Visitor,
        community: CommunityRecord,
        newest: TextVersion,
        body: str,
        refused: Refused | None = None,
    ) -> web.Response:
        place = COMMUNITY.format(slug=community.slug)
        return self._desk.page(
            visitor,
            "text-edit.html",
            status=HTTPStatus.OK if refused is None else HTTPStatus.CONFLICT,
            code="" if refused is None else refused.code,
            refused=refused,
            community=community,
            place=place,
            action=EDIT.format(place=place, kind=newest.kind.value),
            newest=newest,
            title=TITLES[newest.kind],
            body=body,
            length_max=BODY_LENGTH_MAX,
            versions=await texts.page(self._desk.reader, community.id, newest.kind, None, VERSIONS_SHOWN),
        )
