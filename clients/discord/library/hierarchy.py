"""What stands in the way of giving a role, as Discord decides it (its documentation: Permissions, Hierarchy)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

ADMINISTRATOR = 1 << 3
MANAGE_ROLES = 1 << 28

Json = Mapping[str, Any]


class Obstacle(StrEnum):
    """Why the bot cannot give a role."""

    DELETED = "deleted"
    EVERYONE = "everyone"
    MANAGED = "managed"
    FORBIDDEN = "forbidden"
    ABOVE = "above"


def obstacle(guild: str, roles: Iterable[Json], member: Json, role: str) -> Obstacle | None:
    """Why a member cannot give a role of a server to anybody; None where he can.

    Roles that belong to a machine, to boosters or to buyers nobody can give. A role as high as one's own highest is
    too high already.
    """
    known = {str(one["id"]): one for one in roles}
    wanted = known.get(role)
    if role == guild:
        return Obstacle.EVERYONE
    if wanted is None:
        return Obstacle.DELETED
    if wanted.get("managed"):
        return Obstacle.MANAGED
    own = [known[one] for one in member["roles"] if one in known]
    bits = 0
    for one in [*own, *([known[guild]] if guild in known else [])]:
        bits |= int(one["permissions"])
    if not bits & (MANAGE_ROLES | ADMINISTRATOR):
        return Obstacle.FORBIDDEN
    highest = max((int(one["position"]) for one in own), default=0)
    return Obstacle.ABOVE if int(wanted["position"]) >= highest else None
