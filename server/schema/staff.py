"""Staff: who may do what in a community."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capabilities, Capability
from server.schema.pagination import Connection
from server.schema.policies import READ
from server.schema.problems import Refused


@strawberry.enum(name="Capability", description="One thing that somebody may do in a community.")
class StaffCapability(Enum):
    """A capability."""

    COMMUNITY_READ = strawberry.enum_value("community.read", description="Look at everything but what is named below.")
    SETTINGS_EDIT = strawberry.enum_value("settings.edit", description="Change the rules, and have totals recounted.")
    CHANNELS_MANAGE = strawberry.enum_value("channels.manage", description="Attach channels.")
    WATCHTIME_ADJUST = strawberry.enum_value("watchtime.adjust", description="Correct single viewers' watch time.")
    LINKS_MANAGE = strawberry.enum_value("links.manage", description="Link and unlink viewers' accounts.")
    DELIVERIES_REPLAY = strawberry.enum_value(
        "deliveries.replay", description="See what platforms told, and try again what could not be applied."
    )
    SLOTCALLS_MANAGE = strawberry.enum_value(
        "slotcalls.manage", description="Pick, play and drop slot calls, and block viewers and slots."
    )
    CHAT_MANAGE = strawberry.enum_value(
        "chat.manage", description="Choose what is said in chat: commands, texts and timed messages."
    )
    REWARDS_MANAGE = strawberry.enum_value(
        "rewards.manage", description="Make rewards of the channel, see what was redeemed, and give points back."
    )
    RAFFLE_MANAGE = strawberry.enum_value(
        "raffle.manage", description="Start, end and date raffles, and change the rules of the next one."
    )
    RAFFLE_DRAW = strawberry.enum_value(
        "raffle.draw", description="Draw raffles, leave people out, and confirm winners or pass them over."
    )
    GIVEAWAYS_MANAGE = strawberry.enum_value(
        "giveaways.manage", description="Open, draw and give up giveaways, and confirm or pass over who won."
    )
    TICKETS_GRANT = strawberry.enum_value(
        "tickets.grant", description="Give viewers tickets of a raffle, or take some, with a reason."
    )
    STAFF_MANAGE = strawberry.enum_value("staff.manage", description="Give roles, and take them away.")
    TOKENS_MANAGE = strawberry.enum_value(
        "tokens.manage", description="See everybody's API tokens for the community, and revoke them."
    )
    OVERLAYS_MANAGE = strawberry.enum_value("overlays.manage", description="Make keys of overlays, and revoke them.")
    AUDIT_READ = strawberry.enum_value("audit.read", description="See who did what.")
    ALERTS_READ = strawberry.enum_value("alerts.read", description="See what the staff is alerted of.")


@strawberry.enum(description="A bundle of capabilities.")
class StaffRole(Enum):
    """A role."""

    OWNER = strawberry.enum_value("owner", description="May do everything in the community.")
    MANAGER = strawberry.enum_value("manager", description="May do everything but choose staff and manage tokens.")
    MODERATOR = strawberry.enum_value(
        "moderator", description="May look, correct watch time, link accounts, and run slot calls and giveaways."
    )


@strawberry.enum(description="What a role is given to.")
class HolderKind(Enum):
    """A kind of holder."""

    KICK = strawberry.enum_value("kick", description="An account on Kick.")
    TWITCH = strawberry.enum_value("twitch", description="An account on Twitch.")
    DISCORD = strawberry.enum_value("discord", description="An account on Discord.")
    DISCORD_ROLE = strawberry.enum_value("discord_role", description="Everybody who has a role on Discord.")


CAPABILITIES: Mapping[Capability, StaffCapability] = {one: StaffCapability(one.value) for one in Capability}


def told(capabilities: Capabilities) -> list[StaffCapability]:
    """Capabilities as the graph shows them, in a fixed order."""
    return [shown for one, shown in CAPABILITIES.items() if one in capabilities]


@strawberry.type(description="What somebody was granted in one community.")
class StaffGrant:
    """A grant."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    holder_kind: HolderKind = strawberry.field(description="What it is given to.", metadata=READ)
    holder_id: str = strawberry.field(description="The platform's own id of the account or role.", metadata=READ)
    role: StaffRole = strawberry.field(description="The role.", metadata=READ)
    extra: list[StaffCapability] = strawberry.field(description="What it allows beyond the role.", metadata=READ)
    capabilities: list[StaffCapability] = strawberry.field(description="All that it allows.", metadata=READ)
    granted_by: str = strawberry.field(description="Who gave it last.", metadata=READ)
    at: datetime = strawberry.field(description="When.", metadata=READ)


class StaffLoader(Protocol):
    """What a community is asked about its staff."""

    async def page(self, first: int, after: str | None) -> Connection[StaffGrant]:
        """The grants, oldest first."""
        ...


@strawberry.input(description="An account, or a role on Discord, named by its own id.")
class HolderInput:
    """A holder to name."""

    kind: HolderKind = strawberry.field(description="What it is.")
    platform_id: str = strawberry.field(description="The platform's own id, never a name.")


@strawberry.input(description="A role to give.")
class GrantStaffRoleInput:
    """Input of grantStaffRole."""

    community_id: strawberry.ID = strawberry.field(description="Where; in other communities it means nothing.")
    holder: HolderInput = strawberry.field(description="To whom.")
    role: StaffRole = strawberry.field(description="Which role; it takes the place of the one he has.")
    extra: list[StaffCapability] = strawberry.field(
        default_factory=list[StaffCapability],
        description="Capabilities beyond the role; they replace those he has.",
    )
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="Somebody is staff of the community now.")
class StaffRoleGranted:
    """Success of grantStaffRole."""

    grant: StaffGrant = strawberry.field(description="What he was granted.", metadata=READ)


GrantStaffRoleResult = Annotated[
    StaffRoleGranted | Refused,
    strawberry.union("GrantStaffRoleResult", description="What became of giving a role."),
]


@strawberry.input(description="Whose role to take away.")
class RevokeStaffRoleInput:
    """Input of revokeStaffRole."""

    community_id: strawberry.ID = strawberry.field(description="Where; grants of other communities stay as they are.")
    holder: HolderInput = strawberry.field(description="From whom.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The grant is gone; within seconds live connections that rested on it are closed.")
class StaffRoleRevoked:
    """Success of revokeStaffRole."""

    holder_kind: HolderKind = strawberry.field(description="What it was given to.", metadata=READ)
    holder_id: str = strawberry.field(description="The platform's own id of the account or role.", metadata=READ)


RevokeStaffRoleResult = Annotated[
    StaffRoleRevoked | Refused,
    strawberry.union("RevokeStaffRoleResult", description="What became of taking a role away."),
]
