"""What an examination finds, and how it says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.auth.sealing import Vault
from server.jobs.unit import Units
from server.ports import Reader
from server.store.database import Database

EXAMPLES_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found; `remedy` says what to do where it is not ok and is empty otherwise."""

    check: str
    ok: bool
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined, when, and the keys to look with: none where the settings name none."""

    database: Database
    units: Units
    now: datetime
    vault: Vault | None

    @property
    def reader(self) -> Reader:
        """A connection to look with."""
        return self.database.reader()


def found(check: str, troubles: list[str], fine: str, remedy: str) -> Finding:
    """The finding of a check: its first troubles with what to do, or that all is `fine`."""
    if not troubles:
        return Finding(check=check, ok=True, detail=fine)
    shown = "; ".join(troubles[:EXAMPLES_MAX])
    more = len(troubles) - EXAMPLES_MAX
    return Finding(check=check, ok=False, detail=shown + (f"; and {more} more" if more > 0 else ""), remedy=remedy)


def ago(span: timedelta) -> str:
    """A span as people say it."""
    total = max(int(span.total_seconds()), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if total >= size:
            return f"{total // size} {unit}"
    return f"{total} s"


def counted(counts: Mapping[str, int]) -> list[str]:
    """Counts by name, as people read them."""
    return [f"{name}: {many}" for name, many in counts.items()]
