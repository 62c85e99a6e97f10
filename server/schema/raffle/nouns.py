"""Raffles: the periods, their rules, the board, and why somebody has the tickets that he has."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.draws.nouns import DRAW, Draw, DrawLoader
from server.schema.linking import Account
from server.schema.names import PUBLIC_NAME
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ, enforced, needs
from server.schema.scalars import BigInt

MANAGE = needs(Capability.RAFFLE_MANAGE)
GRANT = needs(Capability.TICKETS_GRANT)


@strawberry.enum(description="Where a raffle is on its way.")
class RaffleState(Enum):
    """A state; it goes only forward."""

    OPEN = strawberry.enum_value("open", description="It gathers tickets, or is about to.")
    SETTLING = strawberry.enum_value("settling", description="It is over; events that come late are waited for.")
    FROZEN = strawberry.enum_value("frozen", description="Nothing in it changes any more.")
    DRAWN = strawberry.enum_value("drawn", description="It has winners.")
    ARCHIVED = strawberry.enum_value("archived", description="It is history.")


@strawberry.enum(name="TicketSource", description="What a ticket was earned by.")
class TicketSourceKind(Enum):
    """A source."""

    GIFTED_SUB = strawberry.enum_value("gifted_sub", description="Subscriptions given to others.")
    OWN_SUB = strawberry.enum_value("own_sub", description="A subscription of one's own.")
    WATCH_TIME = strawberry.enum_value("watch_time", description="Watch time within the raffle.")
    WAGER = strawberry.enum_value("wager", description="Wagers within the raffle.")
    KICKS = strawberry.enum_value("kicks", description="KICKs sent within the raffle.")
    REWARD = strawberry.enum_value("reward", description="A channel reward.")
    FREE_ENTRY = strawberry.enum_value("free_entry", description="The free entry.")
    STAFF = strawberry.enum_value("staff", description="Given or taken by staff.")


@strawberry.type(description="The most tickets of a source that one person brings into the draw.")
class TicketCap:
    """A cap."""

    source: TicketSourceKind = strawberry.field(description="Which source.", metadata=READ)
    tickets: int = strawberry.field(description="How many at most.", metadata=READ)


@strawberry.type(description="What earns tickets, and how many. A raffle keeps the rules that it began with.")
class RaffleRules:
    """Rules."""

    gifted_sub: int = strawberry.field(description="For each subscription given; 0 is off.", metadata=READ)
    own_sub: int = strawberry.field(description="For a subscription of one's own; 0 is off.", metadata=READ)
    watch_time: int = strawberry.field(description="For each hour watched; 0 is off.", metadata=READ)
    kicks: int = strawberry.field(description="For each 100 KICKs sent; 0 is off.", metadata=READ)
    wager: int = strawberry.field(description="For each 1,000 US dollars wagered; 0 is off.", metadata=READ)
    rewards: bool = strawberry.field(description="Whether channel rewards may give tickets.", metadata=READ)
    free_entry: int = strawberry.field(
        description="For the free entry, which everybody may take once a raffle.", metadata=READ
    )
    caps: list[TicketCap] = strawberry.field(description="Caps, applied once when the raffle freezes.", metadata=READ)
    settlement_hours: int = strawberry.field(
        description="How long events that come late are waited for after the end.", metadata=READ
    )
    claim_hours: int = strawberry.field(
        description="How long a winner has to claim before he can be passed over as unclaimed.", metadata=READ
    )
    renews: bool = strawberry.field(description="Whether the next raffle begins where one ends.", metadata=READ)
    winners: int = strawberry.field(description="How many win.", metadata=READ)
    alternates: int = strawberry.field(description="How many are drawn to step in.", metadata=READ)
    prizes: str = strawberry.field(description="What can be won, in words.", metadata=READ)
    text: str = strawberry.field(description="Further rules, in words.", metadata=READ)
    how_to_earn: list[str] = strawberry.field(
        description="What earns tickets, the free way first, each in a sentence.", metadata=READ
    )


@strawberry.type(
    description="A place on a raffle's board. More tickets stand first; of equals, whom the community knew first."
)
class TicketStanding:
    """A viewer on the board, with all that a client draws."""

    rank: int = strawberry.field(description="How many stand before, plus one.", metadata=READ)
    tickets: BigInt = strawberry.field(description="The viewer's tickets.", metadata=READ)
    viewer_id: strawberry.ID = strawberry.field(description="Whose place it is.", metadata=READ)
    account: Account = strawberry.field(description="The account the viewer is shown as.", metadata=READ)
    public_name: str = strawberry.field(description=PUBLIC_NAME, metadata=READ)


@strawberry.type(description="Tickets from one source.")
class SourceTickets:
    """A part of somebody's tickets."""

    source: TicketSourceKind = strawberry.field(description="What earned them.", metadata=READ)
    tickets: BigInt = strawberry.field(description="How many.", metadata=READ)


