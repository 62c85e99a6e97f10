"""Raffles: tickets that changed, periods on their way, and watch time asked for and measured."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketsChanged:
    """Viewers have another number of tickets in a period; what they have now, by viewer id."""

    period_id: int
    balances: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RaffleChanged:
    """A period began, changed its dates or went on to `state`."""

    period_id: int
    number: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTimeWanted:
    """A period wants to know what was watched within `[since, until)` (microseconds), by the accounts of viewers."""

    period_id: int
    since: int
    until: int
    households: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTimeMeasured:
    """The answer to a `WatchTimeWanted`, in microseconds by account."""

    period_id: int
    households: tuple[tuple[int, ...], ...]
    watched: Mapping[int, int]
