"""What is said in chat: texts with placeholders, filled in a single pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from server.domain.chat.lines import COMMAND_SIGNS, LINE_LENGTH_MAX, PLACEHOLDER, echoed, visible
from server.domain.refusals import Refused

FILLED_LENGTH_MAX = 1_000
VALUE_LENGTH_MAX = 200
FULL = MappingProxyType(
    {
        "watchtime": "@{name} you watched {watchtime}, place {rank}.",
        "watchtime_none": "@{name} you have no watch time yet. It comes while you chat and the stream is live.",
        "rank": "@{name} you are at place {rank} with {watchtime}.",
        "rank_none": "@{name} you are not on the leaderboard yet.",
        "link": "@{name} link your accounts in our Discord with /link. More: {url}",
        "call": "@{name} {slot} waits, it is number {place}.",
        "tickets": "@{name} you have {tickets} tickets, place {rank}.",
        "tickets_none": "@{name} you have no tickets yet. Watch, give, or take your free entry with !enter.",
        "enter": "@{name} your free entry is in: {tickets} tickets.",
        "raffle": "@{name} {raffle} ({prizes}): {url}",
        "linkshuffle": "@{name} {shuffle} waits for the staff to verify it.",
        "verifyshuffle": "@{name} {shuffle} is verified.",
        "giveaway": "@{name} {giveaway}: {how}",
        "giveaway_none": "@{name} nothing is given away right now.",
        "giveaway_staff": "@{name} {giveaway} is {state}.",
        "refused": "@{name} {message}",
    }
)
"""What is said where a community has chosen no text of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """A community's settings of chat: whether we speak there at all, and its own texts by name."""

    speaks: bool = True
    texts: Mapping[str, str] = field(default_factory=dict[str, str])

    def text(self, name: str) -> str:
        """What is said under a name."""
        return self.texts.get(name) or FULL[name]

    def stored(self) -> dict[str, Any]:
        """The settings as JSON values."""
        return {"speaks": self.speaks, "texts": dict(sorted(self.texts.items()))}

    @classmethod
    def restored(cls, data: Mapping[str, Any]) -> "ChatSettings":
        """Settings from `stored`."""
        return cls(speaks=data["speaks"], texts=data["texts"])


def placeholders(text: str) -> frozenset[str]:
    """The placeholders that a text names."""
    return frozenset(PLACEHOLDER.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its placeholders filled in a single pass: what a value holds is never filled again.

    A placeholder that nobody knows stays as it is. Values are fit to be repeated; the whole has a bounded length.
    """
    made = PLACEHOLDER.sub(lambda found: value_of(values, found), text)
    return visible(made)[:FILLED_LENGTH_MAX]


def value_of(values: Mapping[str, str], found: Any) -> str:
    """What stands in the place of a placeholder."""
    name = found[1]
    return echoed(values[name])[:VALUE_LENGTH_MAX] if name in values else str(found[0])


def checked_text(text: str, known: frozenset[str]) -> str:
    """A text that staff gives, in one line; refuses one that is empty, too long, a command, or names the unknown."""
    told = visible(text)
    if not 1 <= len(told) <= LINE_LENGTH_MAX:
        raise Refused(
            "chat_text_length",
            f"A text for chat has 1 to {LINE_LENGTH_MAX} characters.",
            "Make it shorter, or write one.",
        )
    if told[0] in COMMAND_SIGNS:
        raise Refused(
            "chat_text_command",
            f"A text for chat does not begin with {told[0]}: the platform, or a bot, would take it for a command.",
            "Begin it with another character.",
        )
    strange = sorted(placeholders(told) - known)
    if strange:
        raise Refused(
            "chat_text_placeholder",
            f"There is no placeholder {{{strange[0]}}} here.",
            f"Use these: {', '.join(sorted(known)) or 'none'}.",
        )
    return told


def spent(seconds: int) -> str:
    """A length of time for people: 3 h 25 min, or 12 min."""
    minutes = seconds // 60
    hours = minutes // 60
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
