"""What mutations of draws take and give."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from server.schema.draws.nouns import DRAW, Draw
from server.schema.problems import Refused
from server.schema.scalars import BigInt

KEY = "Yours, one per intention; a repeat returns the first result."
WHY = "Why, in 1 to 300 characters, for the audit log."
RESULT_OF = "What became of "


@strawberry.enum(description="Why staff leaves somebody out of a draw; public, without his name.")
class ExclusionReason(Enum):
    """A reason."""

    STAFF = strawberry.enum_value("staff", description="He is staff, or one of their own.")
    INELIGIBLE_RULES = strawberry.enum_value("ineligible_rules", description="The rules do not let him take part.")
    BANNED_PLATFORM = strawberry.enum_value("banned_platform", description="A platform banned him.")
    DUPLICATE_PERSON = strawberry.enum_value("duplicate_person", description="He is somebody else in the list, too.")
    ON_REQUEST = strawberry.enum_value("on_request", description="He asked not to be in.")


@strawberry.enum(description="Why a winner is passed over; it stands in the public log.")
class PassReason(Enum):
    """A reason."""

    UNCLAIMED = strawberry.enum_value("unclaimed", description="He did not claim while he could.")
    INELIGIBLE_RULES = strawberry.enum_value("ineligible_rules", description="The rules do not let him win.")
    BANNED_PLATFORM = strawberry.enum_value("banned_platform", description="A platform banned him.")
    DECLINED = strawberry.enum_value("declined", description="He does not want it.")
    DUPLICATE_PERSON = strawberry.enum_value("duplicate_person", description="He was drawn as somebody else, too.")


@strawberry.input(description="Which raffle to draw now.")
class DrawRaffleInput:
    """Input of drawRaffle."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    raffle_id: strawberry.ID = strawberry.field(
        description="One that is over, whatever is left of its settlement; one that is drawn, where nobody has a prize."
    )
    reason: str = strawberry.field(default="", description="Why, for the audit log; at most 300 characters.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The draw is on its way: its list is closed, its code posted, its round waited for.")
class RaffleDrawAsked:
    """Success of drawRaffle."""

    draw: Draw = strawberry.field(
        description="The draw; the same, however often it is asked for while it is on its way. One that was promised "
        "without anybody asking is refused as draw_promised: wait for its round, or give it up first.",
        metadata=DRAW,
    )


DrawRaffleResult = Annotated[
    RaffleDrawAsked | Refused, strawberry.union("DrawRaffleResult", description=RESULT_OF + "asking for a draw.")
]


@strawberry.input(description="Of which raffle to try a draw out.")
class TestDrawInput:
    """Input of testDraw."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    raffle_id: strawberry.ID = strawberry.field(description="One that is not drawn yet, open or over.")
    reason: str = strawberry.field(default="", description="Why, for the audit log; at most 300 characters.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The test is on its way: it goes as the draw will, and nothing is won.")
class TestDrawAsked:
    """Success of testDraw."""

    draw: Draw = strawberry.field(description="The test.", metadata=DRAW)


TestDrawResult = Annotated[
    TestDrawAsked | Refused, strawberry.union("TestDrawResult", description=RESULT_OF + "asking for a test.")
]


@strawberry.input(description="A planned draw, and until when to put it off.")
class PostponeDrawInput:
    """Input of postponeDraw."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    draw_id: strawberry.ID = strawberry.field(description="Which draw.")
    until: datetime = strawberry.field(description="Its round is the first that comes then; later than planned.")
    reason: str = strawberry.field(description=WHY)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The draw waits for another round, with a signed record of that.")
class DrawPostponed:
    """Success of postponeDraw."""

    draw: Draw = strawberry.field(description="The draw.", metadata=DRAW)


PostponeDrawResult = Annotated[
    DrawPostponed | Refused, strawberry.union("PostponeDrawResult", description=RESULT_OF + "putting a draw off.")
]


@strawberry.input(description="Which draw to give up.")
class VoidDrawInput:
    """Input of voidDraw."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    draw_id: strawberry.ID = strawberry.field(description="One that is promised, or drawn with nobody confirmed.")
    reason: str = strawberry.field(description=WHY)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The draw is given up, for everybody to see; another one may be asked for.")
class DrawVoided:
    """Success of voidDraw."""

    draw: Draw = strawberry.field(description="The draw.", metadata=DRAW)


VoidDrawResult = Annotated[
    DrawVoided | Refused, strawberry.union("VoidDrawResult", description=RESULT_OF + "giving a draw up.")
]


@strawberry.input(description="What the beacon said in the round of a draw, from wherever you have it.")
class SupplyBeaconInput:
    """Input of supplyBeacon."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    draw_id: strawberry.ID = strawberry.field(description="A promised draw.")
    round: BigInt = strawberry.field(description="The round, as the relay names it.")
    signature: str = strawberry.field(description="Its signature, 96 hexadecimal digits; it is checked here.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The signature holds; the draw goes on with it.")
