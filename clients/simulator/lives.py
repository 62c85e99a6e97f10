"""Plays the part of Kick's API that tells who is live."""

from aiohttp import web

from clients.simulator.answers import bad_request, grant_of, ok
from clients.simulator.happenings import Person
from clients.simulator.oauth import unauthorized
from clients.simulator.stage import Broadcast, Stage, is_account

ASKED_MAX = 100


class Lives:
    """The endpoint, on one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def add_to(self, site: web.Application) -> None:
        """Put the endpoint into a web application."""
        site.router.add_get("/public/v1/users/livestreams", self.livestreams)

    async def livestreams(self, request: web.Request) -> web.Response:
        """Tell about those of the given people that are live."""
        if grant_of(self._stage, request) is None:
            return unauthorized()
        ids = request.query.getall("user_id", [])
        if not 0 < len(ids) <= ASKED_MAX or not all(map(is_account, ids)):
            return bad_request()
        asked = {int(one) for one in ids} - self._stage.quirks.unlisted_lives
        people, live = self._stage.people, self._stage.broadcasts
        return ok([_livestream(people[one], live[one]) for one in sorted(asked & people.keys() & live.keys())])


def _livestream(owner: Person, live: Broadcast) -> dict[str, object]:
    return {
        "id": f"550e8400-e29b-41d4-a716-{owner.account:012d}",
        "broadcaster_user": {"id": owner.account, "profile_picture": owner.picture, "username": owner.name},
        "category": {"id": 15, "name": live.category, "thumbnail": ""},
        "channel": {"slug": owner.slug},
        "has_mature_content": False,
        "language_code": "en",
        "started_at": f"{live.since:%Y-%m-%dT%H:%M:%SZ}",
        "tags": [],
        "thumbnail": "",
        "title": live.title,
        "viewer_count": 0,
    }
