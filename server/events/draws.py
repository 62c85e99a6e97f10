"""Draws on their way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawChanged:
    """A draw went on to `state`, or waits for another round now."""

    draw_id: int
    period_id: int
    number: int
    state: str
