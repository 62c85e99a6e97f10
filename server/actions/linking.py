"""Accounts and the people behind them."""

from collections.abc import Sequence
from datetime import datetime

from server.events.happening import Happening, Person
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import linking


async def note_people(tx: Tx, scope: Scope, happenings: Sequence[Happening]) -> tuple[()]:
    """Know everybody named in happenings by the platform's own id, under the name told last."""
    for platform in sorted({happening.platform for happening in happenings}):
        named: list[tuple[Person, datetime]] = [
            (person, told_at(happening, scope.now))
            for happening in happenings
            if happening.platform == platform
            for person in happening.people
        ]
        await linking.accounts_of(tx, platform, named)
    return ()


def told_at(happening: Happening, now: datetime) -> datetime:
    """When a happening named its people: its own time, or now where it has none."""
    at = getattr(happening, "at", None) or getattr(happening, "told_at", None)
    return at if isinstance(at, datetime) else now
