"""What somebody is shown of a raffle about himself: his tickets, his chance, and the proof that he is in its draw."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum

import strawberry

from server.schema.draws.nouns import DrawProgress
from server.schema.policies import SIGNED_IN
from server.schema.raffle.nouns import RaffleState, TicketSourceKind
from server.schema.scalars import BigInt

DAYS_MAX = 31


@strawberry.enum(description="On which side of a path the other one stands.")
class ProofSide(Enum):
    """A side."""

    LEFT = strawberry.enum_value("L", description="Before.")
    RIGHT = strawberry.enum_value("R", description="After.")


@strawberry.type(description="One step from an entry to the root of the list's tree.")
class ProofStep:
    """A step."""

    side: ProofSide = strawberry.field(description="On which side the other one stands.", metadata=SIGNED_IN)
    hash: str = strawberry.field(description="Its hash, in hexadecimal.", metadata=SIGNED_IN)
    tickets: BigInt = strawberry.field(description="How many tickets are below it.", metadata=SIGNED_IN)


@strawberry.type(description="How you find yourself in the closed list. Keep the salt: nobody else is told it.")
class OwnEntry:
    """The entry of whoever asks."""

    account: str | None = strawberry.field(
        description="The account by which you are in, such as kick:123456; null where you have none.",
        metadata=SIGNED_IN,
    )
    salt: str = strawberry.field(description="Your salt in this draw, in hexadecimal.", metadata=SIGNED_IN)
    entry_id: str = strawberry.field(description="The id that stands for you in the list.", metadata=SIGNED_IN)
    tickets: BigInt = strawberry.field(description="How many tickets you bring.", metadata=SIGNED_IN)
    left_out: str | None = strawberry.field(
        description="Why you are left out, such as unlinked; null where you are in.", metadata=SIGNED_IN
    )
    first_ticket: BigInt | None = strawberry.field(
        description="The number of your first ticket, from 0; null where you are left out.", metadata=SIGNED_IN
    )
    last_ticket: BigInt | None = strawberry.field(
        description="The number of your last ticket; null where you are left out.", metadata=SIGNED_IN
    )
    leaf: str | None = strawberry.field(
        description="The hash of your entry, in hexadecimal; null where you are left out.", metadata=SIGNED_IN
    )
    path: list[ProofStep] = strawberry.field(
        description="The steps from your leaf to the root that the commit names.", metadata=SIGNED_IN
    )
    position: int | None = strawberry.field(
        description="In which place you were drawn, from 1; null where you were not, or it is not revealed yet.",
        metadata=SIGNED_IN,
    )


@strawberry.type(description="A draw, and your lines in its closed list.")
class OwnDraw:
    """A draw as somebody who took part in it sees it."""

    draw_id: strawberry.ID = strawberry.field(description="Which draw.", metadata=SIGNED_IN)
    name: str = strawberry.field(description="What its records call it.", metadata=SIGNED_IN)
    number: int = strawberry.field(
        description="Its number among the draws and tests of its raffle or giveaway, from 1.", metadata=SIGNED_IN
    )
    state: DrawProgress = strawberry.field(description="Where it is on its way.", metadata=SIGNED_IN)
    is_test: bool = strawberry.field(description="Whether nothing is won in it.", metadata=SIGNED_IN)
    code: str | None = strawberry.field(
        description="Its code; null before the promise. Compare it with the one you saw posted.", metadata=SIGNED_IN
    )
    file_url: str | None = strawberry.field(
        description="The file with which anybody checks it; null before the promise.", metadata=SIGNED_IN
    )
    entries: list[OwnEntry] = strawberry.field(
        description="Your lines: one for each viewer that your accounts are here, usually one; none where you are not "
        "in the list, or it is not closed yet.",
        metadata=SIGNED_IN,
    )


@strawberry.type(description="Your tickets from one source.")
class OwnSource:
    """A part of somebody's tickets."""

    source: TicketSourceKind = strawberry.field(description="What earned them.", metadata=SIGNED_IN)
    tickets: BigInt = strawberry.field(description="How many.", metadata=SIGNED_IN)
    cap: int | None = strawberry.field(
        description="The most that count in the draw; null for no cap.", metadata=SIGNED_IN
    )
    counted: BigInt = strawberry.field(description="How many of them count in the draw.", metadata=SIGNED_IN)


