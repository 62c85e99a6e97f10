"""Who became staff of a community, and who no longer is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffGranted:
    """A holder has a role, and perhaps capabilities beyond it, from now on."""

    holder_kind: str
    external_id: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRevoked:
    """A holder is no longer staff by this grant."""

    holder_kind: str
    external_id: str
