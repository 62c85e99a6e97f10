"""Rewards that viewers redeem for a platform's own points, as the platform knows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

TITLE_LENGTH_MAX = 50
DESCRIPTION_LENGTH_MAX = 200

RedemptionStatus = Literal["pending", "accepted", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardDraft:
    """A reward as it is to be: title of 1 to 50 characters, description of 200 at most, cost of 1 at least.

    `colour` is written #rrggbb. Making one that breaks these bounds raises ValueError.
    """

    title: str
    cost: int
    description: str = ""
    colour: str | None = None
    is_enabled: bool = True
    is_paused: bool = False
    asks_for_input: bool = False
    skips_queue: bool = False

    def __post_init__(self) -> None:
        if not 0 < len(self.title) <= TITLE_LENGTH_MAX or len(self.description) > DESCRIPTION_LENGTH_MAX:
            raise ValueError("The title or the description of a reward is too short or too long.")
        if self.cost < 1:
            raise ValueError("A reward costs one point at least.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """A reward as the platform knows it."""

    id: str
    title: str
    cost: int
    description: str
    is_enabled: bool
    is_paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """One redeeming of a reward, with the reward as it is called at the time of asking."""

    id: str
    reward_id: str
    title: str
    cost: int
    redeemer_id: str
    status: RedemptionStatus
    user_input: str
    redeemed_at: datetime


@dataclass(frozen=True, slots=True)
class RedemptionPage:
    """Some redemptions, and where the next ones begin; None at the end."""

    redemptions: Sequence[Redemption]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A redemption that could not be accepted or rejected, and the platform's reason."""

    id: str
    reason: str