class BeaconSupplied:
    """Success of supplyBeacon."""

    draw: Draw = strawberry.field(description="The draw.", metadata=DRAW)


SupplyBeaconResult = Annotated[
    BeaconSupplied | Refused, strawberry.union("SupplyBeaconResult", description=RESULT_OF + "supplying a round.")
]


@strawberry.input(description="Whom to leave out of a raffle's draws.")
class ExcludeFromDrawInput:
    """Input of excludeFromDraw."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    raffle_id: strawberry.ID = strawberry.field(description="A raffle whose list is not closed yet.")
    viewer_id: strawberry.ID = strawberry.field(description="Whom, with all his accounts.")
    code: ExclusionReason = strawberry.field(description="Why, as the public list says it.")
    reason: str = strawberry.field(description=WHY)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The viewer is left out; he is told so when he asks.")
class ViewerExcluded:
    """Success of excludeFromDraw."""

    viewer_id: strawberry.ID = strawberry.field(description="Who.", metadata=DRAW)


ExcludeFromDrawResult = Annotated[
    ViewerExcluded | Refused,
    strawberry.union("ExcludeFromDrawResult", description=RESULT_OF + "leaving somebody out."),
]


@strawberry.input(description="Whom to leave out of a raffle's draws no longer.")
class IncludeInDrawInput:
    """Input of includeInDraw."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    raffle_id: strawberry.ID = strawberry.field(description="A raffle whose list is not closed yet.")
    viewer_id: strawberry.ID = strawberry.field(description="Whom, with all his accounts.")
    reason: str = strawberry.field(description=WHY)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The viewer is in again.")
class ViewerIncluded:
    """Success of includeInDraw."""

    viewer_id: strawberry.ID = strawberry.field(description="Who.", metadata=DRAW)


IncludeInDrawResult = Annotated[
    ViewerIncluded | Refused,
    strawberry.union("IncludeInDrawResult", description=RESULT_OF + "letting somebody in again."),
]


@strawberry.input(description="Which winner to pass over.")
class PassWinnerInput:
    """Input of passWinner."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    draw_id: strawberry.ID = strawberry.field(description="Which draw.")
    position: int = strawberry.field(description="The position of a winner who has not claimed.")
    code: PassReason = strawberry.field(description="Why, as the public log says it.")
    reason: str = strawberry.field(description=WHY)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The winner is passed over; the next alternate wins, in the order that was drawn.")
class WinnerPassed:
    """Success of passWinner."""

    draw: Draw = strawberry.field(description="The draw.", metadata=DRAW)


PassWinnerResult = Annotated[
    WinnerPassed | Refused, strawberry.union("PassWinnerResult", description=RESULT_OF + "passing a winner over.")
]


@strawberry.input(description="Which winner has claimed.")
class ConfirmWinnerInput:
    """Input of confirmWinner."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    draw_id: strawberry.ID = strawberry.field(description="Which draw.")
    position: int = strawberry.field(description="The position of a winner who has not claimed before.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The winner has claimed, and is passed over no more.")
class WinnerConfirmed:
    """Success of confirmWinner."""

    draw: Draw = strawberry.field(description="The draw.", metadata=DRAW)


ConfirmWinnerResult = Annotated[
    WinnerConfirmed | Refused, strawberry.union("ConfirmWinnerResult", description=RESULT_OF + "confirming a winner.")
]


@strawberry.input(description="Whether raffles are drawn without being asked.")
class SetAutomaticDrawsInput:
    """Input of setAutomaticDraws."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    automatic: bool = strawberry.field(description="Whether they are, when their time has come.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="Raffles are drawn like this from now on.")
class AutomaticDrawsSet:
    """Success of setAutomaticDraws."""

    automatic: bool = strawberry.field(description="Whether they are drawn without being asked.", metadata=DRAW)


SetAutomaticDrawsResult = Annotated[
    AutomaticDrawsSet | Refused,
    strawberry.union("SetAutomaticDrawsResult", description=RESULT_OF + "choosing how raffles are drawn."),
]
