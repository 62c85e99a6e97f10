"""Panels on Discord that cannot be shown, or can again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelFailed:
    """A panel of a kind cannot be shown as it should, because of a problem."""

    panel_id: int
    kind: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelMended:
    """A panel is as it should be again, or there is none any more."""

    panel_id: int
