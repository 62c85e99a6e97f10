"""Plays Kick's event subscriptions: list, order, give up, and what is odd about each."""

from typing import Any, cast

from aiohttp import web

from clients.simulator.answers import bad_request, content_of, forbidden, grant_of, may, ok
from clients.simulator.grants import Grant
from clients.simulator.oauth import unauthorized
from clients.simulator.quirks import Subscription
from clients.simulator.stage import Stage, is_account

PATH = "/public/v1/events/subscriptions"
SCOPE = "events:subscribe"
KINDS = frozenset(
    {"chat.message.sent", "channel.followed", "channel.subscription.new", "channel.subscription.renewal"}
    | {"channel.subscription.gifts", "channel.reward.redemption.updated", "livestream.status.updated"}
    | {"livestream.metadata.updated", "moderation.banned", "kicks.gifted"}
)


class Ordering:
    """The endpoints, on one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def add_to(self, site: web.Application) -> None:
        """Put the endpoints into a web application."""
        site.router.add_get(PATH, self.listing)
        site.router.add_post(PATH, self.order)
        site.router.add_delete(PATH, self.give_up)

    async def listing(self, request: web.Request) -> web.Response:
        """List the subscriptions of the app, or of one channel."""
        grant = grant_of(self._stage, request)
        if grant is None:
            return unauthorized()
        if not may(grant, SCOPE):
            return forbidden()
        asked = request.query.get("broadcaster_user_id", "" if grant.account is None else str(grant.account))
        if asked and not is_account(asked):
            return bad_request()
        held = self._stage.subscriptions.held.values()
        shown = [one for one in held if not asked or one.account == int(asked)]
        return ok([self._entry(one) for one in shown if one.kind not in self._stage.quirks.unlisted])

    async def order(self, request: web.Request) -> web.Response:
        """Make subscriptions; one outcome for each kind that was asked for."""
        grant = grant_of(self._stage, request)
        if grant is None:
            return unauthorized()
        if not may(grant, SCOPE):
            return forbidden()
        content, quirks = await content_of(request), self._stage.quirks
        kinds = _kinds(content)
        # A body of another shape is answered as if all were well, and creates nothing.
        if kinds is None or quirks.ghost_orders:
            return ok([])
        account = _account(grant, content)
        if account is None or len(set(kinds)) < len(kinds) or not KINDS.issuperset(kinds):
            return bad_request()
        held = self._stage.subscriptions.held
        if quirks.order_limit is not None and len(held) + len(kinds) > quirks.order_limit:
            return bad_request("event subscription limit reached")
        return ok([self._outcome(account, kind) for kind in kinds])

    async def give_up(self, request: web.Request) -> web.Response:
        """Take subscriptions away; unknown ones are fine."""
        grant = grant_of(self._stage, request)
        if grant is None:
            return unauthorized()
        if not may(grant, SCOPE):
            return forbidden()
        ids = request.query.getall("id", [])
        if not ids:
            return bad_request()
        for one in ids:
            self._stage.subscriptions.held.pop(one, None)
        return web.Response(status=204)

    def _outcome(self, account: int, kind: str) -> dict[str, object]:
        if kind in self._stage.quirks.refused:
            return {"name": kind, "version": 1, "error": "something went wrong"}
        made = self._stage.subscriptions.order(account, kind)
        return {"name": kind, "version": 1, "subscription_id": made.id}

    def _entry(self, one: Subscription) -> dict[str, object]:
        at = f"{one.created_at:%Y-%m-%dT%H:%M:%S.%fZ}"
        return {
            "app_id": self._stage.grants.app.client_id,
            "broadcaster_user_id": one.account,
            "created_at": at,
            "event": one.kind,
            "id": one.id,
            "method": "webhook",
            "updated_at": at,
            "version": 1,
        }


def _kinds(content: dict[str, Any]) -> list[str] | None:
    """The kinds that are asked for; None where the body is not of the shape that Kick wants."""
    events, names = content.get("events"), list[str]()
    if not isinstance(events, list) or content.get("method") != "webhook":
        return None
    for event in cast("list[Any]", events):
        match event:
            case {"name": str(name), "version": 1}:
                names.append(name)
            case _:
                return None
    return names or None


def _account(grant: Grant, content: dict[str, Any]) -> int | None:
    asked = content.get("broadcaster_user_id")
    if grant.account is None:
        return asked if type(asked) is int else None
    return grant.account
