"""Who may do what in a community: capabilities, the roles that bundle them, and how grants are given and taken."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from server.domain.linking import NUMERIC
from server.domain.refusals import Refused


class Capability(StrEnum):
    """One thing that somebody may do in a community; the set is closed."""

    COMMUNITY_READ = "community.read"
    SETTINGS_EDIT = "settings.edit"
    CHANNELS_MANAGE = "channels.manage"
    WATCHTIME_ADJUST = "watchtime.adjust"
    LINKS_MANAGE = "links.manage"
    DELIVERIES_REPLAY = "deliveries.replay"
    SLOTCALLS_MANAGE = "slotcalls.manage"
    CHAT_MANAGE = "chat.manage"
    REWARDS_MANAGE = "rewards.manage"
    RAFFLE_MANAGE = "raffle.manage"
    RAFFLE_DRAW = "raffle.draw"
    GIVEAWAYS_MANAGE = "giveaways.manage"
    TICKETS_GRANT = "tickets.grant"
    STAFF_MANAGE = "staff.manage"
    TOKENS_MANAGE = "tokens.manage"
    OVERLAYS_MANAGE = "overlays.manage"
    AUDIT_READ = "audit.read"
    ALERTS_READ = "alerts.read"


Capabilities = frozenset[Capability]
EVERYTHING: Capabilities = frozenset(Capability)
NOTHING: Capabilities = frozenset()


class StaffRole(StrEnum):
    """A bundle of capabilities with a name that people know."""

    OWNER = "owner"
    MANAGER = "manager"
    MODERATOR = "moderator"


ROLES: Mapping[StaffRole, Capabilities] = MappingProxyType(
    {
        StaffRole.OWNER: EVERYTHING,
        StaffRole.MANAGER: EVERYTHING - {Capability.STAFF_MANAGE, Capability.TOKENS_MANAGE},
        StaffRole.MODERATOR: frozenset(
            {
                Capability.COMMUNITY_READ,
                Capability.WATCHTIME_ADJUST,
                Capability.LINKS_MANAGE,
                Capability.SLOTCALLS_MANAGE,
                Capability.GIVEAWAYS_MANAGE,
            }
        ),
    }
)


class HolderKind(StrEnum):
    """What a grant is given to: an account on a platform, or everybody with a role on Discord."""

    KICK = "kick"
    TWITCH = "twitch"
    DISCORD = "discord"
    DISCORD_ROLE = "discord_role"


Holder = tuple[str, str]
"""(kind of holder, the platform's own id): whom a grant is given to, and by what a person is known to hold it."""

GRANTS_MAX = 500
"""So many grants a community has at most."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a holder was granted in one community: a role, and capabilities beyond it."""

    role: StaffRole
    extra: Capabilities = NOTHING

    @property
    def capabilities(self) -> Capabilities:
        """Everything the grant allows."""
        return ROLES[self.role] | self.extra


def effective(grants: Iterable[Grant], ceiling: Capabilities | None = None) -> Capabilities:
    """What all grants together allow, never beyond `ceiling`; without one there is no bound."""
    held = NOTHING.union(*(grant.capabilities for grant in grants))
    return held if ceiling is None else held & ceiling


def holder_of(kind: HolderKind, external_id: str) -> Holder:
    """Whom a grant is for, or a refusal where the id cannot be one of that kind."""
    if not NUMERIC.fullmatch(external_id):
        raise Refused(
            "holder_id_invalid",
            f"{external_id[:50]!r} cannot be the id of a holder of the kind {kind.value}.",
            "Use the platform's own number, never a name; names change.",
        )
    return kind.value, external_id


def check_change(held: Capabilities, before: Grant | None, after: Grant | None) -> None:
    """Refuse a change of a grant to whoever may not manage staff, or does not hold all that it gives or takes himself.

    `held` is what the one who changes it may do; `before` and `after` are the grant, None where there is none.
    """
    touched = NOTHING.union(*(grant.capabilities for grant in (before, after) if grant is not None))
    missing = sorted((touched | {Capability.STAFF_MANAGE}) - held)
    if missing:
        raise Refused(
            "capability_not_held",
            f"You cannot give or take what you may not do yourself: {', '.join(missing)}.",
            "Ask an owner of the community to do it.",
        )


def check_holder(kind: str, grant: Grant) -> None:
    """Refuse to make a Discord role an owner: whoever hands out that role on Discord would choose the owners."""
    if kind == HolderKind.DISCORD_ROLE and grant.role is StaffRole.OWNER:
        raise Refused(
            "owner_not_a_person",
            "A Discord role cannot own a community: whoever hands it out on Discord would choose the owners.",
            "Make a person's account the owner, and the role manager or moderator.",
        )


def check_last_owner(owners: int, before: Grant | None, after: Grant | None) -> None:
    """Refuse to remove or demote the last of so many owners."""
    was_owner = before is not None and before.role is StaffRole.OWNER
    stays_owner = after is not None and after.role is StaffRole.OWNER
    if was_owner and not stays_owner and owners <= 1:
        raise Refused(
            "last_owner",
            "This is the last owner of the community.",
            "Make somebody else an owner first.",
        )


def stored(capabilities: Capabilities) -> str:
    """Capabilities as one text, in order."""
    return ",".join(sorted(capabilities))


def restored(text: str) -> Capabilities:
    """Capabilities from `stored`; one that this version does not know allows nothing."""
    known = {one.value for one in Capability}
    return frozenset(Capability(name) for name in text.split(",") if name in known)
