"""Slot calls: how titles are written, who may call what, and how one of those that wait is drawn."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NewType

from server.domain.refusals import Refused

TITLE_LENGTH_MAX = 80
TITLE_LENGTH_MIN = 2
KEY_LENGTH_MAX = 200
REASON_LENGTH_MAX = 300
COOLDOWN_S_MAX = 86_400
PER_VIEWER_MAX = 100
QUEUE_MAX = 500
ROLL_BYTES = 16
MINOR_MAX = 10**15
MULTIPLIER_MAX = 100_000_000
TRIGRAMS_MAX = 64
EMOTE = re.compile(r"\[emote:\d{1,20}:([^\]\s]{0,50})\]")
APOSTROPHE = re.compile("['\u2019]")
BRACKETS = str.maketrans("", "", "<>")
CURRENCY = re.compile(r"[A-Z]{2,8}", re.ASCII)

Minor = NewType("Minor", int)
"""An amount of money in the smallest unit of its currency."""


class CallState(StrEnum):
    """Where a call stands; it goes only forward."""

    CALLED = "called"
    PICKED = "picked"
    PLAYED = "played"
    DROPPED = "dropped"


class CallSource(StrEnum):
    """Where a call came from."""

    CHAT = "chat"
    CLIENT = "client"
    STAFF = "staff"
    REWARD = "reward"


class PickMethod(StrEnum):
    """How the next call is picked."""

    OLDEST = "oldest"
    RANDOM = "random"
    CHOSEN = "chosen"


class BlockKind(StrEnum):
    """What is blocked."""

    VIEWER = "viewer"
    SLOT = "slot"
    PROVIDER = "provider"


BEFORE: Mapping[CallState, tuple[CallState, ...]] = {
    CallState.PICKED: (CallState.CALLED,),
    CallState.PLAYED: (CallState.CALLED, CallState.PICKED, CallState.PLAYED),
    CallState.DROPPED: (CallState.CALLED, CallState.PICKED),
}
"""From which states a call may come into each; what was played may be played again to mend its result."""


@dataclass(frozen=True, slots=True)
class Title:
    """What a slot is called, and the key by which two writings of it are the same."""

    text: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSettings:
    """A community's rules of slot calls.

    `per_viewer`: how many calls of one viewer may wait at once, 0 for any number. `cooldown_s`: seconds after a call
    that was accepted. `queue_max`: how many may wait in all. `catalogue_only`: whether a slot must be in the catalogue.
    """

    is_open: bool = False
    per_viewer: int = 1
    cooldown_s: int = 30
    queue_max: int = 100
    allows_duplicates: bool = False
    catalogue_only: bool = False
    tells_discord: bool = True

    def check(self) -> None:
        """Refuse values that make no sense."""
        for value, least, most, code, what in (
            (self.per_viewer, 0, PER_VIEWER_MAX, "slot_settings_per_viewer", "calls of a viewer may wait"),
            (self.cooldown_s, 0, COOLDOWN_S_MAX, "slot_settings_cooldown", "seconds lie between a viewer's calls"),
            (self.queue_max, 1, QUEUE_MAX, "slot_settings_queue", "calls may wait in all"),
        ):
            if not least <= value <= most:
                raise Refused(code, f"{least} to {most} {what}, not {value}.", "Choose a value in that range.")

    def stored(self) -> dict[str, Any]:
        """The settings as JSON values."""
        return asdict(self)

    @classmethod
    def restored(cls, data: Mapping[str, Any]) -> "SlotSettings":
        """Settings from `stored`."""
        return cls(**data)


def slot_title(text: str) -> Title:
    """A slot's title as it is shown, with its key; refuses one that is too short, too long, or without any letter.

    Emotes become their names; angle brackets go, since platforms take them out of chat; what cannot be seen goes.
    """
    plain = unicodedata.normalize("NFKC", EMOTE.sub(r"\1", text)).translate(BRACKETS)
    seen = "".join(
        " " if char.isspace() else char for char in plain if unicodedata.category(char)[0] != "C" or char in "\t\n"
    )
    title = " ".join(seen.split())
    key = slot_key(title)
    if not TITLE_LENGTH_MIN <= len(title) <= TITLE_LENGTH_MAX or not key:
        raise Refused(
            "slot_title_invalid",
            f"The name of a slot has {TITLE_LENGTH_MIN} to {TITLE_LENGTH_MAX} characters, with a letter or digit.",
            "Write the slot's name after the command, for example: !call Book of Dead.",
        )
    return Title(title, key)


def slot_key(title: str) -> str:
    """What two writings of one title have in common: letters and digits, without case, accents and punctuation."""
    parts = unicodedata.normalize("NFKD", APOSTROPHE.sub("", title.casefold()))
    kept = "".join(char if char.isalnum() else "" if unicodedata.combining(char) else " " for char in parts)
    return " ".join(kept.split())[:KEY_LENGTH_MAX]


def trigrams(key: str) -> frozenset[str]:
    """The groups of three characters in a key, its words' edges included; a bounded number."""
    found: dict[str, None] = {}
    for word in key.split():
        padded = f"  {word} "
        found.update(dict.fromkeys(padded[start : start + 3] for start in range(len(padded) - 2)))
    return frozenset(list(found)[:TRIGRAMS_MAX])


