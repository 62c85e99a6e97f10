"""What mutations of raffles take and give."""

from datetime import datetime
from typing import Annotated

import strawberry

from server.schema.linking import AccountInput
from server.schema.policies import SIGNED_IN
from server.schema.problems import Refused
from server.schema.raffle.nouns import GRANT, MANAGE, Raffle, RaffleRules, TicketSourceKind
from server.schema.scalars import BigInt

KEY = "Yours, one per intention; a repeat returns the first result."
WHY = "Why, for the audit log; at most 300 characters."
RESULT_OF = "What became of "


@strawberry.input(description="The raffle to start.")
class StartRaffleInput:
    """Input of startRaffle."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    title: str = strawberry.field(default="", description="Its title, at most 100 characters.")
    starts_at: datetime | None = strawberry.field(
        default=None,
        description="From when on things count; left out, from now. What happened since a past one counts.",
    )
    ends_at: datetime | None = strawberry.field(
        default=None, description="Until when; left out, to the end of the month in the community's time zone."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="A raffle is open.")
class RaffleStarted:
    """Success of startRaffle."""

    raffle: Raffle = strawberry.field(description="The raffle.", metadata=MANAGE)


StartRaffleResult = Annotated[
    RaffleStarted | Refused, strawberry.union("StartRaffleResult", description=RESULT_OF + "starting a raffle.")
]


@strawberry.input(description="Which community's raffle to end.")
class EndRaffleInput:
    """Input of endRaffle."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    reason: str = strawberry.field(default="", description=WHY)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The raffle is over; events that come late are still waited for.")
class RaffleEnded:
    """Success of endRaffle."""

    raffle: Raffle = strawberry.field(description="The raffle.", metadata=MANAGE)


EndRaffleResult = Annotated[
    RaffleEnded | Refused, strawberry.union("EndRaffleResult", description=RESULT_OF + "ending a raffle.")
]


@strawberry.input(description="Which community's raffle to end, with the next to begin at once.")
class RestartRaffleInput:
    """Input of restartRaffle."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    title: str = strawberry.field(default="", description="The next one's title, at most 100 characters.")
    reason: str = strawberry.field(default="", description=WHY)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The raffle is over, and the next one open.")
class RaffleRestarted:
    """Success of restartRaffle."""

    raffle: Raffle = strawberry.field(description="The one that is open now.", metadata=MANAGE)


RestartRaffleResult = Annotated[
    RaffleRestarted | Refused, strawberry.union("RestartRaffleResult", description=RESULT_OF + "restarting a raffle.")
]


@strawberry.input(description="Other dates for the open raffle; what is left out stays.")
class SetRaffleDatesInput:
    """Input of setRaffleDates."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    starts_at: datetime | None = strawberry.field(
        default=None, description="From when on things count. It cannot become later once the raffle has begun."
    )
    ends_at: datetime | None = strawberry.field(default=None, description="Until when; an instant to come.")
    reason: str = strawberry.field(default="", description=WHY)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The raffle has other dates.")
class RaffleDatesSet:
    """Success of setRaffleDates."""

    raffle: Raffle = strawberry.field(description="The raffle.", metadata=MANAGE)


SetRaffleDatesResult = Annotated[
    RaffleDatesSet | Refused, strawberry.union("SetRaffleDatesResult", description=RESULT_OF + "setting dates.")
]


@strawberry.input(description="A cap.")
class TicketCapInput:
    """A cap to set."""

    source: TicketSourceKind = strawberry.field(description="Which source.")
    tickets: int = strawberry.field(description="How many at most, 1 or more.")


