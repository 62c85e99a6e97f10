"""The only place of the simulator that reads the wall clock, and its one source of chance."""

from datetime import UTC, datetime
from random import Random as Chance  # noqa: TID251 - always seeded: the same seed must give the same community

__all__ = ["Chance", "chance_for", "wall_now"]


def chance_for(*parts: object) -> Chance:
    """Return a generator of its own for these parts, so that drawing more for one purpose never shifts another."""
    return Chance("/".join(str(part) for part in parts))


def wall_now() -> datetime:
    """Return the real time in UTC; only used to choose where the event clock starts."""
    return datetime.now(tz=UTC)  # noqa: TID251 - the simulator may not import the server's clock
