"""Accounts: who somebody is on a platform."""

from enum import Enum

import strawberry

from server.schema.policies import OWNER


@strawberry.enum(description="Where an account or a channel lives.")
class Platform(Enum):
    """A platform."""

    KICK = strawberry.enum_value("kick", description="Kick.")
    TWITCH = strawberry.enum_value("twitch", description="Twitch.")
    DISCORD = strawberry.enum_value("discord", description="Discord.")
    SHUFFLE = strawberry.enum_value("shuffle", description="Shuffle.")
    ROOBET = strawberry.enum_value("roobet", description="Roobet.")

    @property
    def key(self) -> str:
        """The platform as it is stored."""
        return str(self.value)


@strawberry.type(description="A person's identity on a platform, known by the platform's own id.")
class Account:
    """An account."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=OWNER)
    platform: Platform = strawberry.field(description="Where the account lives.", metadata=OWNER)
    platform_id: str = strawberry.field(description="The platform's own id; it never changes.", metadata=OWNER)
    name: str = strawberry.field(description="The name as last told; names change.", metadata=OWNER)


@strawberry.input(description="An account, named by its platform and the platform's own id.")
class AccountInput:
    """An account to name."""

    platform: Platform = strawberry.field(description="Where the account lives.")
    platform_id: str = strawberry.field(description="The platform's own id, never a name.")
