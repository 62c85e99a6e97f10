"""What somebody may do in a channel, as Discord computes it (its documentation: Permissions, Permission Overwrites)."""

from collections.abc import Iterable, Mapping
from typing import Any

ADMINISTRATOR = 1 << 3
ADD_REACTIONS = 1 << 6
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_HISTORY = 1 << 16
MANAGE_ROLES = 1 << 28
PIN_MESSAGES = 1 << 51
EVERYTHING = (1 << 53) - 1
WRITING: Mapping[str, int] = {
    "View Channel": VIEW_CHANNEL,
    "Send Messages": SEND_MESSAGES,
    "Embed Links": EMBED_LINKS,
}
"""What it takes to post a card, under Discord's own names."""
INVITED: Mapping[str, int] = {
    **WRITING,
    "Attach Files": ATTACH_FILES,
    "Read Message History": READ_HISTORY,
    "Add Reactions": ADD_REACTIONS,
    "Manage Roles": MANAGE_ROLES,
    "Pin Messages": PIN_MESSAGES,
}
"""What the bot asks for when it is invited."""

Json = Mapping[str, Any]


def in_channel(guild: str, roles: Iterable[Json], member: Json, channel: Json) -> int:
    """The permissions of a member who does not own the server, as bits."""
    own = {guild, *member["roles"]}
    bits = 0
    for role in roles:
        bits |= int(role["permissions"]) if role["id"] in own else 0
    if bits & ADMINISTRATOR:
        return EVERYTHING
    overwrites = {one["id"]: one for one in channel.get("permission_overwrites") or ()}
    user = str(member["user"]["id"])
    for those in ([guild], sorted(own - {guild}), [user]):
        found = [overwrites[one] for one in those if one in overwrites]
        for one in found:
            bits &= ~int(one["deny"])
        for one in found:
            bits |= int(one["allow"])
    return bits


def lacking(bits: int, wanted: Mapping[str, int] = WRITING) -> list[str]:
    """What is missing of what is wanted, by default to post a card; without seeing a channel nothing else counts."""
    return [name for name, bit in wanted.items() if not bits & bit]
