"""Draws on their way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawChanged:
    """A draw went on to `state`, or waits for another round now; `subject` is `raffle` or `giveaway`."""

    draw_id: int
    subject: str
    subject_id: int
    number: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawCommitted:
    """A draw is promised: its list is closed, its code posted, its round named; of a test the title says so, too."""

    draw_id: int
    subject: str
    subject_id: int
    title: str
    is_test: bool
    code: str
    beacon_round: int
    entrants: int
    tickets: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Winner:
    """Somebody who won, as he is shown."""

    position: int
    ticket: int
    platform: str
    external_id: str
    name: str

    def shown(self) -> dict[str, Any]:
        """What jobs and the feed hold of him."""
        return {
            "position": self.position,
            "ticket": self.ticket,
            "platform": self.platform,
            "platformId": self.external_id,
            "name": self.name,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRevealed:
    """It is told who won a draw; `winners` are the first of so many, whose names the public sees masked if `masks`.

    `reveal_at` is when pages begin to show it, whenever it is told.
    """

    draw_id: int
    subject: str
    subject_id: int
    title: str
    is_test: bool
    count: int
    winners: tuple[Winner, ...]
    masks: bool
    url: str
    reveal_at: datetime
