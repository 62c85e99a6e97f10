"""What earns tickets in a raffle, and how much: fixed when a period begins, so that nobody can change it half way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from server.domain.instants import HOUR
from server.domain.refusals import Refused

RATE_MAX = 100_000
SETTLEMENT_H_MAX = 7 * 24
CLAIM_H_MAX = 30 * 24
WINNERS_MAX = 100
TEXT_LENGTH_MAX, LINES_MAX = 4_000, 100
KICKS_PER_RATE = 100
MICRO_USD = 1_000_000
USD_PER_RATE = 1_000
NO_CAPS: Mapping["TicketSource", int] = MappingProxyType({})


class TicketSource(StrEnum):
    """What a ticket was earned by."""

    GIFTED_SUB = "gifted_sub"
    OWN_SUB = "own_sub"
    WATCH_TIME = "watch_time"
    WAGER = "wager"
    KICKS = "kicks"
    REWARD = "reward"
    FREE_ENTRY = "free_entry"
    STAFF = "staff"


PAID = frozenset({TicketSource.GIFTED_SUB, TicketSource.OWN_SUB, TicketSource.WAGER, TicketSource.KICKS})
"""What costs a viewer money; where one of these gives tickets, there is a way without."""
BY_RATE = frozenset({TicketSource.WATCH_TIME, TicketSource.WAGER, TicketSource.KICKS})
"""What gives tickets by the sum of a period, not one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaffleRules:
    """Tickets for each thing that earns any; 0 is off.

    `gifted_sub` and `own_sub` are for one subscription, `watch_time` for an hour, `kicks` for 100 KICKs, `wager` for
    1,000 US dollars. `free_entry` is what a claim gives; None is as many as a watched hour. `caps` limit what one
    person brings into a draw from a source. `settlement_h` is how long late events are waited for after the end,
    `claim_h` how long a winner has to claim.
    """

    gifted_sub: int = 15
    own_sub: int = 0
    watch_time: int = 10
    kicks: int = 0
    wager: int = 0
    rewards: bool = True
    free_entry: int | None = None
    caps: Mapping[TicketSource, int] = field(default_factory=lambda: NO_CAPS)
    settlement_h: int = 24
    claim_h: int = 48
    renews: bool = True
    winners: int = 1
    alternates: int = 5
    prizes: str = ""
    text: str = ""

    @property
    def free_tickets(self) -> int:
        """What a claim of the free entry gives; 0 when there is none."""
        return (self.watch_time or 10) if self.free_entry is None else self.free_entry

    def per_item(self, source: TicketSource) -> int:
        """The tickets for one item of a source that gives them one by one."""
        return {TicketSource.GIFTED_SUB: self.gifted_sub, TicketSource.OWN_SUB: self.own_sub}.get(source, 0)

    def rate(self, source: TicketSource) -> Fraction:
        """The tickets for one unit of a source that gives them by its sum: a microsecond, a micro-dollar or a KICK."""
        match source:
            case TicketSource.WATCH_TIME:
                return Fraction(self.watch_time, HOUR)
            case TicketSource.WAGER:
                return Fraction(self.wager, USD_PER_RATE * MICRO_USD)
            case TicketSource.KICKS:
                return Fraction(self.kicks, KICKS_PER_RATE)
            case _:
                raise ValueError(f"{source} has no rate.")

    def check(self) -> None:
        """Refuse values that make no sense, and paid ways without a free one."""
        for name in ("gifted_sub", "own_sub", "watch_time", "kicks", "wager"):
            if not 0 <= getattr(self, name) <= RATE_MAX:
                raise bad(name, f"It gives 0 to {RATE_MAX:,} tickets, not {getattr(self, name)}.")
        if not 0 <= self.free_tickets <= RATE_MAX:
            raise bad("free_entry", f"A free entry gives 1 to {RATE_MAX:,} tickets, not {self.free_tickets}.")
        if not self.free_tickets and (self.rewards or any(self._of(source) for source in PAID)):
            raise bad(
                "free_entry",
                "Something that costs money earns tickets, so a free entry gives some as well.",
                f"Set `freeEntry` from 1 to {RATE_MAX:,}; or set gifts, subscriptions, KICKs and wagers to 0, and "
                "`rewards` to false.",
            )
        if any(not 1 <= cap <= RATE_MAX * 100 for cap in self.caps.values()):
            raise bad("caps", f"A cap is 1 to {RATE_MAX * 100:,} tickets.")
        if not 0 <= self.settlement_h <= SETTLEMENT_H_MAX:
            raise bad("settlement", f"Late events are waited for 0 to {SETTLEMENT_H_MAX} hours.")
        if not 1 <= self.claim_h <= CLAIM_H_MAX:
            raise bad("claim", f"A winner has 1 to {CLAIM_H_MAX} hours to claim.")
        if not 1 <= self.winners <= WINNERS_MAX or not 0 <= self.alternates <= WINNERS_MAX:
            raise bad("winners", f"A draw has 1 to {WINNERS_MAX} winners and up to {WINNERS_MAX} alternates.")
        self._check_texts()

    def _check_texts(self) -> None:
        for text in (self.prizes, self.text):
            if len(text) > TEXT_LENGTH_MAX or text.count("\n") >= LINES_MAX:
                most = f"{TEXT_LENGTH_MAX:,} characters in {LINES_MAX} lines"
                raise bad("text", f"Prizes and further rules have at most {most} each.")

    def _of(self, source: TicketSource) -> int:
        return getattr(self, source.value)

    def stored(self) -> dict[str, Any]:
        """The rules as JSON values, from which `restored` makes the same."""
        return {
            "gifted_sub": self.gifted_sub,
            "own_sub": self.own_sub,
            "watch_time": self.watch_time,
            "kicks": self.kicks,
            "wager": self.wager,
            "rewards": self.rewards,
            "free_entry": self.free_entry,
            "caps": {source.value: cap for source, cap in sorted(self.caps.items())},
            "settlement_h": self.settlement_h,
            "claim_h": self.claim_h,
            "renews": self.renews,
            "winners": self.winners,
            "alternates": self.alternates,
            "prizes": self.prizes,
            "text": self.text,
        }

    @classmethod
    def restored(cls, data: Mapping[str, Any]) -> "RaffleRules":
        """Rules from `stored`."""
        values: dict[str, Any] = {**data, "caps": {TicketSource(name): cap for name, cap in data["caps"].items()}}
        return cls(**values)


def bad(name: str, sentence: str, remedy: str = "Choose a value in that range.") -> Refused:
    """The refusal of a rule."""
    return Refused(f"raffle_rules_{name}", sentence, remedy)