@strawberry.input(description="What of the next raffle's rules to change; what is left out stays.")
class UpdateRaffleRulesInput:
    """Input of updateRaffleRules."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    gifted_sub: strawberry.Maybe[int] = strawberry.field(
        default=None, description="For each subscription given; 0 is off."
    )
    own_sub: strawberry.Maybe[int] = strawberry.field(
        default=None, description="For a subscription of one's own; 0 is off."
    )
    watch_time: strawberry.Maybe[int] = strawberry.field(default=None, description="For each hour watched; 0 is off.")
    kicks: strawberry.Maybe[int] = strawberry.field(default=None, description="For each 100 KICKs sent; 0 is off.")
    wager: strawberry.Maybe[int] = strawberry.field(
        default=None, description="For each 1,000 US dollars wagered; 0 is off. Turning it on needs `confirmsWagers`."
    )
    rewards: strawberry.Maybe[bool] = strawberry.field(
        default=None, description="Whether channel rewards may give tickets."
    )
    free_entry: strawberry.Maybe[int | None] = strawberry.field(
        default=None,
        description="For the free entry; null is as many as an hour watched. Not 0 while something paid gives tickets.",
    )
    caps: strawberry.Maybe[list[TicketCapInput]] = strawberry.field(
        default=None, description="All caps, in place of those there are."
    )
    settlement_hours: strawberry.Maybe[int] = strawberry.field(
        default=None, description="How long events that come late are waited for after the end: 0 to 168."
    )
    claim_hours: strawberry.Maybe[int] = strawberry.field(
        default=None, description="How long a winner has to claim before he can be passed over: 1 to 720."
    )
    renews: strawberry.Maybe[bool] = strawberry.field(
        default=None, description="Whether the next raffle begins where one ends."
    )
    winners: strawberry.Maybe[int] = strawberry.field(default=None, description="How many win: 1 to 100.")
    alternates: strawberry.Maybe[int] = strawberry.field(
        default=None, description="How many are drawn to step in: 0 to 100."
    )
    prizes: strawberry.Maybe[str] = strawberry.field(
        default=None, description="What can be won, at most 4,000 characters in at most 100 lines, which are kept."
    )
    text: strawberry.Maybe[str] = strawberry.field(
        default=None, description="Further rules, at most 4,000 characters in at most 100 lines, which are kept."
    )
    confirms_wagers: bool = strawberry.field(
        default=False,
        description="That the law and the platforms where this community meets allow tickets for wagers.",
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The next raffle begins with these rules; the open one keeps its own.")
class RaffleRulesUpdated:
    """Success of updateRaffleRules."""

    rules: RaffleRules = strawberry.field(description="The rules.", metadata=MANAGE)


UpdateRaffleRulesResult = Annotated[
    RaffleRulesUpdated | Refused,
    strawberry.union("UpdateRaffleRulesResult", description=RESULT_OF + "changing the rules."),
]


@strawberry.input(description="Tickets to give to a viewer, or to take from him.")
class GrantTicketsInput:
    """Input of grantTickets."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    viewer_id: strawberry.ID = strawberry.field(description="Whose.")
    tickets: int = strawberry.field(description="How many; below zero they are taken, never more than there are.")
    reason: str = strawberry.field(description="Why, 1 to 300 characters; the viewer can read it.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The viewer has another number of tickets.")
class TicketsGranted:
    """Success of grantTickets."""

    tickets: BigInt = strawberry.field(description="What he has now.", metadata=GRANT)


GrantTicketsResult = Annotated[
    TicketsGranted | Refused, strawberry.union("GrantTicketsResult", description=RESULT_OF + "giving tickets.")
]


@strawberry.input(description="Whose free entry.")
class ClaimFreeEntryInput:
    """Input of claimFreeEntry."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    account: AccountInput | None = strawberry.field(
        default=None, description="By which of your own accounts; left out, by the first that can enter."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The free entry is in.")
class FreeEntryClaimed:
    """Success of claimFreeEntry."""

    tickets: int = strawberry.field(description="What it gave.", metadata=SIGNED_IN)


ClaimFreeEntryResult = Annotated[
    FreeEntryClaimed | Refused,
    strawberry.union("ClaimFreeEntryResult", description=RESULT_OF + "taking the free entry."),
]
