"""The public keys that Kick may have signed with."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from server.platforms.kick.key_source import KeySource, KeyUnavailable
from server.ports import Clock

KEY_SIZE_BITS = 2048
REFRESH_EVERY_S = 10 * 60
RETIRED_KEPT_S = 48 * 60 * 60
RETIRED_MAX = 8


class Refreshed(StrEnum):
    """How asking for the published key ended."""

    PINNED = "pinned"
    TOO_SOON = "too_soon"
    FAILED = "failed"
    SAME = "same"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class _Retired:
    key: RSAPublicKey
    until_s: float


def load_key(pem: bytes) -> RSAPublicKey:
    """Return the public key written in `pem`; raises ValueError, with a sentence, when it is not RSA of 2048 bits."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("This is no public key in PEM form; it must begin with BEGIN PUBLIC KEY.") from None
    if not isinstance(key, RSAPublicKey) or key.key_size != KEY_SIZE_BITS:
        raise ValueError(f"This public key is not RSA of {KEY_SIZE_BITS} bits, which is what Kick signs with.")
    return key


def published_key() -> RSAPublicKey:
    """Return the key that Kick publishes, as shipped with us: https://docs.kick.com/events/webhook-security."""
    return load_key(files("server.platforms.kick").joinpath("published_key.pem").read_bytes())


class KeyRing:
    """The keys in force: pinned ones at first, later what Kick publishes, the former ones for another 48 hours.

    Without a `source` the pinned keys are all there ever is. `fault` says why the last refresh failed.
    """

    def __init__(self, pinned: Sequence[RSAPublicKey], clock: Clock, source: KeySource | None = None) -> None:
        self._current = tuple(pinned)
        self._retired: tuple[_Retired, ...] = ()
        self._clock = clock
        self._source = source
        self._flight = asyncio.Lock()
        self._tried_at_s: float | None = None
        self.fault: str | None = None

    def in_force(self) -> tuple[RSAPublicKey, ...]:
        """Return the keys to try, the likeliest first."""
        if not self._retired:
            return self._current
        return (*self._current, *(old.key for old in self._unexpired()))

    async def refresh(self) -> Refreshed:
        """Ask Kick for its key, at most once per 10 minutes however many ask; raises nothing, forgets no key.

        Who comes while somebody else asks waits for that answer, five seconds at most, and is told TOO_SOON: after any
        outcome but PINNED a failed verification deserves a second look.
        """
        if self._source is None:
            return Refreshed.PINNED
        async with self._flight:
            now_s = self._clock.monotonic()
            if self._tried_at_s is not None and now_s < self._tried_at_s + REFRESH_EVERY_S:
                return Refreshed.TOO_SOON
            self._tried_at_s = now_s
            try:
                key = load_key(await self._source.fetch())
            except (KeyUnavailable, ValueError) as fault:
                self.fault = str(fault)
                return Refreshed.FAILED
            self.fault = None
            return self._adopt(key)

    def _adopt(self, key: RSAPublicKey) -> Refreshed:
        if key in self._current:
            return Refreshed.SAME
        until_s = self._clock.monotonic() + RETIRED_KEPT_S
        replaced = (_Retired(old, until_s) for old in self._current)
        earlier = (old for old in self._unexpired() if old.key != key)
        self._retired = (*replaced, *earlier)[:RETIRED_MAX]
        self._current = (key,)
        return Refreshed.CHANGED

    def _unexpired(self) -> list[_Retired]:
        now_s = self._clock.monotonic()
        return [old for old in self._retired if now_s < old.until_s]
