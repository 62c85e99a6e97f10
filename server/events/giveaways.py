"""Giveaways on their way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveawayChanged:
    """A giveaway opened or went on to `state`, or more people are in it: so many accounts."""

    giveaway_id: int
    number: int
    state: str
    title: str
    keyword: str
    entries: int
