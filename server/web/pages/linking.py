"""The pages on which a Discord user links an account of another platform: start, sign in, look at both, confirm."""

from functools import partial
from http import HTTPStatus
from typing import Any

from aiohttp import web

from server.actions import proofs as actions
from server.auth.links import LinkSigner
from server.domain.limits import SIGN_IN
from server.domain.proofs import ProofState, check_browser, check_confirmable, check_open
from server.domain.refusals import Refused
from server.domain.signin import START_AGAIN
from server.store import communities, proofs
from server.store.communities import CommunityRecord
from server.store.proofs import ProofRecord
from server.store.signin import Attempt
from server.web.limited import LIMITS
from server.web.pages.browser import Visitor
from server.web.pages.desk import Desk
from server.web.pages.layout import Turned
from server.web.pages.platforms import Returned

START = "/link/{token}"
CONFIRM = "/link/{token}/confirm"
DONE = "/link/{token}/done"
KEEP_TRYING = frozenset({"link_other_browser", "link_not_proven", "link_confirmed"})
"""Refusals that leave the link as it is: the person may go on with it."""


class Linking:
    """Shows a person whose Discord user is meant, before and after he signs in; only his confirmation counts."""

    def __init__(self, desk: Desk, signer: LinkSigner) -> None:
        self._desk = desk
        self._signer = signer
        desk.ways.arriving("link", self._proven, self._declined)

    def add_to(self, site: web.Application) -> None:
        """Serve the pages."""
        telling = self._desk.layout.telling
        site.router.add_get(START, telling(self.show_start), allow_head=False)
        site.router.add_post(START, telling(self.leave))
        site.router.add_get(CONFIRM, telling(self.show_both), allow_head=False)
        site.router.add_post(CONFIRM, telling(self.confirm))
        site.router.add_get(DONE, telling(self.show_end), allow_head=False)

    async def show_start(self, request: web.Request) -> web.Response:
        """Whose Discord user is about to be linked, and where; nothing happens by looking."""
        record, visitor = await self._opened(request)
        check_browser(record, visitor.browser_digest)
        return await self._page("link-start.html", request, record, visitor, purpose=START)

    async def leave(self, request: web.Request) -> web.Response:
        """Send the browser to Kick."""
        record, visitor = await self._opened(request)
        await self._desk.browsers.form(request, visitor, purpose_of(START, request))
        check_browser(record, visitor.browser_digest)
        await request.app[LIMITS].take(request, SIGN_IN)
        ways = self._desk.ways
        return await ways.leave(
            visitor,
            flow="link",
            state=self._desk.browsers.fresh(),
            subject=request.match_info["token"],
            scopes=ways.platform("kick").oauth.scopes("linking"),
            community_id=record.community_id,
        )

    async def show_both(self, request: web.Request) -> web.Response:
        """Both accounts, before anything is linked; only in the browser that signed in."""
        record, visitor = await self._opened(request)
        check_browser(record, visitor.browser_digest)
        check_confirmable(record)
        if record.state is ProofState.CONFIRMED:
            return self._to(request, DONE)
        return await self._page("link-confirm.html", request, record, visitor, purpose=CONFIRM)

    async def confirm(self, request: web.Request) -> web.Response:
        """Link the accounts, or show the code that is typed in Discord."""
        record, visitor = await self._opened(request)
        await self._desk.browsers.form(request, visitor, purpose_of(CONFIRM, request))
        confirm = partial(
            actions.confirm, proof_id=record.id, browser_digest=visitor.browser_digest, signer=self._signer
        )
        try:
            await self._desk.units.run(record.community_id, confirm)
        except Refused as refused:
            if refused.code not in KEEP_TRYING:
                await self._fail(record, refused)
            raise
        return self._to(request, DONE)

    async def show_end(self, request: web.Request) -> web.Response:
        """What became of it: the code to type, or both accounts linked."""
        record, visitor = await self._found(request)
        check_browser(record, visitor.browser_digest)
        if record.state is ProofState.LINKED:
            return await self._page("link-done.html", request, record, visitor, purpose=DONE)
        check_open(record, self._desk.browsers.now)
        if record.state is not ProofState.CONFIRMED:
            return self._to(request, CONFIRM)
        code = self._signer.code(record.id, visitor.browser_digest)
        return await self._page("link-code.html", request, record, visitor, purpose=DONE, typed=code)

    async def _proven(self, returned: Returned) -> web.Response:
        """Somebody signed in for a link: note who, and show both accounts."""
        token = returned.attempt.subject
        record = check_open(await self._record(token), self._desk.browsers.now)
        await self._desk.ways.discard("kick", returned.tokens)
        prove = partial(
            actions.prove,
            proof_id=record.id,
            platform="kick",
            external_id=returned.user.id,
            name=returned.user.name,
            browser_digest=returned.visitor.browser_digest,
        )
        await self._desk.units.run(record.community_id, prove)
        return self._desk.layout.elsewhere(CONFIRM.format(token=token))

    async def _declined(self, attempt: Attempt) -> None:
        """Somebody did not allow the sign-in: staff sees it, and the link stays good."""
        record = await self._record(attempt.subject)
        if record is not None:
            note = partial(actions.note_problem, proof_id=record.id, problem="sign_in_declined")
            await self._desk.units.run(record.community_id, note)

    async def _fail(self, record: ProofRecord, refused: Refused) -> None:
        fail = partial(actions.fail, proof_id=record.id, problem=refused.code)
        await self._desk.units.run(record.community_id, fail)

    async def _record(self, token: str) -> ProofRecord | None:
        number = self._signer.number(token)
        return None if number is None else await proofs.by_id(self._desk.reader, number)

    async def _found(self, request: web.Request) -> tuple[ProofRecord, Visitor]:
        visitor = await self._desk.browsers.visitor(self._desk.reader, request)
        record = await self._record(request.match_info["token"])
        if record is None:
            raise Turned(
                HTTPStatus.NOT_FOUND,
                Refused("link_unknown", "This is no link of ours, or it was changed on the way.", START_AGAIN),
            )
        return record, visitor

    async def _opened(self, request: web.Request) -> tuple[ProofRecord, Visitor]:
        record, visitor = await self._found(request)
        check_open(record, self._desk.browsers.now)
        return record, visitor

    async def _page(
        self, template: str, request: web.Request, record: ProofRecord, visitor: Visitor, *, purpose: str, **more: Any
    ) -> web.Response:
        community: CommunityRecord | None = await communities.by_id(self._desk.reader, record.community_id)
        page = self._desk.layout.page(
            template,
            proof=self._desk.browsers.form_proof(visitor, purpose_of(purpose, request)),
            action=purpose_of(purpose, request),
            again=purpose_of(START, request),
            record=record,
            community=community,
            **more,
        )
        return self._desk.browsers.remember(visitor, page)

    def _to(self, request: web.Request, path: str) -> web.Response:
        return self._desk.layout.elsewhere(purpose_of(path, request))


def purpose_of(path: str, request: web.Request) -> str:
    """The address of a page of this link, which its form is good for and for nothing else."""
    return path.format(token=request.match_info["token"])
