"""What a community adds up to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalsChanged:
    """Subscriptions or KICKs came, or what was told of them is known better now."""
