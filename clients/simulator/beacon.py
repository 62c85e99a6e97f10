"""Plays relays of the beacon drand: rounds that come when their time is there, lies, silence, and no answer at all."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

Mood = Literal["honest", "lying", "hanging", "down"]
HANGS_S = 60.0


@dataclass(slots=True)
class Relay:
    """Tells the signatures in `rounds`, in hexadecimal digits by number, to whoever asks; others are not there yet.

    A lying one tells the signature of another round. `asked` are the rounds that it was asked for.
    """

    rounds: Mapping[int, str]
    mood: Mood = "honest"
    asked: list[int] = field(default_factory=list[int])

    def add_to(self, site: web.Application) -> None:
        """Put the relay into a web application."""
        site.router.add_get("/{chain}/public/{round}", self.tell)

    async def tell(self, request: web.Request) -> web.Response:
        """Tell one round."""
        number = int(request.match_info["round"])
        self.asked.append(number)
        if self.mood == "hanging":
            await asyncio.sleep(HANGS_S)
        if self.mood == "down":
            return web.Response(status=502)
        told = self.rounds.get(number)
        if self.mood == "lying":
            told = next(signature for one, signature in self.rounds.items() if one != number)
        if told is None:
            return web.json_response({"error": "round not found"}, status=404)
        return web.json_response({"round": number, "signature": told})
