"""Look whether timed messages are due, channel by channel."""

from functools import partial

from server.actions import timers as actions
from server.jobs.unit import Units
from server.ports import Chance
from server.store import timers
from server.store.database import Database

CHANNELS_MAX = 2_000
DRAWN_BYTES = 4


async def tick_all(database: Database, units: Units, *, chance: Chance) -> int:
    """Give every live channel its turn, each in a unit of work of its own; how many messages are to be said."""
    said = 0
    for community_id, channel_id in await timers.live_now(database.reader(), CHANNELS_MAX):
        drawn = int.from_bytes(chance.draw(DRAWN_BYTES))
        tick = partial(actions.tick, channel_id=channel_id, drawn=drawn)
        said += await units.run(community_id, tick) is not None
    return said