@strawberry.type(description="Your tickets in a raffle, as one viewer of the community.")
class OwnTickets:
    """Somebody's own tickets."""

    viewer_id: strawberry.ID = strawberry.field(description="Who you are here.", metadata=SIGNED_IN)
    tickets: BigInt = strawberry.field(
        description="How many you bring into the draw, by the caps of its rules.", metadata=SIGNED_IN
    )
    by_source: list[OwnSource] = strawberry.field(description="What earned them, most first.", metadata=SIGNED_IN)
    chance: int = strawberry.field(
        description="The chance that you are drawn first, in millionths: exact once the list is closed; before, among "
        "all tickets as they stand.",
        metadata=SIGNED_IN,
    )
    free_entry_taken: bool = strawberry.field(description="Whether your free entry is in.", metadata=SIGNED_IN)
    left_out: str | None = strawberry.field(
        description="Why you are left out of the draw, or would be if the list were closed now; null for in.",
        metadata=SIGNED_IN,
    )
    warning: str | None = strawberry.field(
        description="What to do, in plain words, so as not to be left out; null where all is well.", metadata=SIGNED_IN
    )
    entry: OwnEntry | None = strawberry.field(
        description="Your line in the closed list, with your salt; null before, and without tickets.",
        metadata=SIGNED_IN,
    )


@strawberry.type(description="What one source gave you on one day.")
class OwnDaySource:
    """A part of a day's tickets."""

    source: TicketSourceKind = strawberry.field(description="What earned them.", metadata=SIGNED_IN)
    tickets: BigInt = strawberry.field(
        description="How many; fewer than none where more was taken back than given.", metadata=SIGNED_IN
    )


@strawberry.type(description="What you were given on one day of a raffle.")
class OwnDay:
    """A day of a raffle."""

    day: str = strawberry.field(description="The date by the community's clock, as 2026-11-22.", metadata=SIGNED_IN)
    by_source: list[OwnDaySource] = strawberry.field(
        description="What gave you tickets on it, whether they count or not; nothing on days without any.",
        metadata={**SIGNED_IN, "at_most": 8},
    )


@strawberry.type(description="A raffle, and what you have in it.")
class OwnRaffle:
    """A raffle as somebody who takes part sees it."""

    raffle_id: strawberry.ID = strawberry.field(description="Which raffle.", metadata=SIGNED_IN)
    number: int = strawberry.field(description="Its number among the community's raffles, from 1.", metadata=SIGNED_IN)
    title: str = strawberry.field(description="Its title; may be empty.", metadata=SIGNED_IN)
    state: RaffleState = strawberry.field(description="Where it is on its way.", metadata=SIGNED_IN)
    starts_at: datetime = strawberry.field(description="From when on things count.", metadata=SIGNED_IN)
    ends_at: datetime = strawberry.field(description="Until when.", metadata=SIGNED_IN)
    prizes: str = strawberry.field(description="What can be won, in words.", metadata=SIGNED_IN)
    rules_text: str = strawberry.field(description="Further rules, in words.", metadata=SIGNED_IN)
    how_to_earn: list[str] = strawberry.field(
        description="What earns tickets, the free way first, each in a sentence.", metadata=SIGNED_IN
    )
    draw_at: datetime = strawberry.field(description="When it is drawn: its round comes then.", metadata=SIGNED_IN)
    draw_state: DrawProgress | None = strawberry.field(
        description="Where its draw is; null before one is planned.", metadata=SIGNED_IN
    )
    code: str | None = strawberry.field(
        description="The code of its draw; null before the promise. Compare it with the one you saw posted.",
        metadata=SIGNED_IN,
    )
    file_url: str | None = strawberry.field(
        description="The file with which anybody checks the draw; null before the promise.", metadata=SIGNED_IN
    )
    mine: list[OwnTickets] = strawberry.field(
        description="What you have: one for each viewer that your accounts are here, usually one.", metadata=SIGNED_IN
    )
    find_days: strawberry.Private[Callable[[], Awaitable[list[OwnDay]]]]

    @strawberry.field(
        description="On which days all these came: each of the last 31 days of the raffle, up to today or to its end, "
        "oldest first.",
        metadata={**SIGNED_IN, "at_most": DAYS_MAX},
    )
    async def days(self) -> list[OwnDay]:
        """The days."""
        return await self.find_days()
