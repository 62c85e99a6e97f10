"""Plays the affiliate feeds of Shuffle and Howl: totals that rise, dips, errors with success, and partial answers."""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

import orjson
from aiohttp import web

Mood = Literal["whole", "dip", "partial", "empty", "limited", "html", "broken"]
CHALLENGE = "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>"


@dataclass(slots=True)
class Affiliates:
    """What people have wagered, in cents by name, and how the next polls are answered; after those, whole.

    A poll of Shuffle is first answered by the next of `bodies`, as it stands.
    """

    key: str
    code: str = "HOUSE"
    cents: dict[str, int] = field(default_factory=dict[str, int])
    moods: deque[Mood] = field(default_factory=deque[Mood])
    bodies: deque[bytes] = field(default_factory=deque[bytes])
    polls: int = 0

    def add_to(self, site: web.Application) -> None:
        """Put the feeds into a web application."""
        site.router.add_get("/stats/{key}", self.shuffle)
        site.router.add_get("/api/user/affiliate/lb", self.howl)

    def wager(self, name: str, cents: int) -> None:
        """Have somebody wager so much more."""
        self.cents[name] = self.cents.get(name, 0) + cents

    async def shuffle(self, request: web.Request) -> web.Response:
        """Tell everybody's totals as Shuffle does."""
        if request.match_info["key"] != self.key:
            return web.json_response({"statusCode": 404, "message": "NOT_FOUND"}, status=404)
        if self.bodies:
            self.polls += 1
            return web.Response(body=self.bodies.popleft(), content_type="application/json")
        mood = self._next()
        rows = [{"username": name, "campaignCode": self.code, "wagerAmount": usd} for name, usd in self._told(mood)]
        limited = {"statusCode": 400, "message": "TOO_MANY_REQUEST"}
        return _answer(mood, rows, limited)

    async def howl(self, request: web.Request) -> web.Response:
        """Tell everybody's totals as Howl does."""
        if request.headers.get("Authorization") != self.key:
            return web.json_response({"success": False, "error": "Unauthorized"}, status=401)
        mood = self._next()
        rows = [
            {"userId": number, "name": name, "wageredUSD": usd}
            for number, (name, usd) in enumerate(self._told(mood), 1)
        ]
        return _answer(mood, {"success": True, "data": rows}, {"success": False, "error": "Too many requests"})

    def _next(self) -> Mood:
        self.polls += 1
        return self.moods.popleft() if self.moods else "whole"

    def _told(self, mood: Mood) -> list[tuple[str, float]]:
        listed = sorted(self.cents.items())
        match mood:
            case "dip":
                listed = [(name, cents // 2 if place == 0 else cents) for place, (name, cents) in enumerate(listed)]
            case "partial":
                listed = [(name, cents // 2) for name, cents in listed[: len(listed) // 2]]
            case "empty":
                listed = []
            case _:
                pass
        return [(name, cents / 100) for name, cents in listed]


def _answer(mood: Mood, told: object, limited: object) -> web.Response:
    if mood == "html":
        return web.Response(text=CHALLENGE, content_type="text/html")
    if mood == "broken":
        return web.Response(body=orjson.dumps(told)[:-1], content_type="application/json")
    return web.json_response(limited if mood == "limited" else told)
