"""What mutations of giveaways take and give."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from server.schema.giveaways.nouns import MANAGE, Giveaway, GiveawayEntrants
from server.schema.problems import Refused
from server.schema.scalars import Duration

KEY = "Yours, one per intention; a repeat returns the first result."
WHICH = "Which one."
AS_IT_IS = "The giveaway, as it is now."
RESULT_OF = "What became of "


@strawberry.input(description="The giveaway to open.")
class OpenGiveawayInput:
    """Input of openGiveaway."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    title: str = strawberry.field(description="Its title, 1 to 100 characters.")
    kind: GiveawayEntrants = strawberry.field(default=GiveawayEntrants.KEYWORD, description="Who is in.")
    keyword: str = strawberry.field(
        default="", description="For KEYWORD the word to type: one word, or an emote. Case does not matter."
    )
    ends_at: datetime | None = strawberry.field(
        default=None, description="When entering ends and it is drawn, within 31 days; left out, staff does both."
    )
    window: Duration = strawberry.field(
        default=Duration(600), description="For CHATTERS how long before the end counts: a minute to a day."
    )
    subscribers_only: bool = strawberry.field(
        default=False, description="Whether only who showed a subscription while it was open is in."
    )
    linked_only: bool = strawberry.field(default=False, description="Whether only who linked accounts is in.")
    watch_time: Duration = strawberry.field(default=Duration(0), description="The watch time that is needed.")
    subscriber_factor: int = strawberry.field(
        default=1, description="How often a subscriber counts, 1 to 100; not for TICKETS."
    )
    rest_days: int = strawberry.field(
        default=0, description="Leave out who won a giveaway within so many days, up to 365."
    )
    winners: int = strawberry.field(default=1, description="How many win, 1 to 100.")
    alternates: int = strawberry.field(default=5, description="How many may step in, up to 100.")
    claim: Duration = strawberry.field(
        default=Duration(300),
        description="How long a winner may wait before he writes in chat: a minute to a week, or 0.",
    )
    lead: Duration = strawberry.field(
        default=Duration(75),
        description="How far ahead of the promise the beacon's round is at least: 6 seconds to an hour.",
    )
    prize: str = strawberry.field(
        default="", description="What is given away, at most 1,000 characters; its lines are kept."
    )
    by_discord: bool | None = strawberry.field(
        default=None,
        description="Whether one may enter on Discord as well, by a linked account; left out, yes for KEYWORD, which "
        "alone may be entered so.",
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="A giveaway is open.")
class GiveawayOpened:
    """Success of openGiveaway."""

    giveaway: Giveaway = strawberry.field(description="The giveaway.", metadata=MANAGE)


OpenGiveawayResult = Annotated[
    GiveawayOpened | Refused, strawberry.union("OpenGiveawayResult", description=RESULT_OF + "opening a giveaway.")
]


@strawberry.input(description="The giveaway to close.")
class CloseGiveawayInput:
    """Input of closeGiveaway."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    giveaway_id: strawberry.ID = strawberry.field(description=WHICH)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="Nobody may enter any more.")
class GiveawayClosed:
    """Success of closeGiveaway."""

    giveaway: Giveaway = strawberry.field(description=AS_IT_IS, metadata=MANAGE)


CloseGiveawayResult = Annotated[
    GiveawayClosed | Refused, strawberry.union("CloseGiveawayResult", description=RESULT_OF + "closing a giveaway.")
]


@strawberry.input(description="The giveaway to draw.")
class DrawGiveawayInput:
    """Input of drawGiveaway."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    giveaway_id: strawberry.ID = strawberry.field(description=WHICH)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The giveaway is about to be drawn, once however many ask.")
class GiveawayDrawAsked:
    """Success of drawGiveaway."""

    giveaway: Giveaway = strawberry.field(description=AS_IT_IS, metadata=MANAGE)


DrawGiveawayResult = Annotated[
    GiveawayDrawAsked | Refused, strawberry.union("DrawGiveawayResult", description=RESULT_OF + "drawing a giveaway.")
]


@strawberry.enum(description="Why a winner is passed over, as the public log says it.")
class GiveawayPassReason(Enum):
    """A reason."""

    UNCLAIMED = strawberry.enum_value("unclaimed", description="He did not claim in time.")
    INELIGIBLE_RULES = strawberry.enum_value("ineligible_rules", description="The rules leave him out.")
    BANNED_PLATFORM = strawberry.enum_value("banned_platform", description="He is banned.")
    DECLINED = strawberry.enum_value("declined", description="He does not want it.")
    DUPLICATE_PERSON = strawberry.enum_value("duplicate_person", description="He was in more than once.")


@strawberry.input(description="The winner to pass over.")
class RedrawGiveawayInput:
    """Input of redrawGiveaway."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    giveaway_id: strawberry.ID = strawberry.field(description=WHICH)
    position: int = strawberry.field(description="In which place he was drawn, from 1.")
    code: GiveawayPassReason = strawberry.field(description="Why, for the public log.")
    reason: str = strawberry.field(description="Why, for the audit log, 1 to 300 characters.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(
    description="The winner is passed over; the next alternate wins, if there is one. Nothing is drawn anew."
)
class GiveawayRedrawn:
    """Success of redrawGiveaway."""

    giveaway: Giveaway = strawberry.field(description=AS_IT_IS, metadata=MANAGE)


RedrawGiveawayResult = Annotated[
    GiveawayRedrawn | Refused,
    strawberry.union("RedrawGiveawayResult", description=RESULT_OF + "passing a winner over."),
]


@strawberry.input(description="The winner to confirm.")
class ConfirmGiveawayInput:
    """Input of confirmGiveaway."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    giveaway_id: strawberry.ID = strawberry.field(description=WHICH)
    position: int = strawberry.field(description="In which place he was drawn, from 1.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The winner has his prize, as if he had written in chat.")
class GiveawayConfirmed:
    """Success of confirmGiveaway."""

    giveaway: Giveaway = strawberry.field(description=AS_IT_IS, metadata=MANAGE)


ConfirmGiveawayResult = Annotated[
    GiveawayConfirmed | Refused,
    strawberry.union("ConfirmGiveawayResult", description=RESULT_OF + "confirming a winner."),
]


@strawberry.input(description="The giveaway to give up.")
class CancelGiveawayInput:
    """Input of cancelGiveaway."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    giveaway_id: strawberry.ID = strawberry.field(description=WHICH)
    reason: str = strawberry.field(description="Why, for the audit log, 1 to 300 characters.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The giveaway is given up; where it was promised, for everybody to see.")
class GiveawayCanceled:
    """Success of cancelGiveaway."""

    giveaway: Giveaway = strawberry.field(description=AS_IT_IS, metadata=MANAGE)


CancelGiveawayResult = Annotated[
    GiveawayCanceled | Refused,
    strawberry.union("CancelGiveawayResult", description=RESULT_OF + "giving a giveaway up."),
]
