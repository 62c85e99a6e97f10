"""Keep what was seen of channels by asking their platform."""

from collections.abc import Sequence

from server.domain.sightings import Sighting
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import sightings


async def keep(tx: Tx, scope: Scope, *, seen: Sequence[tuple[int, Sighting]]) -> Done[int]:
    """Keep what was seen of channels just now; of how many."""
    await sightings.keep(tx, seen, scope.now)
    return Done(len(seen))