@strawberry.type(description="Tickets given or taken, and why. Entries are never edited; corrections are further ones.")
class TicketEntry:
    """An entry."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    source: TicketSourceKind = strawberry.field(description="What earned them.", metadata=READ)
    tickets: BigInt = strawberry.field(description="How many; below zero they were taken.", metadata=READ)
    reason: str = strawberry.field(description="Why.", metadata=READ)
    actor: str = strawberry.field(description="Who gave or took them; `server` by the rules.", metadata=READ)
    account: Account = strawberry.field(description="The account that they belong to.", metadata=READ)
    at: datetime = strawberry.field(description="When what they are for happened.", metadata=READ)
    recorded_at: datetime = strawberry.field(description="When it was counted.", metadata=READ)
    is_late: bool = strawberry.field(
        description="Whether it belongs to an earlier raffle that was frozen before it was told.", metadata=READ
    )


@strawberry.type(description="Tickets that somebody was just given, for everybody to see.")
class TicketGain:
    """A gain."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    source: TicketSourceKind = strawberry.field(description="What earned them.", metadata=READ)
    tickets: BigInt = strawberry.field(description="How many.", metadata=READ)
    at: datetime = strawberry.field(description="When they were counted.", metadata=READ)
    viewer_id: strawberry.ID = strawberry.field(description="Whose they are.", metadata=READ)
    public_name: str = strawberry.field(description=PUBLIC_NAME, metadata=READ)


@strawberry.type(description="What a viewer has in a raffle.")
class ViewerTickets:
    """Somebody's tickets."""

    viewer_id: strawberry.ID = strawberry.field(description="Whose.", metadata=READ)
    tickets: BigInt = strawberry.field(
        description="How many; corrections may leave less than none, which weighs nothing in a draw.", metadata=READ
    )
    rank: int | None = strawberry.field(description="The place on the board; null without tickets.", metadata=READ)
    by_source: list[SourceTickets] = strawberry.field(description="What earned them, most first.", metadata=READ)
    loader: strawberry.Private["RaffleLoader"]
    raffle: strawberry.Private[int]
    viewer: strawberry.Private[int]

    @strawberry.field(description="Why they are as many as they are, newest entry first.", metadata=READ)
    async def entries(self, first: First, after: After = None) -> Connection[TicketEntry]:
        """The entries."""
        return await self.loader.entries(self.raffle, self.viewer, first, after)


@strawberry.type(description="What a source gave in a raffle.")
class SourceStatistics:
    """A source."""

    source: TicketSourceKind = strawberry.field(description="Which source.", metadata=MANAGE)
    tickets: BigInt = strawberry.field(description="How many tickets it gave, before caps.", metadata=MANAGE)
    viewers: int = strawberry.field(description="To how many viewers.", metadata=MANAGE)


