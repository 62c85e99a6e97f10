"""How people are named where everybody can look: masked, unless their community wants otherwise."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSettings:
    """Whether a community's public boards mask names; those that tell of wagers always do."""

    masks: bool = True

    def stored(self) -> dict[str, Any]:
        """The settings as JSON values."""
        return asdict(self)

    @classmethod
    def restored(cls, data: Mapping[str, Any]) -> "NameSettings":
        """Settings from `stored`."""
        return cls(**data)


def masked(name: str) -> str:
    """A name by which its owner finds himself, and nobody else finds him."""
    return f"{name[: min(2, len(name) // 2)]}***"


def public_name(name: str, settings: NameSettings, *, tells_wagers: bool = False) -> str:
    """A name as a board shows it to everybody; `tells_wagers` where a place on it says how much somebody wagered."""
    return masked(name) if settings.masks or tells_wagers else name
