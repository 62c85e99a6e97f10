"""Signed tokens: what `regulars token` prints and every request is checked against."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import jwt

from server.auth.actors import Actor
from server.auth.keys import derived_key
from server.domain.instants import EPOCH
from server.ports import Clock, Ids

ALGORITHM = "HS256"
ISSUER = "regulars"
AUDIENCE = "regulars-api"
PURPOSE = "access tokens v1"
REQUIRED = ("iss", "aud", "sub", "iat", "exp", "jti", "role")
LIFETIME = timedelta(days=30)
LIFETIME_MAX = timedelta(days=366)
# Clocks of two servers may differ by this much; an expiry is never stretched.
CLOCK_SKEW_S = 30
TOKEN_LENGTH_MAX = 2048
VERIFIED_MAX = 2_000
"""Tokens whose signature is not checked again; what they claim, and whether that is over, is judged every time."""
TEXT_LENGTH_MAX = 100
INSTANT_MAX_S = 253_402_300_799  # the last second of the year 9999
ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
ID_MAX = 2**63 - 1

Role = Literal["admin"]
FaultCode = Literal["expired", "not_yet_valid", "invalid"]
MESSAGES: Mapping[FaultCode, str] = {
    "expired": "The token has expired. Make a new one with: regulars token",
    "not_yet_valid": "The token is not valid yet. Check the clocks of the machine that made it and of the server.",
    "invalid": "The token is not valid here. Make one on this server with: regulars token",
}


@dataclass(frozen=True, slots=True)
class CommunityScope:
    """The one community that a token is for."""

    id: int
    slug: str


@dataclass(frozen=True, slots=True)
class TokenFault:
    """Why a token is refused; says nothing about which check failed beyond `code`."""

    code: FaultCode

    @property
    def message(self) -> str:
        """Say what is wrong and what to do."""
        return MESSAGES[self.code]


class TokenSigner:
    """Makes and reads tokens with a key of their own, derived from the secret key."""

    __slots__ = ("_clock", "_ids", "_key", "_verified")

    def __init__(self, secret: str, clock: Clock, ids: Ids) -> None:
        self._key = derived_key(secret, PURPOSE)
        self._clock = clock
        self._ids = ids
        self._verified: dict[str, tuple[bytes, Mapping[str, Any]]] = {}

    def mint(
        self,
        role: Role,
        community: CommunityScope | None = None,
        lifetime: timedelta = LIFETIME,
        *,
        subject: str = "command-line",
    ) -> str:
        """Return a token that starts now; ValueError for a lifetime that is not between a second and 366 days."""
        if not timedelta(seconds=1) <= lifetime <= LIFETIME_MAX:
            raise ValueError("a token lives for at least a second and at most 366 days; choose a lifetime between")
        issued_s = _seconds(self._clock.now())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": issued_s,
            "exp": issued_s + int(lifetime.total_seconds()),
            "jti": self._ids.token(),
            "role": role,
        }
        if community is not None:
            claims["community"] = {"id": str(community.id), "slug": community.slug}
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def read(self, token: str) -> Actor | TokenFault:
        """Return the holder of `token`, or why it is refused; never raises, whatever the text is."""
        key, claims = self._verified.get(token, (None, None))
        if claims is None or key is not self._key:
            claims = self._verify(token)
            if claims is None:
                return TokenFault("invalid")
            if len(self._verified) >= VERIFIED_MAX:
                self._verified.clear()
            self._verified[token] = self._key, claims
        return self._judge(claims)

    def _verify(self, token: str) -> Mapping[str, Any] | None:
        """The claims of a token that was signed here, or None."""
        if len(token) > TOKEN_LENGTH_MAX or not token.isascii():
            return None
        try:
            return jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # Times are checked below, against the injected clock.
                options={"require": list(REQUIRED), "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return None

    def _judge(self, claims: Mapping[str, Any]) -> Actor | TokenFault:
        actor = _actor(claims)
        starts_s = [claims["iat"], *([claims["nbf"]] if "nbf" in claims else [])]
        if actor is None or not all(map(_is_instant, starts_s)):
            return TokenFault("invalid")
        now_s = _seconds(self._clock.now())
        if now_s >= claims["exp"]:
            return TokenFault("expired")
        if max(starts_s) > now_s + CLOCK_SKEW_S:
            return TokenFault("not_yet_valid")
        return actor


def _actor(claims: Mapping[str, Any]) -> Actor | None:
    names = (claims["sub"], claims["jti"])
    if claims["role"] != "admin" or not all(map(_is_name, names)) or not _is_instant(claims["exp"]):
        return None
    scope = _scope(claims.get("community"))
    if scope is None and "community" in claims:
        return None
    return Actor(
        kind="operator" if scope is None else "owner",
        community_id=scope and scope.id,
        community_slug=scope and scope.slug,
        subject=claims["sub"],
        token_id=claims["jti"],
        expires_at=EPOCH + timedelta(seconds=claims["exp"]),
    )


def _scope(community: object) -> CommunityScope | None:
    match community:
        case {"id": str(number), "slug": str(slug)} if _is_id(number) and _is_name(slug):
            return CommunityScope(id=int(number), slug=slug)
        case _:
            return None


def _is_id(text: str) -> bool:
    return ID.fullmatch(text) is not None and int(text) <= ID_MAX


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= TEXT_LENGTH_MAX


def _is_instant(value: object) -> bool:
    return type(value) is int and 0 <= value <= INSTANT_MAX_S


def _seconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(seconds=1)