@strawberry.type(description="A raffle as a whole, for staff.")
class RaffleStatistics:
    """Statistics."""

    by_source: list[SourceStatistics] = strawberry.field(
        description="Where the tickets come from, most first.", metadata=MANAGE
    )
    unlinked: int = strawberry.field(
        description="How many viewers with tickets have no account of Kick or Twitch to be drawn by.", metadata=MANAGE
    )
    excluded: int = strawberry.field(description="How many accounts staff leaves out.", metadata=MANAGE)
    free_entries: int = strawberry.field(description="How many took the free entry.", metadata=MANAGE)


@strawberry.type(description="An account that staff leaves out of a raffle's draws.")
class RaffleExclusion:
    """An exclusion."""

    account: Account = strawberry.field(description="Which account.", metadata=DRAW)
    code: str = strawberry.field(description="Why, as the public list says it.", metadata=DRAW)
    reason: str = strawberry.field(description="Why, in words of staff.", metadata=DRAW)
    actor: str = strawberry.field(description="Who decided it.", metadata=DRAW)
    at: datetime = strawberry.field(description="When.", metadata=DRAW)


@strawberry.type(description="A raffle: who watches, gives and takes part within its dates has tickets in its draw.")
class Raffle:
    """A raffle."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    number: int = strawberry.field(description="Its number among the community's raffles, from 1.", metadata=READ)
    title: str = strawberry.field(description="Its title; may be empty.", metadata=READ)
    starts_at: datetime = strawberry.field(description="From when on things count.", metadata=READ)
    ends_at: datetime = strawberry.field(
        description="Until when; this instant itself is the next one's.", metadata=READ
    )
    timezone: str = strawberry.field(description="The IANA time zone of its days.", metadata=READ)
    state: RaffleState = strawberry.field(description="Where it is on its way.", metadata=READ)
    rules: RaffleRules = strawberry.field(description="The rules that it began with.", metadata=READ)
    rules_sha256: str = strawberry.field(
        description="The SHA-256 of `rulesDocument`, in hexadecimal, which its draws promise.", metadata=READ
    )
    draw_at: datetime = strawberry.field(description="When it is to be drawn.", metadata=READ)
    opened_at: datetime = strawberry.field(description="When it was opened.", metadata=READ)
    loader: strawberry.Private["RaffleLoader"]
    row: strawberry.Private[int]

    @strawberry.field(
        description="The exact text that was hashed when it began: its rules, dates and the round of the beacon as "
        "they were then. Null for a raffle from before texts were kept.",
        metadata=READ,
    )
    async def rules_document(self) -> str | None:
        """The text of its rules."""
        return await self.loader.rules_document(self.row)

    @strawberry.field(description="How many tickets there are.", metadata=READ)
    async def tickets(self) -> BigInt:
        """The total."""
        return (await self.loader.totals(self.row))[0]

    @strawberry.field(description="How many viewers have tickets.", metadata=READ)
    async def entrants(self) -> int:
        """The number of viewers."""
        return (await self.loader.totals(self.row))[1]

    @strawberry.field(description="Who has how many, most first.", metadata=READ)
    async def board(self, first: First, after: After = None) -> Connection[TicketStanding]:
        """The board."""
        return await self.loader.board(self.row, first, after)

    @strawberry.field(
        description="Who was given tickets last, how many and what for, newest first. It tells news: once thousands of "
        "entries followed, a gain is here no more.",
        metadata=READ,
    )
    async def gains(self, first: First) -> list[TicketGain]:
        """The newest gains."""
        return await self.loader.gains(self.row, first)

    @strawberry.field(
        description="What a viewer has, and why; null when the community has no such viewer.", metadata=READ
    )
    async def viewer_tickets(
        self, viewer_id: Annotated[strawberry.ID, strawberry.argument(description="Whose.")]
    ) -> ViewerTickets | None:
        """Somebody's tickets."""
        return await self.loader.tickets_of(self.row, viewer_id)

    @strawberry.field(
        description="Where its tickets come from, and how many would be left out, for staff.",
        metadata=enforced(MANAGE),
    )
    async def statistics(self) -> RaffleStatistics:
        """The raffle as a whole."""
        return await self.loader.statistics(self.row)

    @strawberry.field(description="Whom staff leaves out of its draws, and why, for staff.", metadata=enforced(DRAW))
    async def excluded(self, first: First, after: After = None) -> Connection[RaffleExclusion]:
        """The people left out."""
        return await self.loader.excluded(self.row, first, after)

    @strawberry.field(description="Its draw: the last one that is no test; null before one is planned.", metadata=READ)
    async def draw(self) -> Draw | None:
        """The draw that counts."""
        return await self.loader.draws.latest(self.row)

    @strawberry.field(
        description="All its draws, newest first, with those that were given up and tests.", metadata=READ
    )
    async def draws(self, first: First, after: After = None) -> Connection[Draw]:
        """The draws of the raffle."""
        return await self.loader.draws.page(self.row, first, after)


