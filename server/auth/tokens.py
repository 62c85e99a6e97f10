"""Signed tokens: what `regulars token` prints and every request is checked against."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import jwt

from server.auth.actors import Actor
from server.auth.keys import derived_key
from server.domain.instants import EPOCH
from server.domain.linking import NUMERIC
from server.domain.staff import Capabilities, Holder, HolderKind, restored, stored
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

HOLDERS_MAX = 20
"""So many accounts and Discord roles one token speaks for at most."""

Role = Literal["admin"]
NOTHING_MORE: Mapping[str, Any] = {}
HOLDER_KINDS = frozenset(kind.value for kind in HolderKind)
FaultCode = Literal[
    "expired", "not_yet_valid", "invalid", "revoked", "replayed", "too_long", "guild_foreign", "session_over"
]
MESSAGES: Mapping[FaultCode, str] = {
    "expired": "The token has expired. Make a new one with: regulars token",
    "not_yet_valid": "The token is not valid yet. Check the clocks of the machine that made it and of the server.",
    "invalid": "The token is not valid here. Make one on this server with: regulars token",
    "revoked": "The token or its key was revoked. Ask whoever runs this server, or its community, for another one.",
    "replayed": "This signed request was taken before. Sign every request anew, with an id of its own.",
    "too_long": "A signed request is good for at most 60 seconds. Sign every request when you send it.",
    "session_over": "This browser is not signed in, or not any more. Sign in again.",
    "guild_foreign": "The service's key is not for this Discord server. Put the server on the key's list.",
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
        return self._signed(role, subject, community, lifetime)

    def mint_person(
        self,
        holders: Collection[Holder],
        community: CommunityScope | None = None,
        ceiling: Capabilities | None = None,
        lifetime: timedelta = LIFETIME,
        *,
        subject: str | None = None,
    ) -> str:
        """Return a token of a person who proved these 1 to 20 accounts; ValueError for others, or a bad lifetime.

        What he may do is looked up when he asks: his grants, never beyond `ceiling`, and only in `community` if given.
        Without a `subject` he is known by the first of his accounts.
        """
        told = sorted(set(holders))
        if not all(map(_is_holder, told)) or not 1 <= len(told) <= HOLDERS_MAX:
            raise ValueError(f"a person is known by 1 to {HOLDERS_MAX} accounts, each by its kind and number")
        claims: dict[str, Any] = {"holders": [list(holder) for holder in told]}
        if ceiling is not None:
            claims["ceiling"] = stored(ceiling)
        return self._signed("person", subject or ":".join(told[0]), community, lifetime, claims)

    def _signed(
        self,
        role: str,
        subject: str,
        community: CommunityScope | None,
        lifetime: timedelta,
        more: Mapping[str, Any] = NOTHING_MORE,
    ) -> str:
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
            **more,
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
    make = ACTORS.get(claims["role"]) if isinstance(claims["role"], str) else None
    if make is None or not all(map(_is_name, names)) or not _is_instant(claims["exp"]):
        return None
    scope = _scope(claims.get("community"))
    if scope is None and "community" in claims:
        return None
    return make(claims, scope)


def _admin(claims: Mapping[str, Any], scope: CommunityScope | None) -> Actor:
    return Actor(
        kind="operator" if scope is None else "owner",
        community_id=scope and scope.id,
        community_slug=scope and scope.slug,
        subject=claims["sub"],
        token_id=claims["jti"],
        expires_at=EPOCH + timedelta(seconds=claims["exp"]),
    )


def _person(claims: Mapping[str, Any], scope: CommunityScope | None) -> Actor | None:
    holders, ceiling = _holders(claims.get("holders")), claims.get("ceiling")
    if holders is None or not isinstance(ceiling, str | None):
        return None
    return Actor(
        kind="person",
        community_id=scope and scope.id,
        community_slug=scope and scope.slug,
        subject=claims["sub"],
        token_id=claims["jti"],
        expires_at=EPOCH + timedelta(seconds=claims["exp"]),
        holders=holders,
        ceiling=None if ceiling is None else restored(ceiling),
    )


ACTORS: Mapping[str, Callable[[Mapping[str, Any], CommunityScope | None], Actor | None]] = {
    "admin": _admin,
    "person": _person,
}
"""By the role in a token: whom its claims make of its holder, or None for claims that make nobody."""


def _holders(given: object) -> frozenset[Holder] | None:
    if not isinstance(given, list):
        return None
    pairs = [tuple(cast("list[object]", one)) for one in cast("list[object]", given) if isinstance(one, list)]
    if len(pairs) != len(cast("list[object]", given)) or not 1 <= len(pairs) <= HOLDERS_MAX:
        return None
    return frozenset(cast("list[Holder]", pairs)) if all(map(_is_holder, pairs)) else None


def _is_holder(value: object) -> bool:
    match value:
        case (str(kind), str(external_id)):
            return kind in HOLDER_KINDS and NUMERIC.fullmatch(external_id) is not None
        case _:
            return False


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
