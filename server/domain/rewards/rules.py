"""What a reward is to be, and how far the platform knows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from server.domain.chat.lines import visible
from server.domain.refusals import Refused
from server.domain.rewards.actions import RewardAction
from server.domain.rewards.platform import DESCRIPTION_LENGTH_MAX, TITLE_LENGTH_MAX, RewardDraft

REWARDS_MAX = 15
"""So many rewards a channel has on Kick at most, ours and its owner's together."""

COST_MAX = 1_000_000_000
REASON_LENGTH_MAX = 300
COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII)
PLATFORMS = frozenset({"kick"})
"""Where rewards of ours can be."""


PROBLEMS: Mapping[str, str] = {
    "not_allowed": "The platform does not let us. Connect the channel again and allow channel rewards.",
    "title_taken": "The channel has a reward of this title that was not made here. Choose another title, or delete it.",
    "rewards_full": f"The channel has {REWARDS_MAX} rewards, and the platform takes no more. Delete one of them.",
    "reward_gone": "The platform has this reward no more. Save it again to have it made anew.",
    "platform_refused": "The platform does not take the reward as it is. Change it, and save it again.",
}
"""Why the platform did not take a wish, and what to do about it."""


class RewardState(StrEnum):
    """How far the platform knows what a reward is to be."""

    PENDING = "pending"
    LIVE = "live"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardPlan:
    """A reward as staff wants it."""

    title: str
    cost: int
    action: RewardAction
    description: str = ""
    colour: str | None = None
    is_on: bool = True

    def checked(self) -> "RewardPlan":
        """The same as the platform will show it; refuses what cannot be."""
        title, description = visible(self.title), visible(self.description)
        if not 1 <= len(title) <= TITLE_LENGTH_MAX:
            raise Refused("reward_title", f"A title has 1 to {TITLE_LENGTH_MAX} characters.", "Choose another title.")
        if len(description) > DESCRIPTION_LENGTH_MAX:
            raise Refused(
                "reward_description",
                f"A description has {DESCRIPTION_LENGTH_MAX} characters at most.",
                "Make it shorter.",
            )
        if not 1 <= self.cost <= COST_MAX:
            raise Refused("reward_cost", f"A reward costs 1 to {COST_MAX:,} points.", "Choose a price in that range.")
        colour = None if self.colour is None else self.colour.lower()
        if colour is not None and not COLOUR.fullmatch(colour):
            raise Refused("reward_colour", "A colour is written #rrggbb.", "Write it like #53fc18, or leave it out.")
        action = self.action.checked()
        return RewardPlan(
            title=title, cost=self.cost, action=action, description=description, colour=colour, is_on=self.is_on
        )

    @property
    def draft(self) -> RewardDraft:
        """The reward as the platform is asked for it: always with its queue, since what skips it cannot be refunded."""
        return RewardDraft(
            title=self.title,
            cost=self.cost,
            description=self.description,
            colour=self.colour,
            is_paused=not self.is_on,
            asks_for_input=self.action.asks_for_input,
        )


def state_of(revision: int, applied: int, problem: str | None) -> RewardState:
    """How far the platform knows: `applied` is the last revision that it took, `problem` why not a later one."""
    if problem is not None:
        return RewardState.FAILED
    return RewardState.LIVE if applied >= revision else RewardState.PENDING
