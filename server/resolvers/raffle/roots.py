"""The root fields of raffles, each with its policy."""

import strawberry

from server.resolvers.raffle import changes
from server.schema.policies import SIGNED_IN
from server.schema.raffle.inputs import (
    ClaimFreeEntryResult,
    EndRaffleResult,
    GrantTicketsResult,
    RestartRaffleResult,
    SetRaffleDatesResult,
    StartRaffleResult,
    UpdateRaffleRulesResult,
)
from server.schema.raffle.nouns import GRANT, MANAGE


@strawberry.type
class RaffleMutations:
    """Changes to raffles."""

    start_raffle: StartRaffleResult = strawberry.field(
        resolver=changes.start_raffle, description="Open a raffle with the rules in force.", metadata=MANAGE
    )
    end_raffle: EndRaffleResult = strawberry.field(
        resolver=changes.end_raffle, description="End the open raffle now.", metadata=MANAGE
    )
    restart_raffle: RestartRaffleResult = strawberry.field(
        resolver=changes.restart_raffle,
        description="End the open raffle now, and begin the next at the same instant.",
        metadata=MANAGE,
    )
    set_raffle_dates: SetRaffleDatesResult = strawberry.field(
        resolver=changes.set_raffle_dates, description="Give the open raffle other dates.", metadata=MANAGE
    )
    update_raffle_rules: UpdateRaffleRulesResult = strawberry.field(
        resolver=changes.update_raffle_rules,
        description="Change the rules that the next raffle begins with.",
        metadata=MANAGE,
    )
    grant_tickets: GrantTicketsResult = strawberry.field(
        resolver=changes.grant_tickets,
        description="Give a viewer tickets of the open raffle, or take some, with a reason.",
        metadata=GRANT,
    )
    claim_free_entry: ClaimFreeEntryResult = strawberry.field(
        resolver=changes.claim_free_entry,
        description="Take your free entry of the open raffle; once a raffle.",
        metadata=SIGNED_IN,
    )
