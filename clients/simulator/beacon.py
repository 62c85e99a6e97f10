"""Plays relays of the beacon drand: rounds that come when their time is there, lies, silence, and no answer at all."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, Literal, cast

from aiohttp import web

from clients.simulator.system import wall_now

Mood = Literal["honest", "lying", "hanging", "down"]
HANGS_S = 60.0
OWN_CHAIN = "3fe9992e1b8044f8f8b435b0975e3bdf56e28a399d095b11c2ced2c2da25b66a"
OWN_SECRET = sha256(b"regulars demo beacon").digest()
"""For everybody to read: a beacon whose key is known proves nothing, and is not to be mistaken for one that does."""

PERIOD_S, GENESIS_S, ROUND_MAX = 3, 1_692_803_367, 80_000_000_000
TAG = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"


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


@dataclass(frozen=True, slots=True)
class OwnBeacon:
    """A relay of a chain of the simulator's own, which signs a round once its time has come, and none before."""

    now: Callable[[], datetime] = wall_now

    def add_to(self, site: web.Application) -> None:
        """Put the relay into a web application."""
        site.router.add_get(f"/{OWN_CHAIN}/public/{{round}}", self.tell)

    async def tell(self, request: web.Request) -> web.Response:
        """Tell one round."""
        told = request.match_info["round"]
        number = int(told) if told.isdecimal() and len(told) <= len(str(ROUND_MAX)) else 0
        if number < 1 or GENESIS_S + (number - 1) * PERIOD_S > self.now().timestamp():
            return web.json_response({"error": "round not found"}, status=404)
        signature = await asyncio.to_thread(signature_of, number)
        return web.json_response({"round": number, "signature": signature.hex()})


@cache
def signature_of(number: int) -> bytes:
    """What the own chain says in a round."""
    recursion_max = sys.getrecursionlimit()
    from py_ecc.bls.hash_to_curve import hash_to_G1  # noqa: PLC0415 - takes a second, and only a draw needs it
    from py_ecc.bls.point_compression import compress_G1  # noqa: PLC0415 - the same
    from py_ecc.optimized_bls12_381.optimized_curve import curve_order, multiply  # noqa: PLC0415 - the same

    # The library raises this limit for all of the process, where deep JSON then overflows the stack and ends it.
    sys.setrecursionlimit(recursion_max)
    # Its annotation names what a hash function returns instead of the function.
    said = hash_to_G1(sha256(number.to_bytes(8, "big")).digest(), TAG, cast("Any", sha256))
    return compress_G1(multiply(said, int.from_bytes(OWN_SECRET, "big") % curve_order)).to_bytes(48, "big")
