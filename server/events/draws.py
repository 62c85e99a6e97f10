"""Draws on their way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawChanged:
    """A draw went on to `state`, or waits for another round now; `subject` is `raffle` or `giveaway`."""

    draw_id: int
    subject: str
    subject_id: int
    number: int
    state: str
