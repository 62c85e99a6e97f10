"""Have panels looked at that nothing happens to: nobody tells when a message is deleted by hand."""

from functools import partial

from server.actions import panels as actions
from server.domain.panels import LOOKED_AT_EVERY
from server.jobs.unit import Units
from server.store import panels
from server.store.database import Database

PANELS_AT_ONCE = 500


async def look_at_all(database: Database, units: Units) -> int:
    """Have every panel looked at whose last look is long ago, each in a unit of work of its own; how many."""
    found = 0
    before = units.now() - LOOKED_AT_EVERY
    for community_id, panel_id in await panels.overdue(database.reader(), before, PANELS_AT_ONCE):
        found += await units.run(community_id, partial(actions.look_if_there, panel_id=panel_id))
    return found
