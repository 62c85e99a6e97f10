"""What every page works with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import web

from server.auth.capabilities import capabilities_in
from server.auth.codes import Codes
from server.auth.sealing import Vault
from server.domain import limits
from server.domain.refusals import Refused
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope, Units
from server.ports import Reader, Tx
from server.ports_platforms import ChannelLook
from server.store import communities
from server.store.communities import CommunityRecord
from server.store.database import Database
from server.web.limited import LIMITS
from server.web.pages.browser import Browsers, Visitor
from server.web.pages.layout import Layout, Turned
from server.web.pages.platforms import Ways

T = TypeVar("T")

SIGN_IN_FOR = "{place}/sign-in"
"""Where the button of a page is sent that brings its visitor back to that page, signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every page works with."""

    database: Database
    units: Units
    layout: Layout
    browsers: Browsers
    ways: Ways
    codes: Codes
    public_url: str
    open_sign_up: bool
    vault: Vault
    kick_look: ChannelLook
    has_kick_app: bool
    forget_grace: timedelta

    @property
    def reader(self) -> Reader:
        """A connection for queries."""
        return self.database.reader()

    async def visitor(self, request: web.Request) -> Visitor:
        """Who asks."""
        return await self.browsers.visitor(self.reader, request)

    def page(self, visitor: Visitor, template: str, **values: Any) -> web.Response:
        """A page for a visitor, whose forms ask `proof` for what shows that they are ours."""
        page = self.layout.page(
            template,
            visitor=visitor,
            session=visitor.session,
            proof=partial(self.browsers.form_proof, visitor),
            **values,
        )
        return self.browsers.remember(visitor, page)

    async def sign_in(self, request: web.Request, purpose: str, to: str) -> web.Response:
        """Send a browser to Kick so that it comes back signed in, to a page of ours."""
        visitor = await self.visitor(request)
        await self.browsers.form(request, visitor, purpose)
        await request.app[LIMITS].take(request, limits.SIGN_IN)
        scopes = self.ways.platform("kick").oauth.scopes("linking")
        return await self.ways.leave(visitor, flow="session", state=self.browsers.fresh(), subject=to, scopes=scopes)

    async def admitted(self, visitor: Visitor, slug: str, capability: Capability) -> CommunityRecord:
        """The community with a slug, if the visitor has a capability in it; `Turned` otherwise.

        One that is not there gives the same answer as a foreign one.
        """
        found = await communities.by_slug(self.reader, slug)
        held = (
            frozenset[Capability]()
            if found is None or visitor.actor is None
            else await capabilities_in(self.reader, visitor.actor, found.id)
        )
        if found is None or capability not in held:
            raise closed()
        return found

    async def change(
        self,
        visitor: Visitor,
        community_id: int,
        capability: Capability,
        action: Callable[[Tx, Scope], Awaitable[Done[T]]],
    ) -> T:
        """Run an action in a visitor's name, who must have a capability at that very moment; `Turned` otherwise."""

        async def judged(tx: Tx, scope: Scope) -> Done[T]:
            if visitor.actor is None or capability not in await capabilities_in(tx, visitor.actor, community_id):
                raise closed()
            return await action(tx, scope)

        return await self.units.run(community_id, judged, by=visitor.author)


def closed() -> Turned:
    """What is said to whoever may not look at a community's page."""
    return Turned(
        HTTPStatus.FORBIDDEN,
        Refused(
            "not_yours",
            "There is no such community, or you may not do this there.",
            "Sign in with the account that has a role in it, or ask one of its owners for one.",
        ),
    )
