"""Who may see a field. Root fields enforce their policy; every field below declares one, and a test compares them."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Any

from graphql import GraphQLError

from server.auth.actors import Actor


class Policy(IntEnum):
    """Who may see a field, from the least to the most restricted."""

    PUBLIC = 0
    OWNER = 1
    OPERATOR = 2


Declared = Mapping[Any, Any]

PUBLIC: Declared = MappingProxyType({"policy": Policy.PUBLIC})
"""Anybody, signed in or not."""

OWNER: Declared = MappingProxyType({"policy": Policy.OWNER})
"""The owner of the community that the field belongs to, and the operator."""

OPERATOR: Declared = MappingProxyType({"policy": Policy.OPERATOR})
"""Whoever runs the installation."""


def enforced(declared: Declared) -> Declared:
    """`declared`, for a field below a more open one that looks for itself who asks."""
    return MappingProxyType({**declared, "enforced": True})


class Denied(GraphQLError):
    """The caller may not see this; says what to do, and nothing of whether the thing exists."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message, extensions={"code": code, "remedy": remedy})


def admit(actor: Actor | None, declared: Declared, community_id: int | None = None) -> None:
    """Return if `actor` satisfies a policy, for an owner's in `community_id`; else raise `Denied`.

    An owner who names another community, or one that does not exist, gets the same answer.
    """
    policy: Policy = declared["policy"]
    if policy is Policy.PUBLIC:
        return
    if actor is None:
        raise Denied("unauthenticated", "This needs a token.", "Send one as: Authorization: Bearer TOKEN")
    if actor.kind == "operator":
        return
    if policy is Policy.OPERATOR or community_id is None or actor.community_id != community_id:
        raise Denied(
            "forbidden", "Your token does not allow this.", "Use a token of this community, or the operator's."
        )
