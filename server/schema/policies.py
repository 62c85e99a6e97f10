"""Who may see a field. Root fields enforce their policy; every field below declares one, and a test compares them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeAlias

from graphql import GraphQLError

from server.auth.actors import Actor
from server.domain.staff import NOTHING, Capabilities, Capability


class Level(Enum):
    """Who may see a field that belongs to no community."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"
    SERVICE = "service"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Needs:
    """Whoever has a capability in the community that a field belongs to may see it."""

    capability: Capability


Policy: TypeAlias = Level | Needs
Declared = Mapping[Any, Any]

PUBLIC: Declared = MappingProxyType({"policy": Level.PUBLIC})
"""Anybody, signed in or not."""

SIGNED_IN: Declared = MappingProxyType({"policy": Level.SIGNED_IN})
"""Whoever acts as a person, by any token: a bot for nobody and an overlay do not."""

SERVES: Declared = MappingProxyType({"policy": Level.SERVICE})
"""A client that carries jobs out: the Discord bot for itself, or an overlay. `Actor` says for which communities."""

OPERATOR: Declared = MappingProxyType({"policy": Level.OPERATOR})
"""Whoever runs the installation."""


def needs(capability: Capability) -> Declared:
    """Whoever may do this in the community that the field belongs to, and the operator."""
    return MappingProxyType({"policy": Needs(capability)})


READ: Declared = needs(Capability.COMMUNITY_READ)
"""Whoever may look at the community that the field belongs to."""


def enforced(declared: Declared) -> Declared:
    """`declared`, for a field below a more open one that looks for itself who asks."""
    return MappingProxyType({**declared, "enforced": True})


class Denied(GraphQLError):
    """The caller may not see this; says what to do, and nothing of whether the thing exists."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message, extensions={"code": code, "remedy": remedy})


def admit(actor: Actor | None, declared: Declared, held: Capabilities = NOTHING) -> None:
    """Return if `actor`, who may do what is in `held` where the field belongs, satisfies a policy; else raise `Denied`.

    Of a community that does not exist nobody holds anything, so that it gives the same answer as a foreign one.
    """
    policy: Policy = declared["policy"]
    if policy is Level.PUBLIC:
        return
    if actor is None:
        raise Denied("unauthenticated", "This needs a token.", "Send one as: Authorization: Bearer TOKEN")
    if isinstance(policy, Needs):
        if policy.capability not in held:
            raise lacking(policy.capability)
    elif policy is Level.OPERATOR:
        if actor.kind != "operator" or actor.ceiling is not None:
            raise Denied(
                "forbidden",
                "This is for whoever runs the installation.",
                "Use the operator's token, which `regulars token` prints on the server.",
            )
    elif policy is Level.SERVICE:
        if not actor.serves:
            raise Denied(
                "forbidden",
                "This is for clients that carry jobs out.",
                "Use the Discord bot's own token, without an acting user, or an overlay key.",
            )
    elif not is_person(actor):
        raise Denied("forbidden", "This needs a token that acts for a person.", "Sign in, and use that token.")


def is_person(actor: Actor) -> bool:
    """Whether an actor acts as somebody: by an administrator's token, or by accounts that are his."""
    return actor.kind in {"operator", "owner"} or bool(actor.holders)


def lacking(capability: Capability) -> Denied:
    """The answer to whoever lacks a capability."""
    return Denied(
        "forbidden",
        f"This takes the capability {capability.value} in this community.",
        f"Ask an owner, or whoever else has {Capability.STAFF_MANAGE.value} there, for a role that has it; "
        "a token that is limited to less needs to be made anew.",
    )
