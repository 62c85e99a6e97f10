"""Requests that a service signs: one token for one request, which says in whose name it asks."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, cast

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from server.auth.actors import Actor
from server.auth.tokens import AUDIENCE, CLOCK_SKEW_S, INSTANT_MAX_S, FaultCode, TokenFault
from server.domain.instants import EPOCH
from server.domain.linking import NUMERIC
from server.domain.staff import Holder, HolderKind
from server.store.tokens.service_keys import ServiceKey

ALGORITHM = "EdDSA"
PREFIX = "rgs"
"""What a service's private key begins with, so that a search for lost secrets finds it."""

REQUIRED = ("iss", "aud", "iat", "exp", "jti")
LIFETIME_MAX_S = 60
TOKEN_LENGTH_MAX = 8_000
"""With two hundred roles a token still fits into the line of a header."""

HEAD_LENGTH_MAX = 400
ROLES_MAX = 200
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
KID = re.compile(r"[A-Za-z0-9_-]{8,32}", re.ASCII)
INTERACTION_LENGTH_MAX = 64
PERMISSIONS_LENGTH_MAX = 20
MANAGE_GUILD, ADMINISTRATOR = 1 << 5, 1 << 3
"""Discord's permissions with which somebody manages a server."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A request whose signature and claims are good; `spends` names it, so that it is taken only once, until its end.

    The time is judged by `expires_at` and, for a clock that differs, a little beyond.
    """

    actor: Actor
    spends: str
    expires_at: datetime


def new_pair() -> tuple[str, str]:
    """A fresh private key and its public key, both as base64url without padding."""
    private = Ed25519PrivateKey.generate()
    return _text(private.private_bytes_raw()), _text(private.public_key().public_bytes_raw())


def handed_out(name: str, kid: str, private_key: str) -> str:
    """A private key as the service's environment takes it: with the names that belong into its tokens."""
    return f"{PREFIX}_{name}.{kid}.{private_key}"


def kid_of(token: str) -> str | None:
    """The id of the key that a token says it is signed with; None for a token that is no service's."""
    return _kid_in(token.partition(".")[0]) if len(token) <= TOKEN_LENGTH_MAX else None


@lru_cache(maxsize=1_000)
def _kid_in(head: str) -> str | None:
    if len(head) > HEAD_LENGTH_MAX:
        return None
    try:
        told = orjson.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except ValueError:
        return None
    match told:
        case {"kid": str(kid), "alg": "EdDSA"} if KID.fullmatch(kid):
            return kid
        case _:
            return None


def read(token: str, key: ServiceKey, now: datetime) -> Signed | TokenFault:
    """What a token of a service asks in whose name, or why it is refused; never raises, whatever the text is.

    It is signed with `key`, lives for at most 60 seconds, and names a Discord server of the key's list if there is one.
    """
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            _public_key(key.public_key),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=key.name,
            options={"require": list(REQUIRED), "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError:
        return TokenFault("invalid")
    if key.revoked_at is not None:
        return TokenFault("revoked")
    fault = _fault_of_time(claims, now)
    if fault is not None:
        return TokenFault(fault)
    request_id = claims["jti"]
    actor = _actor(key, claims) if isinstance(request_id, str) and REQUEST_ID.fullmatch(request_id) else None
    if actor is None:
        return TokenFault("invalid")
    if key.guilds and actor.holders and actor.guild not in key.guilds:
        return TokenFault("guild_foreign")
    spends = sha256(f"{key.id}:{request_id}".encode()).hexdigest()
    return Signed(actor, spends, actor.expires_at)


def _fault_of_time(claims: Mapping[str, Any], now: datetime) -> FaultCode | None:
    issued_s, expires_s = claims["iat"], claims["exp"]
    if not all(type(one) is int and 0 <= one <= INSTANT_MAX_S for one in (issued_s, expires_s)):
        return "invalid"
    now_s = (now - EPOCH) // timedelta(seconds=1)
    if not 0 < expires_s - issued_s <= LIFETIME_MAX_S:
        return "too_long"
    if now_s >= expires_s:
        return "expired"
    return "not_yet_valid" if issued_s > now_s + CLOCK_SKEW_S else None


def _actor(key: ServiceKey, claims: Mapping[str, Any]) -> Actor | None:
    """Who asks, or None for claims that do not fit together."""
    expires_at = EPOCH + timedelta(seconds=claims["exp"])
    if not {"user", "guild", "roles", "interaction", "permissions"} & claims.keys():
        return Actor(
            kind=key.kind,
            community_id=key.community_id,
            subject=key.name,
            token_id=f"service:{key.id}",
            expires_at=expires_at,
            guilds=key.guilds,
        )
    user, guild, interaction = claims.get("user"), claims.get("guild"), claims.get("interaction")
    roles, permissions = _roles(claims.get("roles", [])), _permissions(claims.get("permissions", "0"))
    if key.kind != "bot" or not isinstance(user, str) or not NUMERIC.fullmatch(user):
        return None
    if guild is None and (roles or permissions):
        return None
    if roles is None or permissions is None or not _is_id(guild) or not _is_text(interaction):
        return None
    return Actor(
        kind="bot",
        community_id=key.community_id,
        subject=f"discord:{user}",
        token_id=f"service:{key.id}:{user}",
        expires_at=expires_at,
        holders=frozenset({(HolderKind.DISCORD.value, user)}) | roles,
        guild=guild,
        interaction=interaction,
        manages_guild=bool(permissions & (MANAGE_GUILD | ADMINISTRATOR)),
        guilds=key.guilds,
    )


def _roles(given: object) -> frozenset[Holder] | None:
    if not isinstance(given, list) or len(cast("list[object]", given)) > ROLES_MAX:
        return None
    roles = [one for one in cast("list[object]", given) if isinstance(one, str) and NUMERIC.fullmatch(one)]
    if len(roles) != len(cast("list[object]", given)):
        return None
    return frozenset((HolderKind.DISCORD_ROLE.value, role) for role in roles)


def _permissions(given: object) -> int | None:
    """Discord's permissions, a number of any size in a text."""
    is_number = (
        isinstance(given, str) and 0 < len(given) <= PERMISSIONS_LENGTH_MAX and given.isascii() and given.isdigit()
    )
    return int(cast("str", given)) if is_number else None


def _is_id(value: object) -> bool:
    return value is None or (isinstance(value, str) and NUMERIC.fullmatch(value) is not None)


def _is_text(value: object) -> bool:
    is_text = isinstance(value, str) and value.isprintable() and 0 < len(value) <= INTERACTION_LENGTH_MAX
    return value is None or is_text


@lru_cache(maxsize=100)
def _public_key(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
