"""Giveaways: who may enter and how, where they stand, and who won."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.draws.nouns import Draw
from server.schema.linking import Account
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ, enforced, needs
from server.schema.scalars import Duration

MANAGE = needs(Capability.GIVEAWAYS_MANAGE)


@strawberry.enum(name="GiveawayKind", description="Who is in a giveaway.")
class GiveawayEntrants(Enum):
    """A kind."""

    KEYWORD = strawberry.enum_value("keyword", description="Whoever types its keyword in chat.")
    CHATTERS = strawberry.enum_value("chatters", description="Whoever wrote in chat in the last minutes.")
    TICKETS = strawberry.enum_value(
        "tickets", description="Whoever has tickets of the open raffle, each of which counts; none is used up."
    )


@strawberry.enum(name="GiveawayState", description="Where a giveaway stands.")
class GiveawayProgress(Enum):
    """A state; it goes only forward."""

    OPEN = strawberry.enum_value("open", description="People may enter.")
    CLOSED = strawberry.enum_value("closed", description="Nobody may enter any more; it is not promised yet.")
    COMMITTED = strawberry.enum_value("committed", description="Its code is posted; the beacon's round is waited for.")
    DRAWN = strawberry.enum_value("drawn", description="It is known who won; a prize may wait to be claimed.")
    CLAIMED = strawberry.enum_value("claimed", description="No prize waits any more, and somebody has one.")
    EXPIRED = strawberry.enum_value("expired", description="Nobody claimed, and no alternate is left.")
    VOIDED = strawberry.enum_value("voided", description="It was given up, or nobody was in it.")


@strawberry.type(
    description="The rules of a giveaway, hashed into its promise. Who is in stands from when it opens; what staff "
    "changed since stands in `rulesDocument`."
)
class GiveawayRules:
    """Rules."""

    kind: GiveawayEntrants = strawberry.field(description="Who is in.", metadata=READ)
    keyword: str | None = strawberry.field(
        description="The word to type, as it is compared: in lower case.", metadata=READ
    )
    window: Duration = strawberry.field(description="Of chatters: how long before the end counts.", metadata=READ)
    subscribers_only: bool = strawberry.field(description="Whether only subscribers are in.", metadata=READ)
    linked_only: bool = strawberry.field(description="Whether only who linked accounts is in.", metadata=READ)
    watch_time: Duration = strawberry.field(description="The watch time that is needed.", metadata=READ)
    subscriber_factor: int = strawberry.field(description="How often a subscriber counts.", metadata=READ)
    rest_days: int = strawberry.field(
        description="Who won a giveaway within so many days is left out; 0 for nobody.", metadata=READ
    )
    winners: int = strawberry.field(description="How many win.", metadata=READ)
    alternates: int = strawberry.field(description="How many may step in.", metadata=READ)
    claim: Duration = strawberry.field(
        description="How long a winner may wait before he writes in chat; 0 where nothing need be claimed.",
        metadata=READ,
    )
    lead: Duration = strawberry.field(
        description="How far ahead of the promise the beacon's round is at least; below 60 seconds a check says that "
        "the promise came late.",
        metadata=READ,
    )
    prize: str = strawberry.field(description="What is given away.", metadata=READ)
    by_discord: bool = strawberry.field(
        description="Whether one may enter on Discord as well, by a linked account and without a word in chat.",
        metadata=READ,
    )


@strawberry.type(description="An account that is in a giveaway; a person counts once in the draw.")
class GiveawayEntrant:
    """Somebody who entered."""

    account: Account = strawberry.field(description="By which account.", metadata=MANAGE)
    viewer_id: strawberry.ID = strawberry.field(description="Who it is here.", metadata=MANAGE)
    is_subscriber: bool = strawberry.field(
        description="Whether it showed a subscriber's badge while the giveaway was open.", metadata=MANAGE
    )
    entered_at: datetime = strawberry.field(description="When it entered first.", metadata=MANAGE)
    left_out: str | None = strawberry.field(
        description="Why staff leaves it out; null where it does not. What the rules say is seen when the list is "
        "closed.",
        metadata=MANAGE,
    )


class EntrantLoader(Protocol):
    """What a giveaway is asked about who is in it."""

    async def entrants(self, row: int, named: str, first: int, after: str | None) -> Connection[GiveawayEntrant]:
        """The accounts that are in it."""
        ...


@strawberry.type(description="A giveaway.")
class Giveaway:
    """A giveaway."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    number: int = strawberry.field(description="Its number among the community's giveaways, from 1.", metadata=READ)
    title: str = strawberry.field(description="Its title.", metadata=READ)
    state: GiveawayProgress = strawberry.field(description="Where it stands.", metadata=READ)
    rules: GiveawayRules = strawberry.field(description="Its rules.", metadata=READ)
    rules_sha256: str = strawberry.field(
        description="The SHA-256 of `rulesDocument`, in hexadecimal, which its draw promises.", metadata=READ
    )
    rules_document: str | None = strawberry.field(
        description="The exact text that was hashed when it opened, or was changed last: its rules, title and end as "
        "they were then, with each change before that. Null for a giveaway from before texts were kept.",
        metadata=READ,
    )
    opened_at: datetime = strawberry.field(description="When it opened.", metadata=READ)
    changed_at: datetime | None = strawberry.field(
        description="When staff changed it last; what it was before stands in `rulesDocument`. Null where nobody did.",
        metadata=READ,
    )
    ends_at: datetime | None = strawberry.field(
        description="When entering ends, or ended; null where staff ends it.", metadata=READ
    )
    entries: int = strawberry.field(
        description="How many accounts are in, by the keyword or from Discord; a person counts once in the draw.",
        metadata=READ,
    )
    draw: Draw | None = strawberry.field(
        description="Its draw: the promise, the round, and from `revealAt` on who won; null before it is asked for.",
        metadata=READ,
    )
    loader: strawberry.Private[EntrantLoader]
    row: strawberry.Private[int]

    @strawberry.field(
        description="The accounts that are in it by the keyword or from Discord, in the order in which they came, with "
        "their whole names, for staff.",
        metadata=enforced(MANAGE),
    )
    async def entrants(
        self,
        first: First,
        after: After = None,
        named: Annotated[
            str, strawberry.argument(description="Only those whose name begins so; case does not matter.")
        ] = "",
    ) -> Connection[GiveawayEntrant]:
        """Who is in."""
        return await self.loader.entrants(self.row, named, first, after)


class GiveawayLoader(Protocol):
    """What a community is asked about its giveaways."""

    async def page(self, state: GiveawayProgress | None, first: int, after: str | None) -> Connection[Giveaway]:
        """Those in a state, or all of them, newest first."""
        ...

    async def find(self, giveaway_id: str) -> Giveaway | None:
        """The one with an id."""
        ...
