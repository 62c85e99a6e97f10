"""Accounts: who somebody is on a platform, and which of them are one viewer."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.schema.pagination import Connection
from server.schema.policies import READ
from server.schema.problems import Refused
from server.schema.scalars import Duration


@strawberry.enum(description="Where an account or a channel lives.")
class Platform(Enum):
    """A platform."""

    KICK = strawberry.enum_value("kick", description="Kick.")
    TWITCH = strawberry.enum_value("twitch", description="Twitch.")
    DISCORD = strawberry.enum_value("discord", description="Discord.")
    SHUFFLE = strawberry.enum_value("shuffle", description="Shuffle.")
    HOWL = strawberry.enum_value("howl", description="Howl.")
    ROOBET = strawberry.enum_value("roobet", description="Roobet.")

    @property
    def key(self) -> str:
        """The platform as it is stored."""
        return str(self.value)


@strawberry.type(description="A person's identity on a platform, known by the platform's own id.")
class Account:
    """An account."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    platform: Platform = strawberry.field(description="Where the account lives.", metadata=READ)
    platform_id: str = strawberry.field(description="The platform's own id; it never changes.", metadata=READ)
    name: str = strawberry.field(description="The name as last told; names change.", metadata=READ)


@strawberry.input(description="An account, named by its platform and the platform's own id.")
class AccountInput:
    """An account to name."""

    platform: Platform = strawberry.field(description="Where the account lives.")
    platform_id: str = strawberry.field(description="The platform's own id, never a name.")


@strawberry.enum(description="Why accounts were linked or unlinked.")
class LinkCause(Enum):
    """Who wanted it."""

    STAFF = strawberry.enum_value("staff", description="The community's staff did it.")
    VIEWER = strawberry.enum_value("viewer", description="The person did it and proved both accounts.")
    UNDONE = strawberry.enum_value("undone", description="The person undid a link within a day.")


@strawberry.enum(description="What happened to a link.")
class LinkEventKind(Enum):
    """Linked or unlinked."""

    LINKED = strawberry.enum_value("linked", description="The account became one viewer with others.")
    UNLINKED = strawberry.enum_value("unlinked", description="The account became a viewer of its own again.")


@strawberry.type(description="An account that is not its viewer's only one.")
class LinkedAccount:
    """A linked account."""

    account: Account = strawberry.field(description="The account.", metadata=READ)
    cause: LinkCause = strawberry.field(description="How it was linked.", metadata=READ)
    actor: str = strawberry.field(description="Who linked it.", metadata=READ)
    at: datetime = strawberry.field(description="When.", metadata=READ)


@strawberry.type(description="A line of the history of links; lines are added, never edited.")
class LinkEvent:
    """Something that happened to a link."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    kind: LinkEventKind = strawberry.field(description="What happened.", metadata=READ)
    account: Account = strawberry.field(description="To which account.", metadata=READ)
    viewer_id: strawberry.ID = strawberry.field(
        description="The viewer it was linked to, or unlinked from.", metadata=READ
    )
    cause: LinkCause = strawberry.field(description="Why.", metadata=READ)
    actor: str = strawberry.field(description="Who did it.", metadata=READ)
    reason: str = strawberry.field(description="The reason given; empty where a viewer gave none.", metadata=READ)
    at: datetime = strawberry.field(description="When.", metadata=READ)


@strawberry.type(description="The rules of linking.")
class LinkSettings:
    """Settings of linking."""

    cooldown: Duration = strawberry.field(
        description="How long a viewer waits before linking an account again that was unlinked; staff need not wait.",
        metadata=READ,
    )
    valid: Duration = strawberry.field(
        description="How long a link that was handed to somebody is good.", metadata=READ
    )
    code_required: bool = strawberry.field(
        description="Whether the person also types a code in Discord, which his browser shows.", metadata=READ
    )
    log_links: bool = strawberry.field(
        description="Whether links, and why they failed, are told to the community's log on Discord.", metadata=READ
    )


class LinkLoader(Protocol):
    """What a viewer is asked about his links."""

    async def linked(self) -> list[LinkedAccount]:
        """His accounts, if he has several."""
        ...

    async def history(self, first: int, after: str | None) -> Connection[LinkEvent]:
        """What happened to the links of his accounts, newest first."""
        ...


class LinkSettingsLoader(Protocol):
    """What a community is asked about linking."""

    async def settings(self) -> LinkSettings:
        """The settings in force."""
        ...


@strawberry.input(description="Two accounts that belong to one person.")
class LinkAccountsInput:
    """Input of linkAccounts."""

    community_id: strawberry.ID = strawberry.field(description="Where; links of other communities stay as they are.")
    one: AccountInput = strawberry.field(description="An account.")
    other: AccountInput = strawberry.field(
        description="The same person's account on another platform. One of the two is not linked to anybody yet."
    )
    reason: str = strawberry.field(description="Why, 1 to 300 characters; the viewer can read it.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The accounts are one viewer now; streams that both watched are being counted anew.")
class AccountsLinked:
    """Success of linkAccounts."""

    viewer_id: strawberry.ID = strawberry.field(
        description="The viewer they are: the one known longest. Ids of the others lead to him from now on.",
        metadata=READ,
    )


LinkAccountsResult = Annotated[
    AccountsLinked | Refused,
    strawberry.union("LinkAccountsResult", description="What became of linking accounts."),
]


@strawberry.input(description="An account to unlink.")
class UnlinkAccountInput:
    """Input of unlinkAccount."""

    community_id: strawberry.ID = strawberry.field(description="Where; links of other communities stay as they are.")
    account: AccountInput = strawberry.field(description="The account that leaves.")
    reason: str = strawberry.field(description="Why, 1 to 300 characters; the viewer can read it.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(
    description="The account is a viewer of its own again and has what it brought; streams that both watched are being "
    "counted anew."
)
class AccountUnlinked:
    """Success of unlinkAccount."""

    viewer_id: strawberry.ID = strawberry.field(description="The account's own viewer.", metadata=READ)
    rest_id: strawberry.ID = strawberry.field(description="The viewer of the accounts it left.", metadata=READ)


UnlinkAccountResult = Annotated[
    AccountUnlinked | Refused,
    strawberry.union("UnlinkAccountResult", description="What became of unlinking an account."),
]


@strawberry.input(description="The rules of linking to set; what is left out stays.")
class UpdateLinkSettingsInput:
    """Input of updateLinkSettings."""

    community_id: strawberry.ID = strawberry.field(description="Whose rules.")
    cooldown: strawberry.Maybe[Duration] = strawberry.field(
        default=None,
        description="How long a viewer waits before linking an unlinked account again: 0 to 2,592,000 seconds.",
    )
    valid: strawberry.Maybe[Duration] = strawberry.field(
        default=None, description="How long a link that was handed to somebody is good: 60 to 3,600 seconds."
    )
    code_required: strawberry.Maybe[bool] = strawberry.field(
        default=None,
        description="Whether the person also types a code in Discord. Without it, somebody who is tricked into "
        "confirming a stranger's link gives his account away.",
    )
    log_links: strawberry.Maybe[bool] = strawberry.field(
        default=None, description="Whether links are told to the community's log on Discord."
    )
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The rules of linking are these now.")
class LinkSettingsUpdated:
    """Success of updateLinkSettings."""

    settings: LinkSettings = strawberry.field(description="The rules now in force.", metadata=READ)


UpdateLinkSettingsResult = Annotated[
    LinkSettingsUpdated | Refused,
    strawberry.union("UpdateLinkSettingsResult", description="What became of changing the rules of linking."),
]
