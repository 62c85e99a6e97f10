"""Draws: where they stand, what was promised, who was drawn, and how anybody checks it."""

from datetime import datetime
from enum import Enum
from typing import Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.linking import Account
from server.schema.names import PUBLIC_NAME
from server.schema.pagination import After, Connection, First
from server.schema.policies import READ, enforced, needs
from server.schema.scalars import BigInt

DRAW = needs(Capability.RAFFLE_DRAW)


@strawberry.enum(name="DrawState", description="Where a draw is on its way.")
class DrawProgress(Enum):
    """A state."""

    PLANNED = strawberry.enum_value("planned", description="Its round is named; its list is still open.")
    ASKED = strawberry.enum_value("asked", description="Staff asked for it; its list is about to be closed.")
    FROZEN = strawberry.enum_value("frozen", description="Its list is closed, and about to be promised.")
    COMMITTED = strawberry.enum_value("committed", description="Its code is posted; the beacon's round is waited for.")
    DRAWN = strawberry.enum_value("drawn", description="It is known who won.")
    VOID = strawberry.enum_value("void", description="It was given up, for everybody to see.")
    EMPTY = strawberry.enum_value("empty", description="Nobody was in it.")


@strawberry.enum(description="What the records of a draw prove. Check its file to believe none of this.")
class DrawVerdict(Enum):
    """A verdict."""

    VERIFIED = strawberry.enum_value(
        "verified", description="The code was posted outside at least 60 seconds before the round."
    )
    LATE_COMMIT = strawberry.enum_value(
        "late_commit", description="The code was posted too late before the round to prove anything."
    )
    NOT_INDEPENDENTLY_VERIFIABLE = strawberry.enum_value(
        "not_independently_verifiable",
        description="Nothing shows that the code was posted anywhere else, or the beacon is a demo's.",
    )
    DRAWN_AGAIN = strawberry.enum_value(
        "drawn_again", description="The same was drawn more than once, and who was drawn before could be known."
    )
    NOT_DRAWN_YET = strawberry.enum_value("not_drawn_yet", description="It is promised; the round has not come yet.")
    VOID = strawberry.enum_value("void", description="It was given up.")
    GIVEN_UP_LATE = strawberry.enum_value(
        "given_up_late", description="It was given up when its round was out already."
    )


@strawberry.enum(description="What became of somebody who was drawn.")
class DrawPlaceState(Enum):
    """A state."""

    WON = strawberry.enum_value("won", description="He wins, and may claim.")
    CONFIRMED = strawberry.enum_value("confirmed", description="He won, and has claimed, or need not.")
    PASSED = strawberry.enum_value("passed", description="He was passed over, with a public reason.")
    ALTERNATE = strawberry.enum_value("alternate", description="He steps in where a winner is passed over.")


@strawberry.type(description="Somebody who was drawn.")
class DrawPlace:
    """A place."""

    position: int = strawberry.field(description="In which place he was drawn, from 1.", metadata=READ)
    ticket: BigInt = strawberry.field(description="The number of the ticket, from 0.", metadata=READ)
    state: DrawPlaceState = strawberry.field(description="What became of him.", metadata=READ)
    reason: str | None = strawberry.field(
        description="Why he was passed over, such as unclaimed; null where he was not.", metadata=READ
    )
    viewer_id: strawberry.ID = strawberry.field(description="Who.", metadata=READ)
    account: Account = strawberry.field(description="The account by which he was in.", metadata=READ)
    public_name: str = strawberry.field(description=PUBLIC_NAME, metadata=READ)
    claim_until: datetime | None = strawberry.field(
        description="Until when a winner may claim before he can be passed over as unclaimed; null for others.",
        metadata=READ,
    )
    settled_at: datetime | None = strawberry.field(
        description="When staff confirmed or passed him; null where nobody did.", metadata=READ
    )


@strawberry.type(description="Where the code of a draw was seen outside before its round.")
class DrawEvidence:
    """A posting."""

    place: str = strawberry.field(description="Where, such as kick_chat.", metadata=READ)
    reference: str = strawberry.field(description="That place's own id of the message.", metadata=READ)
    at: datetime = strawberry.field(description="When.", metadata=READ)


@strawberry.type(description="A draw that was moved to another round before it was promised, on record.")
class DrawPostponement:
    """A postponement."""

    from_round: BigInt = strawberry.field(description="The round that was waited for.", metadata=READ)
    to_round: BigInt = strawberry.field(description="The round that is waited for instead.", metadata=READ)
    reason: str = strawberry.field(
        description="Why, as it stands in the log: end_changed, by_staff, drawn_by_staff, not_frozen_in_time, "
        "deliveries_waiting, deliveries_quarantined, past_not_counted, source_silent or wagers_unread.",
        metadata=READ,
    )
    at: datetime = strawberry.field(description="When that was recorded.", metadata=READ)


