"""The Discord server of a community."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.domain.guilds import CODE_MINUTES
from server.domain.staff import Capability
from server.schema.policies import READ, SIGNED_IN, needs
from server.schema.problems import Refused

MANAGE = needs(Capability.STAFF_MANAGE)
EDIT = needs(Capability.SETTINGS_EDIT)


@strawberry.enum(description="What a channel of a community's Discord server is chosen for.")
class DiscordPurpose(Enum):
    """A purpose."""

    ANNOUNCEMENTS = strawberry.enum_value("announcements", description="That a channel went live.")
    RAFFLE = strawberry.enum_value("raffle", description="The code and the winners of a raffle's draw.")
    GIVEAWAYS = strawberry.enum_value("giveaways", description="The code and the winners of a giveaway's draw.")
    SLOT_CALLS = strawberry.enum_value("slot_calls", description="Each slot that a viewer calls.")
    LINK_LOG = strawberry.enum_value("link_log", description="For staff: what became of each link.")
    STAFF = strawberry.enum_value("staff", description="For staff: trouble, and that it is over.")


@strawberry.type(description="A Discord server that belongs to a community; one server, one community.")
class Guild:
    """A bound Discord server."""

    platform_id: str = strawberry.field(description="Discord's own id of the server.", metadata=READ)
    name: str = strawberry.field(description="Its name when it was bound; names change.", metadata=READ)
    bound_by: str = strawberry.field(description="Who bound it.", metadata=READ)
    bound_at: datetime = strawberry.field(description="When.", metadata=READ)


@strawberry.type(description="A channel of the Discord server, chosen for a purpose.")
class DiscordChannel:
    """A chosen channel."""

    purpose: DiscordPurpose = strawberry.field(description="What is posted there.", metadata=EDIT)
    platform_id: str = strawberry.field(description="Discord's own id of the channel.", metadata=EDIT)
    chosen_by: str = strawberry.field(description="Who chose it.", metadata=EDIT)
    chosen_at: datetime = strawberry.field(description="When.", metadata=EDIT)


class GuildLoader(Protocol):
    """What a community is asked about its Discord server."""

    async def bound(self) -> Guild | None:
        """The server."""
        ...

    async def channels(self) -> list[DiscordChannel]:
        """The channels that were chosen, at most one for each purpose."""
        ...


@strawberry.input(description="For which community to make a code.")
class CreateGuildBindingInput:
    """Input of createGuildBinding."""

    community_id: strawberry.ID = strawberry.field(description="The community that the Discord server will belong to.")
    minutes: int = strawberry.field(default=CODE_MINUTES, description="How long it is good, 1 to 60 minutes.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(
    description="There is a code. Somebody with the permission Manage Server types it in Discord, in that server."
)
class GuildBindingCreated:
    """Success of createGuildBinding."""

    code: str = strawberry.field(description="The code, good once.", metadata=MANAGE)
    expires_at: datetime = strawberry.field(description="When it ends.", metadata=MANAGE)


CreateGuildBindingResult = Annotated[
    GuildBindingCreated | Refused,
    strawberry.union("CreateGuildBindingResult", description="What became of making a code."),
]


@strawberry.input(description="The code that was typed in a Discord server.")
class BindGuildInput:
    """Input of bindGuild; which server it is stands in the bot's token."""

    code: str = strawberry.field(description="The code from the community's page.")
    guild_name: str = strawberry.field(description="The server's name, to be shown.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The Discord server belongs to the community from now on.")
class GuildBound:
    """Success of bindGuild."""

    community_id: strawberry.ID = strawberry.field(description="The community's id.", metadata=SIGNED_IN)
    community_name: str = strawberry.field(description="The community's name.", metadata=SIGNED_IN)
    platform_id: str = strawberry.field(description="Discord's own id of the server.", metadata=SIGNED_IN)


BindGuildResult = Annotated[
    GuildBound | Refused,
    strawberry.union("BindGuildResult", description="What became of binding a Discord server."),
]


@strawberry.input(description="Whose Discord server to unbind.")
class UnbindGuildInput:
    """Input of unbindGuild."""

    community_id: strawberry.ID = strawberry.field(description="The community that will have none.")
    platform_id: str = strawberry.field(description="Discord's own id of the server that it has now.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The community has no Discord server any more; what the bot is asked there is refused.")
class GuildUnbound:
    """Success of unbindGuild."""

    platform_id: str = strawberry.field(description="Discord's own id of the server it had.", metadata=MANAGE)


UnbindGuildResult = Annotated[
    GuildUnbound | Refused,
    strawberry.union("UnbindGuildResult", description="What became of unbinding a Discord server."),
]


@strawberry.input(description="Where something is to be posted on Discord.")
class SetDiscordChannelInput:
    """Input of setDiscordChannel."""

    community_id: strawberry.ID = strawberry.field(description="Whose Discord server.")
    purposes: list[DiscordPurpose] = strawberry.field(description="What is to be posted: one or several.")
    platform_id: str | None = strawberry.field(
        default=None, description="Discord's own id of a channel of that server; null to post it nowhere."
    )
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="What is for these purposes is posted there from now on, or nowhere.")
class DiscordChannelSet:
    """Success of setDiscordChannel."""

    purposes: list[DiscordPurpose] = strawberry.field(description="What is posted.", metadata=EDIT)
    platform_id: str | None = strawberry.field(
        description="Discord's own id of the channel; null for none.", metadata=EDIT
    )


SetDiscordChannelResult = Annotated[
    DiscordChannelSet | Refused,
    strawberry.union("SetDiscordChannelResult", description="What became of choosing a channel."),
]
