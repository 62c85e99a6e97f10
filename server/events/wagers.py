"""Wagers: what verified accounts gained, and accounts that became verified."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WagersGained:
    """A verified account wagered so many micro-dollars more by an instant (microseconds); below zero corrects earlier.

    `cause` is unique for what was gained, however often it is told.
    """

    account_id: int
    provider: str
    micro_usd: int
    cause: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WagerAccountVerified:
    """Staff holds the account `other` for that of the person behind `one`; each is (platform, its own id)."""

    claim_id: int
    series_id: int
    one: tuple[str, str]
    other: tuple[str, str]
    name: str
    actor: str
    reason: str
