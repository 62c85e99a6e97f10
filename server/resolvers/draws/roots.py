"""The root fields of draws, each with its policy."""

import strawberry

from server.resolvers.draws import changes
from server.schema.draws.inputs import (
    ConfirmWinnerResult,
    DrawRaffleResult,
    ExcludeFromDrawResult,
    IncludeInDrawResult,
    PassWinnerResult,
    PostponeDrawResult,
    SetAutomaticDrawsResult,
    SupplyBeaconResult,
    TestDrawResult,
    VoidDrawResult,
)
from server.schema.draws.nouns import DRAW


@strawberry.type
class DrawMutations:
    """Changes to draws."""

    draw_raffle: DrawRaffleResult = strawberry.field(
        resolver=changes.draw_raffle,
        description="Have a raffle that is over be drawn now; its round is at least 75 seconds ahead.",
        metadata=DRAW,
    )
    test_draw: TestDrawResult = strawberry.field(
        resolver=changes.test_draw,
        description="Try a draw out over a raffle's tickets as they stand; said to be a test, and nothing is won.",
        metadata=DRAW,
    )
    postpone_draw: PostponeDrawResult = strawberry.field(
        resolver=changes.postpone_draw,
        description="Have a planned draw wait for a later round, on record.",
        metadata=DRAW,
    )
    void_draw: VoidDrawResult = strawberry.field(
        resolver=changes.void_draw,
        description="Give a promised draw up before its round is out; it stays in the log. Then another may be asked "
        "for.",
        metadata=DRAW,
    )
    supply_beacon: SupplyBeaconResult = strawberry.field(
        resolver=changes.supply_beacon,
        description="Bring the round that a draw waits for, from wherever; its signature is checked.",
        metadata=DRAW,
    )
    exclude_from_draw: ExcludeFromDrawResult = strawberry.field(
        resolver=changes.exclude_from_draw,
        description="Leave a viewer out of a raffle's draws, before its list is closed.",
        metadata=DRAW,
    )
    include_in_draw: IncludeInDrawResult = strawberry.field(
        resolver=changes.include_in_draw, description="Leave a viewer out no longer.", metadata=DRAW
    )
    pass_winner: PassWinnerResult = strawberry.field(
        resolver=changes.pass_winner,
        description="Pass a winner over, with a public reason; the next alternate wins.",
        metadata=DRAW,
    )
    confirm_winner: ConfirmWinnerResult = strawberry.field(
        resolver=changes.confirm_winner,
        description="Note that a winner has claimed; he is passed over no more.",
        metadata=DRAW,
    )
    set_automatic_draws: SetAutomaticDrawsResult = strawberry.field(
        resolver=changes.set_automatic_draws,
        description="Have raffles be drawn by themselves when their time has come, or only when staff asks.",
        metadata=DRAW,
    )