@strawberry.type(description="What the records of a draw say, without checking them.")
class DrawStory:
    """The records of a draw."""

    verdict: DrawVerdict | None = strawberry.field(
        description="What they prove; null before its code is posted.", metadata=READ
    )
    sentence: str = strawberry.field(description="The same in plain words.", metadata=READ)
    evidence: list[DrawEvidence] = strawberry.field(
        description="Where the code was seen before the round, at most 20.", metadata=READ
    )
    postponements: list[DrawPostponement] = strawberry.field(
        description="How it was moved, oldest first; at most 100.", metadata=READ
    )


@strawberry.type(description="Somebody who is left out of a draw.")
class DrawLeftOut:
    """A person left out."""

    viewer_id: strawberry.ID = strawberry.field(description="Who.", metadata=DRAW)
    account: Account = strawberry.field(description="His account.", metadata=DRAW)
    reason: str = strawberry.field(
        description="Why: unlinked, where he has no account of Kick or Twitch, already_drawn, where he was drawn in a "
        "draw that this one supplements, or what staff chose.",
        metadata=DRAW,
    )
    tickets: BigInt = strawberry.field(description="What he would have brought.", metadata=DRAW)


@strawberry.type(description="A draw.")
class Draw:
    """A draw."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=READ)
    name: str = strawberry.field(description="What its records call it.", metadata=READ)
    number: int = strawberry.field(
        description="Its number among the draws and tests of its raffle, from 1.", metadata=READ
    )
    raffle_id: strawberry.ID | None = strawberry.field(
        description="Of which raffle; null where it is of something else.", metadata=READ
    )
    state: DrawProgress = strawberry.field(description="Where it is on its way.", metadata=READ)
    is_test: bool = strawberry.field(description="Whether it only tries things out; nothing is won.", metadata=READ)
    is_manual: bool = strawberry.field(description="Whether staff asked for it.", metadata=READ)
    round: BigInt = strawberry.field(
        description="The round of drand's chain quicknet. That of a draw that staff asked for is fixed with its "
        "promise; before, this is the first that the promise may name.",
        metadata=READ,
    )
    round_at: datetime = strawberry.field(description="When that round comes.", metadata=READ)
    closed_at: datetime | None = strawberry.field(description="When its list was closed.", metadata=READ)
    committed_at: datetime | None = strawberry.field(description="When it was promised.", metadata=READ)
    code: str | None = strawberry.field(
        description="The code that is posted, and that a check asks for; null before the promise.", metadata=READ
    )
    commit: str | None = strawberry.field(description="The hash of the promise, in hexadecimal.", metadata=READ)
    entrants: int | None = strawberry.field(description="How many people are in its closed list.", metadata=READ)
    tickets: BigInt | None = strawberry.field(description="How many tickets they bring.", metadata=READ)
    drawn_at: datetime | None = strawberry.field(description="When it was drawn.", metadata=READ)
    reveal_at: datetime | None = strawberry.field(
        description="When clients show who won, whoever loads what again meanwhile.", metadata=READ
    )
    file_url: str | None = strawberry.field(
        description="The file with which anybody checks it; null before the promise.", metadata=READ
    )
    loader: strawberry.Private["DrawLoader"]
    row: strawberry.Private[int]

    @strawberry.field(
        description="The draw before, where this one is for prizes that nobody is left to have.",
        metadata=READ,
    )
    async def supplement_of(self) -> "Draw | None":
        """The draw before."""
        return await self.loader.supplemented(self.row)

    @strawberry.field(description="What its records say: what they prove, and where its code was seen.", metadata=READ)
    async def story(self) -> DrawStory:
        """The records in plain words."""
        return await self.loader.story(self.row)

    @strawberry.field(description="Everybody who was drawn, in order: winners and alternates.", metadata=READ)
    async def places(self) -> list[DrawPlace]:
        """The places."""
        return await self.loader.places(self.row)

    @strawberry.field(
        description="Those who win as it stands, claimed or not; of a test, who would have.", metadata=READ
    )
    async def winners(self) -> list[DrawPlace]:
        """The winners."""
        drawn = await self.loader.places(self.row) if self.state is DrawProgress.DRAWN else []
        return [place for place in drawn if place.state in {DrawPlaceState.WON, DrawPlaceState.CONFIRMED}]

    @strawberry.field(
        description="Whom its closed list leaves out, and why, for staff; before, see `Raffle.excluded`.",
        metadata=enforced(DRAW),
    )
    async def left_out(self, first: First, after: After = None) -> Connection[DrawLeftOut]:
        """The people left out."""
        return await self.loader.left_out(self.row, first, after)


class DrawLoader(Protocol):
    """What a community is asked about its draws."""

    async def page(self, raffle: int | None, first: int, after: str | None) -> Connection[Draw]:
        """Those of a raffle, or of all raffles, newest first."""
        ...

    async def latest(self, raffle: int) -> Draw | None:
        """The last one of a raffle that is no test."""
        ...

    async def supplemented(self, row: int) -> Draw | None:
        """The draw that one supplements."""
        ...

    async def story(self, row: int) -> DrawStory:
        """What the records of one say."""
        ...

    async def places(self, row: int) -> list[DrawPlace]:
        """Who was drawn."""
        ...

    async def left_out(self, row: int, first: int, after: str | None) -> Connection[DrawLeftOut]:
        """Whom its list leaves out."""
        ...