def likeness(shared: int, one: int, other: int) -> int:
    """How alike two keys are, 0 to 1000: what share of their groups of three they have in common."""
    return 2000 * shared // (one + other) if one + other else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known when somebody calls a slot; `blocked` holds the reason by what is blocked."""

    settings: SlotSettings
    blocked: Mapping[BlockKind, str]
    of_viewer: int
    waiting: int
    is_waiting: bool
    is_known: bool
    last_at: datetime | None
    now: datetime
    by_staff: bool = False


def check_call(asked: Asked) -> None:
    """Refuse a call that the rules do not allow. Staff calls also while viewers may not, and without waiting."""
    if not asked.by_staff:
        check_viewer(asked)
    for kind, code, what in (
        (BlockKind.SLOT, "slot_blocked", "This slot is not played here"),
        (BlockKind.PROVIDER, "slot_provider_blocked", "Slots of this provider are not played here"),
    ):
        if kind in asked.blocked:
            raise Refused(code, f"{what}: {asked.blocked[kind]}", "Call another slot.")
    if asked.settings.catalogue_only and not asked.is_known:
        raise Refused("slot_unknown", "This slot is not in the catalogue.", "Call one that is; mind the spelling.")
    if asked.is_waiting and not asked.settings.allows_duplicates:
        raise Refused("slot_already_called", "This slot waits already.", "Call another slot.")
    if asked.waiting >= asked.settings.queue_max:
        raise Refused("slot_queue_full", f"{asked.waiting} calls wait already.", "Try again when some were played.")


def check_viewer(asked: Asked) -> None:
    """Refuse a viewer who may not call just now."""
    settings = asked.settings
    if not settings.is_open:
        raise Refused("slot_calls_closed", "Slot calls are closed.", "Wait until staff opens them.")
    if BlockKind.VIEWER in asked.blocked:
        raise Refused(
            "slot_viewer_blocked", f"You may not call slots here: {asked.blocked[BlockKind.VIEWER]}", "Ask the staff."
        )
    if settings.per_viewer and asked.of_viewer >= settings.per_viewer:
        raise Refused(
            "slot_limit_reached",
            f"{asked.of_viewer} of your calls wait already; {settings.per_viewer} may.",
            "Wait until one of them was picked.",
        )
    until = None if asked.last_at is None else asked.last_at + timedelta(seconds=settings.cooldown_s)
    if until is not None and asked.now < until:
        seconds = -((asked.now - until) // timedelta(seconds=1))
        raise Refused("slot_cooling_down", f"You called a moment ago; wait {seconds} more s.", "Call again then.")


def drawn(count: int, roll: bytes) -> int:
    """Which of so many, counted from 0, a roll means: its share of all rolls, times `count`, rounded down.

    With 16 bytes the chances of any two differ by less than 1 in 10^35.
    """
    return int.from_bytes(roll) * count >> (8 * len(roll))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How playing a slot went: what it cost and paid in the currency's smallest units, and the multiplier in 1/100."""

    cost: Minor | None = None
    payout: Minor | None = None
    multiplier: int | None = None
    currency: str | None = None

    def check(self) -> None:
        """Refuse values that cannot be."""
        amounts = [amount for amount in (self.cost, self.payout) if amount is not None]
        if any(not 0 <= amount <= MINOR_MAX for amount in amounts):
            raise Refused(
                "slot_result_out_of_range", f"An amount is 0 to {MINOR_MAX} smallest units.", "Correct the amounts."
            )
        if self.multiplier is not None and not 0 <= self.multiplier <= MULTIPLIER_MAX:
            raise Refused(
                "slot_result_out_of_range", f"A multiplier is 0 to {MULTIPLIER_MAX} hundredths.", "Correct it."
            )
        if amounts and (self.currency is None or not CURRENCY.fullmatch(self.currency)):
            raise Refused(
                "slot_result_currency", "Amounts need a currency of 2 to 8 capital letters.", "Name it, such as USD."
            )

    def completed(self) -> "Result":
        """The same with the multiplier that cost and payout give, rounded half up, where none was told."""
        if self.multiplier is not None or not self.cost or self.payout is None:
            return self
        ratio = (200 * self.payout + self.cost) // (2 * self.cost)
        if ratio > MULTIPLIER_MAX:
            return self
        return Result(cost=self.cost, payout=self.payout, multiplier=ratio, currency=self.currency)


def block_reason(reason: str) -> str:
    """The reason for a block; refuses none, and one that is too long."""
    told = reason.strip()
    if not 1 <= len(told) <= REASON_LENGTH_MAX:
        raise Refused(
            "reason_missing",
            f"A block needs a reason of 1 to {REASON_LENGTH_MAX} characters.",
            "Say why, so that the viewer can read it.",
        )
    return told
