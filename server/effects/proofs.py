"""End links that expired, so that whoever asked for them is told."""

from functools import partial

from server.actions import proofs as actions
from server.jobs.unit import Units
from server.store import proofs
from server.store.database import Database

AT_ONCE = 200
PIECES_MAX = 50


async def end_overdue(database: Database, units: Units) -> int:
    """End every open link that has expired, each in a unit of work of its own; how many."""
    ended = 0
    for _ in range(PIECES_MAX):
        found = await proofs.overdue(database.reader(), units.now(), AT_ONCE)
        for one in found:
            fail = partial(actions.fail, proof_id=one.id, problem="link_expired")
            ended += await units.run(one.community_id, fail)
        if len(found) < AT_ONCE:
            break
    return ended
