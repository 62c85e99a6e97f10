"""What the garbage collector looks at: at everything once a day, else only at what is new."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

LOOKED_FOR_AFTER = 10_000
HOUR_S = 60 * 60.0
DAY_S = 24 * HOUR_S
HOURS_MAX = 6 * 24
BUSY_FROM = 2
"""With so many times as much as at the start a look would stop the event loop for long."""

OLDEST = 2


@asynccontextmanager
async def keeping_what_is_there() -> AsyncGenerator[None]:
    """Have the collector look only at what is made from now on; what survived a look is left out from then on.

    What a started server holds (schema, plans, modules) lives as long as it does, and so does every websocket that was
    there for a while. Walking through all of it stops the event loop: by a twentieth of a second for the server alone,
    by most of a second with ten thousand overlays. What ends meanwhile is freed by its references as ever; only
    what refers to itself waits for the look that is taken at everything, once a day.
    """
    gc.callbacks.append(keep_survivors)
    gc.set_threshold(LOOKED_FOR_AFTER)
    look_at_everything()
    daily = asyncio.create_task(look_daily(), name="garbage")
    try:
        yield
    finally:
        daily.cancel()
        gc.callbacks.remove(keep_survivors)


def keep_survivors(phase: str, info: Mapping[str, int]) -> None:
    """Leave out what survived a look at the oldest generation from every later one."""
    if phase == "stop" and info["generation"] == OLDEST:
        gc.freeze()


def look_at_everything() -> None:
    """Free whatever is garbage, however old."""
    gc.unfreeze()
    gc.collect()


async def look_daily() -> None:
    """Look at everything once a day, in an hour in which it does not take long; after a week in any."""
    calm = BUSY_FROM * gc.get_freeze_count()
    while True:
        await asyncio.sleep(DAY_S)
        for _ in range(HOURS_MAX):
            if gc.get_freeze_count() < calm:
                break
            await asyncio.sleep(HOUR_S)
        look_at_everything()
