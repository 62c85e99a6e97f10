"""Channel-point rewards."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.events.happening import Happening, Person, known


class RedemptionState(StrEnum):
    """Where a redemption stands; it only ever goes from pending to one of the others."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


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
        """The redeemer."""
        return known(self.redeemer)
