"""Plays Kick's API, api.kick.com: users and channels."""

from collections.abc import Iterable

from aiohttp import web

from clients.simulator.grants import Grant
from clients.simulator.happenings import Person
from clients.simulator.oauth import bearer, unauthorized
from clients.simulator.stage import Stage, as_json, is_account

ASKED_MAX = 50
CHANNEL_BEYOND_OWNER = 1_000_000  # a channel's own number is another one than its owner's
NEVER = "0001-01-01T00:00:00Z"


class Api:
    """The endpoints, on one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def add_to(self, site: web.Application) -> None:
        """Put the endpoints into a web application."""
        site.router.add_get("/public/v1/users", self.users)
        site.router.add_get("/public/v1/channels", self.channels)
        site.router.add_get("/public/v1/livestreams", self.livestreams)

    async def users(self, request: web.Request) -> web.Response:
        """Tell who owns the token, or about the people with the given ids; an app has no self."""
        grant = self._grant(request)
        if grant is None:
            return unauthorized()
        if grant.account is not None and "user:read" not in grant.scopes:
            return _forbidden()
        ids = request.query.getall("id", [])
        if not ids and grant.account is None:
            return _bad_request()
        wanted = ids or [str(grant.account)]
        if len(wanted) > ASKED_MAX or not all(map(is_account, wanted)):
            return _bad_request()
        people = self._by_account(wanted)
        return _ok([_user(person, is_self=person.account == grant.account) for person in people])

    async def channels(self, request: web.Request) -> web.Response:
        """Tell about the channels of the given owners or slugs, not mixed; without any about one's own."""
        grant = self._grant(request)
        if grant is None:
            return unauthorized()
        if grant.account is not None and "channel:read" not in grant.scopes:
            return _forbidden()
        ids, slugs = request.query.getall("broadcaster_user_id", []), request.query.getall("slug", [])
        if not ids and not slugs and grant.account is not None:
            ids = [str(grant.account)]
        mixed = bool(ids) == bool(slugs)
        if mixed or len(ids) + len(slugs) > ASKED_MAX or not all(map(is_account, ids)):
            return _bad_request()
        wanted = {slug.lower() for slug in slugs}
        owners = [person for person in self._stage.people.values() if person.slug in wanted] + self._by_account(ids)
        return _ok([self._channel(owner) for owner in owners])

    async def livestreams(self, request: web.Request) -> web.Response:
        """Tell about the channels of the given owners that are live, and what Kick itself calls them."""
        if self._grant(request) is None:
            return unauthorized()
        ids = request.query.getall("broadcaster_user_id", [])
        if len(ids) > ASKED_MAX or not all(map(is_account, ids)):
            return _bad_request()
        live = self._stage.broadcasts
        return _ok([self._livestream(one) for one in self._by_account(ids) if one.account in live])

    def _livestream(self, owner: Person) -> dict[str, object]:
        live = self._stage.broadcasts[owner.account]
        return {
            "broadcaster_user_id": owner.account,
            "category": {"id": 15, "name": "Just Chatting", "thumbnail": ""},
            "channel_id": owner.account + CHANNEL_BEYOND_OWNER,
            "custom_tags": [],
            "has_mature_content": False,
            "language": "en",
            "profile_picture": owner.picture,
            "slug": owner.slug,
            "started_at": f"{live.since:%Y-%m-%dT%H:%M:%SZ}",
            "stream_title": live.title,
            "thumbnail": "",
            "viewer_count": 0,
        }

    def _grant(self, request: web.Request) -> Grant | None:
        token = bearer(request)
        held = None if token is None else self._stage.grants.access(token)
        return None if held is None else held.grant

    def _by_account(self, numbers: Iterable[str]) -> list[Person]:
        people = self._stage.people
        return [people[int(number)] for number in dict.fromkeys(numbers) if int(number) in people]

    def _channel(self, owner: Person) -> dict[str, object]:
        live = self._stage.broadcasts.get(owner.account)
        return {
            "active_subscribers_count": 0,
            "banner_picture": "",
            "broadcaster_user_id": owner.account,
            "canceled_subscribers_count": 0,
            "category": {"id": 15, "name": "Just Chatting", "thumbnail": ""},
            "channel_description": "",
            "slug": owner.slug,
            "stream": {
                "custom_tags": [],
                "is_live": live is not None,
                "is_mature": False,
                "key": "",
                "language": "" if live is None else "en",
                "start_time": NEVER if live is None else f"{live.since:%Y-%m-%dT%H:%M:%SZ}",
                "thumbnail": "",
                "url": "",
                "viewer_count": 0,
            },
            "stream_title": "" if live is None else live.title,
        }


def _user(person: Person, *, is_self: bool) -> dict[str, object]:
    shown: dict[str, object] = {
        "name": person.name,
        "profile_picture": person.picture,
        "user_id": person.account,
    }
    return {"email": f"{person.slug}@example.com", **shown} if is_self else shown


def _ok(data: list[dict[str, object]]) -> web.Response:
    return as_json({"data": data, "message": "OK"})


def _forbidden() -> web.Response:
    return as_json({"data": {}, "message": "Forbidden"}, 403)


def _bad_request() -> web.Response:
    return as_json({"data": None, "message": "Bad request"}, 400)
