"""Slot calls: what viewers want to see played."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotCallChanged:
    """A slot call was made, picked, played or dropped; everything that somebody who shows it needs.

    `waiting` is how many calls wait from then on.
    """

    call_id: int
    state: str
    title: str
    provider: str | None
    name: str
    platform: str
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotQueueCleared:
    """So many waiting calls were dropped at once."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRulesChanged:
    """The rules of slot calls are others now; `is_open` tells whether viewers may call."""

    is_open: bool
