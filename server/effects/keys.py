"""Change the keys that seal tokens, from beginning to end, beside servers that go on working."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from server.actions import keys as verbs
from server.auth.sealing import Vault
from server.domain.audit import system
from server.jobs.unit import Units

# Between two pieces others get their turn at SQLite's one writer.
PAUSE_S = 0.05
BY = system("keys")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What a rotation did.

    The new data key, how many data keys were put under the first master key, how many credentials were sealed anew or
    do not open, and the data keys that were deleted.
    """

    key_id: str
    rewrapped: int
    resealed: int
    unopened: int
    dropped: tuple[str, ...]


async def rotate(units: Units, *, vault: Vault, tell: Callable[[int], None]) -> Rotation:
    """Seal everything with a new data key and delete those that are not needed any more; what was done.

    May be killed at any instruction and run again. `tell` hears after each piece how many credentials are done.
    """
    key_id = await units.run(0, partial(verbs.begin, vault=vault), by=BY)
    rewrapped = await units.run(0, partial(verbs.rewrap, vault=vault), by=BY)
    after: int | None = 0
    resealed = unopened = 0
    while after is not None:
        piece = await units.run(0, partial(verbs.reseal_some, vault=vault, after=after), by=BY)
        resealed, unopened, after = resealed + piece.resealed, unopened + piece.unopened, piece.last
        if after is not None:
            tell(resealed)
            await asyncio.sleep(PAUSE_S)
    end = partial(verbs.end, key_id=key_id, rewrapped=rewrapped, resealed=resealed, unopened=unopened)
    dropped = await units.run(0, end, by=BY)
    return Rotation(key_id=key_id, rewrapped=rewrapped, resealed=resealed, unopened=unopened, dropped=dropped)
