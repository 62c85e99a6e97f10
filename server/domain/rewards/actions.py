"""What a reward of ours does when somebody redeems it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from server.domain.chat.texts import checked_text, placeholders
from server.domain.refusals import Refused

SECONDS_MAX = 24 * 3600
TICKETS_MAX = 10_000
PLACEHOLDERS = frozenset({"name", "input", "reward", "cost", "channel", "community"})


class ActionKind(StrEnum):
    """What can be done; each kind is carried out by the capability that it belongs to."""

    WATCH_TIME_BONUS = "watch_time_bonus"
    SLOT_CALL = "slot_call"
    CHAT_LINE = "chat_line"
    TICKETS = "tickets"


WANTS = {ActionKind.WATCH_TIME_BONUS: "seconds", ActionKind.CHAT_LINE: "text", ActionKind.TICKETS: "tickets"}
"""What each kind has to be told; the others nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardAction:
    """What is done: for a bonus so many `seconds` of watch time, for a chat line its `text`, or so many `tickets`."""

    kind: ActionKind
    seconds: int | None = None
    text: str | None = None
    tickets: int | None = None

    def checked(self) -> "RewardAction":
        """The same with its text as it will be said; refuses what does not belong to its kind, or is missing."""
        wants = WANTS.get(self.kind)
        for name, value in (("seconds", self.seconds), ("text", self.text), ("tickets", self.tickets)):
            if (value is not None) != (name == wants):
                raise Refused(
                    "reward_action_unclear",
                    f"What a reward of the kind {self.kind.value} does takes {wants or 'nothing more'}.",
                    "Watch time takes seconds, a chat line text, tickets their number, a slot call nothing.",
                )
        if self.seconds is not None and not 1 <= self.seconds <= SECONDS_MAX:
            raise Refused(
                "reward_seconds", f"A bonus is 1 to {SECONDS_MAX} seconds of watch time.", "Choose one of those."
            )
        if self.tickets is not None and not 1 <= self.tickets <= TICKETS_MAX:
            raise Refused("reward_tickets", f"A reward gives 1 to {TICKETS_MAX:,} tickets.", "Choose one of those.")
        text = None if self.text is None else checked_text(self.text, PLACEHOLDERS)
        return RewardAction(kind=self.kind, seconds=self.seconds, text=text, tickets=self.tickets)

    @property
    def asks_for_input(self) -> bool:
        """Whether whoever redeems has to write something."""
        return self.kind is ActionKind.SLOT_CALL or "input" in placeholders(self.text or "")

    def stored(self) -> dict[str, Any]:
        """The action as JSON values."""
        return asdict(self)

    @classmethod
    def restored(cls, data: Mapping[str, Any]) -> "RewardAction":
        """An action from `stored`."""
        return cls(
            kind=ActionKind(data["kind"]), seconds=data["seconds"], text=data["text"], tickets=data.get("tickets")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A redemption for whoever carries it out; `cause` is unique in the community and never changes.

    `account` is the redeemer's (platform, the platform's own id).
    """

    cause: str
    action: RewardAction
    title: str
    cost: int
    channel_id: int
    account_id: int
    account: tuple[str, str]
    name: str
    user_input: str
    redeemed_at: datetime
