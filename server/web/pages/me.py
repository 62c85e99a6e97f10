"""The page on which a person sees what is held about him, takes it along, and asks to be forgotten."""

from collections.abc import AsyncGenerator
from functools import partial

import orjson
from aiohttp import web

from server.actions import privacy as actions
from server.domain import limits
from server.domain.privacy import EVERYWHERE, Identity
from server.domain.refusals import Refused
from server.schema.scalars import write_instant
from server.store import communities
from server.store.privacy import forgetting, sections
from server.store.privacy.shapes import Held
from server.web.limited import LIMITS
from server.web.pages.browser import Visitor
from server.web.pages.desk import SIGN_IN_FOR, Desk

ME = "/me"
EXPORT = "/me/export"
FORGET = "/me/forget"
KEEP = "/me/keep"
FILE = "regulars-my-data.json"
SHOWN_MAX = 20
PLACES_MAX = 100


class Me:
    """What a signed-in person may do about his data."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add_to(self, site: web.Application) -> None:
        """Serve the pages."""
        telling = self._desk.layout.telling
        site.router.add_get(ME, telling(self.show))
        site.router.add_post(SIGN_IN_FOR.format(place=ME), telling(self.sign_in))
        site.router.add_post(EXPORT, telling(self.export))
        site.router.add_get(FORGET, telling(self.confirm))
        site.router.add_post(FORGET, telling(self.forget))
        site.router.add_post(KEEP, telling(self.keep))

    async def show(self, request: web.Request) -> web.Response:
        """What is held, who looked, and what can be done."""
        visitor = await self._desk.visitor(request)
        own = identities(visitor)
        if not own:
            return self._desk.page(visitor, "sign-in-first.html", action=SIGN_IN_FOR.format(place=ME))
        reader = self._desk.reader
        people = await forgetting.mine(reader, own, EVERYWHERE)
        held = Held(people)
        known = {section.name: section for section in sections.SECTIONS}
        _, places = await known["communities"].page(reader, held, 0, PLACES_MAX)
        reads = await sections.newest_reads(reader, held, SHOWN_MAX)
        wishes = [
            (wish, await communities.by_id(reader, wish.community_id) if wish.community_id else None)
            for wish in await forgetting.open_of(reader, [one.identity for one in people])
        ]
        linked = [one for one in people if one.identity not in own]
        grace = self._desk.forget_grace
        return self._desk.page(
            visitor, "me.html", linked=linked, places=places, reads=reads, wishes=wishes, grace=grace
        )

    async def sign_in(self, request: web.Request) -> web.Response:
        """Send the browser to Kick, to come back here."""
        return await self._desk.sign_in(request, SIGN_IN_FOR.format(place=ME), ME)

    async def export(self, request: web.Request) -> web.StreamResponse:
        """Everything as a file, sent piece by piece."""
        visitor, own = await self._sent(request, EXPORT)
        await request.app[LIMITS].take(request, limits.EXPORTS, visitor.author.name)
        people = await forgetting.mine(self._desk.reader, own, EVERYWHERE)
        answer = web.StreamResponse(headers=self._desk.layout.file(FILE))
        answer.content_type = "application/json"
        await answer.prepare(request)
        async for piece in self._pieces(Held(people)):
            await answer.write(piece)
        await answer.write_eof()
        return answer

    async def _pieces(self, held: Held) -> AsyncGenerator[bytes]:
        head = {
            "format": sections.FORMAT,
            "version": sections.VERSION,
            "madeAt": write_instant(self._desk.browsers.now),
            "accounts": [str(one) for one in held.identities],
            "notes": sections.NOTES,
        }
        yield orjson.dumps(head)[:-1] + b',"sections":{'
        last, is_first = "", True
        async for name, found in sections.records(self._desk.reader, held):
            if name != last:
                yield (b"]," if last else b"") + orjson.dumps(name) + b":["
                last, is_first = name, True
            if found:
                yield (b"" if is_first else b",") + orjson.dumps(found)[1:-1]
                is_first = False
        yield b"]}}\n"

    async def confirm(self, request: web.Request) -> web.Response:
        """What being forgotten means, before anything is asked for."""
        visitor = await self._desk.visitor(request)
        if not identities(visitor):
            return self._desk.page(visitor, "sign-in-first.html", action=SIGN_IN_FOR.format(place=ME))
        slug = request.query.get("in", "")
        community = await communities.by_slug(self._desk.reader, slug) if slug else None
        if slug and community is None:
            return self._desk.layout.elsewhere(ME)
        return self._desk.page(
            visitor, "me-forget.html", community=community, where=slug, grace=self._desk.forget_grace
        )

    async def forget(self, request: web.Request) -> web.Response:
        """Ask to be forgotten."""
        visitor, own = await self._sent(request, FORGET)
        fields = await request.post()
        ask = partial(actions.ask, own=own, is_confirmed=fields.get("sure") == "yes", grace=self._desk.forget_grace)
        await self._desk.units.run(await self._place(fields.get("in")), ask, by=visitor.author)
        return self._desk.layout.elsewhere(ME)

    async def keep(self, request: web.Request) -> web.Response:
        """Take it back."""
        visitor, own = await self._sent(request, KEEP)
        fields = await request.post()
        place = await self._place(fields.get("in"))
        await self._desk.units.run(place, partial(actions.keep, own=own), by=visitor.author)
        return self._desk.layout.elsewhere(ME)

    async def _sent(self, request: web.Request, purpose: str) -> tuple[Visitor, list[Identity]]:
        visitor = await self._desk.visitor(request)
        await self._desk.browsers.form(request, visitor, purpose)
        own = identities(visitor)
        if not own:
            raise Refused("signed_out", "You are signed in no more.", f"Open {ME} again and sign in.")
        return visitor, own

    async def _place(self, slug: object) -> int:
        if not slug:
            return EVERYWHERE
        found = await communities.by_slug(self._desk.reader, str(slug))
        if found is None:
            raise Refused("community_unknown", "There is no such community.", f"Go back to {ME} and choose one.")
        return found.id


def identities(visitor: Visitor) -> list[Identity]:
    """The account that a visitor is signed in with."""
    session = visitor.session
    return [] if session is None else [Identity(session.platform, session.external_id)]
