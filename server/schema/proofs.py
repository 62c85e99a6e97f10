"""How people prove that accounts are theirs, and link them themselves."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.linking import AccountInput, Platform
from server.schema.pagination import Connection
from server.schema.policies import SIGNED_IN, needs
from server.schema.problems import Refused

MANAGE = needs(Capability.LINKS_MANAGE)


@strawberry.enum(description="How far a person got with a link that was handed to him.")
class LinkOfferState(Enum):
    """A step on the way."""

    OFFERED = strawberry.enum_value("offered", description="The link was handed out.")
    PROVEN = strawberry.enum_value("proven", description="An account was signed in with; nothing is linked yet.")
    CONFIRMED = strawberry.enum_value("confirmed", description="Confirmed in the browser; the code is awaited.")
    LINKED = strawberry.enum_value("linked", description="The accounts are linked.")
    FAILED = strawberry.enum_value("failed", description="It ended without a link.")
    SUPERSEDED = strawberry.enum_value("superseded", description="The person asked for a newer link.")


@strawberry.type(description="A link that was handed to a Discord user, and what became of it.")
class LinkOffer:
    """A link that was handed out."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=MANAGE)
    discord_id: str = strawberry.field(description="Discord's id of the person it was handed to.", metadata=MANAGE)
    discord_name: str = strawberry.field(description="That person's name at the time.", metadata=MANAGE)
    state: LinkOfferState = strawberry.field(description="How far he got.", metadata=MANAGE)
    platform: Platform | None = strawberry.field(description="Where he signed in; null before.", metadata=MANAGE)
    platform_id: str | None = strawberry.field(description="The account he signed in with.", metadata=MANAGE)
    name: str | None = strawberry.field(description="That account's name at the time.", metadata=MANAGE)
    problem: str | None = strawberry.field(
        description="The code of what stood in the way last; null for nothing.", metadata=MANAGE
    )
    created_at: datetime = strawberry.field(description="When it was handed out.", metadata=MANAGE)
    expires_at: datetime = strawberry.field(description="Until when it is good.", metadata=MANAGE)
    settled_at: datetime | None = strawberry.field(description="When it ended.", metadata=MANAGE)


class ProofLoader(Protocol):
    """What a community is asked about the links it handed out."""

    async def page(self, first: int, after: str | None) -> Connection[LinkOffer]:
        """The links, newest first."""
        ...


@strawberry.input(description="For whom, and where he asked.")
class CreateLinkInput:
    """Input of createLink."""

    community_id: strawberry.ID = strawberry.field(description="In which community the accounts are to be linked.")
    discord_name: str = strawberry.field(description="The Discord user's name, for the pages; he himself is known.")
    guild_name: str = strawberry.field(description="The Discord server's name, for the pages.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="Give this to the person who asked, and to nobody else.")
class LinkCreated:
    """Success of createLink."""

    url: str = strawberry.field(description="The address of the page that begins the linking.", metadata=SIGNED_IN)
    expires_at: datetime = strawberry.field(description="Until when it is good.", metadata=SIGNED_IN)


CreateLinkResult = Annotated[
    LinkCreated | Refused, strawberry.union("CreateLinkResult", description="What became of asking for a link.")
]


@strawberry.input(description="The code that the person's browser shows.")
class ConfirmLinkInput:
    """Input of confirmLink."""

    community_id: strawberry.ID = strawberry.field(description="Where the link was handed out.")
    code: str = strawberry.field(description="Six letters and digits, as the person typed them.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The accounts are linked.")
class LinkConfirmed:
    """Success of confirmLink and linkKnownAccount."""

    platform: Platform = strawberry.field(description="Where the other account lives.", metadata=SIGNED_IN)
    platform_id: str = strawberry.field(description="The platform's own id of the other account.", metadata=SIGNED_IN)
    name: str = strawberry.field(description="That account's name.", metadata=SIGNED_IN)


ConfirmLinkResult = Annotated[
    LinkConfirmed | Refused, strawberry.union("ConfirmLinkResult", description="What became of a code.")
]


@strawberry.input(description="An account that was proven in another community.")
class LinkKnownAccountInput:
    """Input of linkKnownAccount."""

    community_id: strawberry.ID = strawberry.field(description="The community to take the link into.")
    account: AccountInput = strawberry.field(description="One of knownAccounts.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="An account that you proved to be yours in another community.")
class KnownAccount:
    """An account that can be linked here without proving it again."""

    platform: Platform = strawberry.field(description="Where the account lives.", metadata=SIGNED_IN)
    platform_id: str = strawberry.field(description="The platform's own id of the account.", metadata=SIGNED_IN)
    name: str = strawberry.field(description="The account's name.", metadata=SIGNED_IN)


LinkKnownAccountResult = Annotated[
    LinkConfirmed | Refused,
    strawberry.union("LinkKnownAccountResult", description="What became of taking a link into another community."),
]


@strawberry.input(description="An account of your own that is to stand alone again.")
class UnlinkMyAccountInput:
    """Input of unlinkMyAccount."""

    community_id: strawberry.ID = strawberry.field(description="Where; links of other communities stay as they are.")
    account: AccountInput = strawberry.field(description="The account that leaves.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The account stands alone again and has what it brought.")
class MyAccountUnlinked:
    """Success of unlinkMyAccount."""

    platform: Platform = strawberry.field(description="Where the account lives.", metadata=SIGNED_IN)
    platform_id: str = strawberry.field(description="The platform's own id of the account.", metadata=SIGNED_IN)


UnlinkMyAccountResult = Annotated[
    MyAccountUnlinked | Refused,
    strawberry.union("UnlinkMyAccountResult", description="What became of unlinking an account of one's own."),
]
