"""Channel-point rewards."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.events.happening import Happening, Person, known


class RedemptionState(StrEnum):
    """Where a redemption stands; it only ever goes from pending to one of the others.

    Accepted: the points are spent. Rejected and cancelled: they were given back, by the channel or by the viewer.
    """

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRedeemed(Happening):
    """Somebody redeemed a reward, or his redemption changed state; `at` is when he redeemed it."""

    redemption_id: str
    state: RedemptionState
    redeemer: Person
    reward_id: str
    reward_title: str
    cost: int
    user_input: str
    at: datetime

    @property
    def people(self) -> tuple[Person, ...]:
        """The redeemer, where his name was told: one that is not would replace the name we know."""
        return known(self.redeemer) if self.redeemer.name is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardOverheard(Happening):
    """Somebody redeemed a reward, told without the redemption's id: only the platform knows which one that was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionChanged:
    """A redemption of a reward of ours got on, with all that is shown of it."""

    redemption_id: int
    title: str
    cost: int
    name: str | None
    platform: str
    progress: str