class RaffleLoader(Protocol):
    """What a community is asked about its raffles."""

    @property
    def draws(self) -> DrawLoader:
        """What is asked about their draws."""
        ...

    async def current(self) -> Raffle | None:
        """The open one."""
        ...

    async def by_id(self, raffle_id: str) -> Raffle | None:
        """The one with an id."""
        ...

    async def page(self, first: int, after: str | None) -> Connection[Raffle]:
        """All of them, newest first."""
        ...

    async def next_rules(self) -> RaffleRules:
        """The rules that the next one begins with."""
        ...

    def operator_key(self) -> str:
        """What signatures of records are checked with."""
        ...

    async def rules_document(self, row: int) -> str | None:
        """The text of the rules of one."""
        ...

    async def totals(self, row: int) -> tuple[BigInt, int]:
        """How many tickets one has, and how many viewers have them."""
        ...

    async def board(self, row: int, first: int, after: str | None) -> Connection[TicketStanding]:
        """Who has how many."""
        ...

    async def gains(self, row: int, first: int) -> list[TicketGain]:
        """What was given in one last."""
        ...

    async def statistics(self, row: int) -> RaffleStatistics:
        """One as a whole."""
        ...

    async def excluded(self, row: int, first: int, after: str | None) -> Connection[RaffleExclusion]:
        """Whom staff leaves out of its draws."""
        ...

    async def tickets_of(self, row: int, viewer_id: str) -> ViewerTickets | None:
        """What a viewer has."""
        ...

    async def entries(self, row: int, viewer: int, first: int, after: str | None) -> Connection[TicketEntry]:
        """Why a viewer has it."""
        ...


@strawberry.type(description="The raffles of a community.")
class Raffles:
    """The raffles."""

    loader: strawberry.Private[RaffleLoader]

    @strawberry.field(description="The open one; null while there is none.", metadata=READ)
    async def current(self) -> Raffle | None:
        """The open raffle."""
        return await self.loader.current()

    @strawberry.field(description="One of them; null when the community has no such raffle.", metadata=READ)
    async def raffle(
        self, raffle_id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Raffle | None:
        """A raffle."""
        return await self.loader.by_id(raffle_id)

    @strawberry.field(description="All of them, newest first; they are kept for ever.", metadata=READ)
    async def history(self, first: First, after: After = None) -> Connection[Raffle]:
        """The raffles through time."""
        return await self.loader.page(first, after)

    @strawberry.field(description="The rules that the next one begins with.", metadata=READ)
    async def next_rules(self) -> RaffleRules:
        """The rules to come."""
        return await self.loader.next_rules()

    @strawberry.field(
        description="The Ed25519 key, in hexadecimal, by which records of draws are signed now, giveaways included.",
        metadata=READ,
    )
    def operator_key(self) -> str:
        """The key to write down."""
        return self.loader.operator_key()

    @strawberry.field(description="The draws of all of them, newest first; they are kept for ever.", metadata=READ)
    async def draws(self, first: First, after: After = None) -> Connection[Draw]:
        """The draws through time."""
        return await self.loader.draws.page(None, first, after)
