"""What happens to overlays."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayCrowded:
    """A key of an overlay was to be used in one more place than it may: perhaps somebody has copied it."""

    key_id: int
    overlay: str
